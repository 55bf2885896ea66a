"""Fakes of what the cooperative keeps of its members."""

from collections.abc import Collection, Sequence
from copy import deepcopy
from datetime import date, datetime
from uuid import UUID

from services.member.domain.agreement import Agreement, Declaration
from services.member.domain.area import Areas, Region, State
from services.member.domain.directory import Area
from services.member.domain.errors import OfficialKeyTakenError
from services.member.domain.key_history import KeyHistory
from services.member.domain.membership import Membership
from services.member.domain.tenant import Status, Tenant
from tests.member.builders import AREAS
from tests.member.fakes_of_people import FakePeople

#: Whose official key another may have.
GONE = {Status.REFUSED, Status.LEFT}


class FakeTenants:
    """Tenants by id."""

    def __init__(self) -> None:
        self.kept: dict[UUID, Tenant] = {}

    async def add(self, tenant: Tenant) -> None:
        key = tenant.organisation.official_key
        taken = {
            other.organisation.official_key.identity
            for other in self.kept.values()
            if other.organisation.official_key and other.status not in GONE
        }
        if key and key.identity in taken:
            raise OfficialKeyTakenError
        await self.save(tenant)

    async def get(self, tenant_id: UUID) -> Tenant | None:
        return deepcopy(self.kept.get(tenant_id))

    async def lock(self, tenant_id: UUID) -> Tenant | None:
        return await self.get(tenant_id)

    async def save(self, tenant: Tenant) -> None:
        self.kept[tenant.tenant_id] = deepcopy(tenant)


class FakeAgreements:
    """Agreements by id, and what was declared under each."""

    def __init__(self) -> None:
        self.kept: dict[UUID, Agreement] = {}
        self.declared: dict[UUID, list[Declaration]] = {}

    async def add(self, agreement: Agreement) -> None:
        await self.save(agreement)

    async def add_revision(self, agreement: Agreement, now: datetime) -> None:
        """The text is kept with the agreement."""

    async def get(self, agreement_id: UUID) -> Agreement | None:
        return deepcopy(self.kept.get(agreement_id))

    async def of_party(self, tenant_id: UUID) -> Sequence[Agreement]:
        return [
            deepcopy(each)
            for each in self.kept.values()
            if tenant_id in each.party_ids and not each.is_final
        ]

    async def lock(self, agreement_id: UUID) -> Agreement | None:
        return await self.get(agreement_id)

    async def save(self, agreement: Agreement) -> None:
        self.kept[agreement.agreement_id] = deepcopy(agreement)

    async def declarations(self, agreement_id: UUID) -> Sequence[Declaration]:
        return list(self.declared.get(agreement_id, []))

    async def declare(self, agreement: Agreement, declaration: Declaration) -> None:
        self.declared.setdefault(agreement.agreement_id, []).append(declaration)


class FakeAreas:
    """Four states of Germany, and Luxembourg."""

    def __init__(self) -> None:
        self.states = dict(AREAS.states)
        self.regions = dict(AREAS.regions)

    async def get(self) -> Areas:
        return Areas(self.states, self.regions)

    async def put_state(self, state: State) -> None:
        self.states[state.code] = state

    async def put(self, region: Region) -> None:
        self.regions[region.code] = region


class FakeMemberships:
    """The register."""

    def __init__(self) -> None:
        self.kept: dict[UUID, Membership] = {}

    async def add(self, membership: Membership) -> None:
        membership.member_number = len(self.kept) + 1
        await self.save(membership)

    async def lock(self, tenant_id: UUID) -> Membership | None:
        return deepcopy(self.kept.get(tenant_id))

    async def save(self, membership: Membership) -> None:
        membership.new.clear()
        self.kept[membership.tenant_id] = deepcopy(membership)


class FakeOfficialKeys:
    """Keys over time; none is two tenants' at once."""

    def __init__(self) -> None:
        self.kept: dict[UUID, KeyHistory] = {}

    async def get(self, tenant_id: UUID) -> KeyHistory:
        return deepcopy(self.kept.get(tenant_id, KeyHistory(tenant_id)))

    async def save(self, history: KeyHistory) -> None:
        for other in self.kept.values():
            if other.tenant_id != history.tenant_id and _meet(history, other):
                raise OfficialKeyTakenError
        self.kept[history.tenant_id] = deepcopy(history)


class FakeMunicipalities:
    """The official directory."""

    def __init__(self) -> None:
        self.kept: dict[tuple[str, str, date], Area] = {}
        self.stands: set[date] = set()

    async def newest(self) -> date | None:
        return max(self.stands, default=None)

    async def find(self, key: str) -> Sequence[Area]:
        return [area for area in self.kept.values() if area.key == key]

    async def current(self) -> Sequence[Area]:
        return [area for area in self.kept.values() if area.valid_to is None]

    async def save(self, areas: Collection[Area]) -> None:
        self.kept |= {(area.key, area.level, area.valid_from): area for area in areas}

    async def read(self, stand: date) -> None:
        self.stands.add(stand)


class FakeReviews:
    """Who has to be looked at, and when."""

    def __init__(self, tenants: FakeTenants) -> None:
        self._tenants = tenants
        self.kept: set[tuple[UUID, date]] = set()

    async def ask(self, tenant_id: UUID, due_on: date) -> None:
        self.kept.add((tenant_id, due_on))

    async def ask_in(self, region: Region, due_on: date) -> int:
        concerned = {
            (tenant.tenant_id, due_on)
            for tenant in self._tenants.kept.values()
            if tenant.organisation.state in region.states
            or region.code in tenant.organisation.regions
        }
        self.kept |= concerned
        return len(concerned)

    async def done(self, tenant_id: UUID, until: date) -> None:
        self.kept = {each for each in self.kept if each[0] != tenant_id or each[1] > until}


class FakeTenantData:
    """What is kept of a tenant."""

    def __init__(self, people: FakePeople) -> None:
        self._people = people
        self.purged: list[UUID] = []

    async def purge(self, tenant_id: UUID) -> None:
        self.purged.append(tenant_id)


def _meet(one: KeyHistory, other: KeyHistory) -> bool:
    return any(
        mine.key.identity == theirs.key.identity
        and mine.valid_from < (theirs.valid_to or date.max)
        and theirs.valid_from < (mine.valid_to or date.max)
        for mine in one.keys
        for theirs in other.keys
    )

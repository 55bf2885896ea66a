"""In-memory stand-ins for the ports; the repository suite runs on them and on PostgreSQL alike."""

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from copy import deepcopy
from datetime import datetime
from uuid import UUID

from services.voucher.domain.chain import Chain
from services.voucher.domain.eligibility import Beneficiary
from services.voucher.domain.ledger import Transfer
from services.voucher.domain.programme import Programme, State
from services.voucher.domain.reconciliation import Reconciliation
from services.voucher.domain.voucher import USING, Status, Voucher
from shared.envelope import Outgoing


class FakeProgrammes:
    """Programmes in a dictionary."""

    def __init__(self) -> None:
        self.kept: dict[UUID, Programme] = {}
        self.transfers: list[Transfer] = []

    async def add(self, programme: Programme) -> None:
        await self.save([programme])

    async def get(self, programme_id: UUID) -> Programme | None:
        return deepcopy(self.kept.get(programme_id))

    async def open_ids(self, now: datetime) -> Sequence[UUID]:
        running = [
            each
            for each in self.kept.values()
            if each.state is State.OPEN and each.terms.opens_at <= now < each.terms.closes_at
        ]
        running.sort(key=lambda each: (each.terms.closes_at, each.programme_id))
        return [each.programme_id for each in running]

    async def due_ids(self, now: datetime) -> Sequence[UUID]:
        return [
            each.programme_id
            for each in self.kept.values()
            if each.terms.closes_at <= now and each.state is State.OPEN
        ]

    async def revise(self, programme: Programme) -> None:
        kept = self.kept[programme.programme_id]
        kept.terms, kept.state, kept.closed_at = (
            programme.terms,
            programme.state,
            programme.closed_at,
        )

    async def lock(
        self, programme_ids: Collection[UUID], _beneficiary_ids: Collection[UUID] | None = None
    ) -> Mapping[UUID, Programme]:
        return {key: deepcopy(self.kept[key]) for key in programme_ids if key in self.kept}

    async def save(self, programmes: Collection[Programme]) -> None:
        for programme in programmes:
            self.transfers += programme.transfers
            programme.saved()
            self.kept[programme.programme_id] = deepcopy(programme)


class FakeVouchers:
    """Vouchers in a dictionary."""

    def __init__(self) -> None:
        self.kept: dict[UUID, Voucher] = {}

    async def for_bookings(self, booking_ids: Collection[UUID]) -> Mapping[UUID, Voucher]:
        return {
            each.booking_id: deepcopy(each)
            for each in self.kept.values()
            if each.booking_id and each.booking_id in booking_ids
        }

    async def get_many(self, voucher_ids: Collection[UUID]) -> Mapping[UUID, Voucher]:
        return {key: deepcopy(self.kept[key]) for key in voucher_ids if key in self.kept}

    async def assigned_to(self, person_ids: Collection[UUID]) -> Sequence[Voucher]:
        found = [
            deepcopy(each)
            for each in self.kept.values()
            if each.person_id in person_ids and each.status is Status.ASSIGNED
        ]
        return sorted(found, key=lambda each: (str(each.expires_at), each.voucher_id))

    async def used(
        self, programme_ids: Collection[UUID], person_ids: Collection[UUID]
    ) -> Mapping[tuple[UUID, UUID], int]:
        return Counter(
            (each.programme_id, each.person_id)
            for each in self.kept.values()
            if each.programme_id in programme_ids
            and each.person_id in person_ids
            and each.status in USING
            and each.programme_id
        )

    async def due(self, now: datetime, limit: int) -> Sequence[Voucher]:
        due = [
            each
            for each in self.kept.values()
            if each.is_held and each.expires_at and each.expires_at <= now
        ]
        due.sort(key=lambda each: each.expires_at or now)
        return [deepcopy(each) for each in due[:limit]]

    async def save(self, vouchers: Collection[Voucher]) -> None:
        self.kept |= {each.voucher_id: deepcopy(each) for each in vouchers}


class FakeTenants:
    """Tenants in a dictionary."""

    def __init__(self) -> None:
        self.kept: dict[UUID, tuple[Beneficiary, int]] = {}

    async def get_many(self, tenant_ids: Collection[UUID]) -> Mapping[UUID, Beneficiary]:
        return {key: self.kept[key][0] for key in tenant_ids if key in self.kept}

    async def learn(self, tenants: Sequence[tuple[Beneficiary, int]]) -> None:
        for tenant, sequence in tenants:
            if self.kept.get(tenant.tenant_id, (tenant, 0))[1] < sequence:
                self.kept[tenant.tenant_id] = (tenant, sequence)


class FakeReconciliations:
    """What was found last, in a dictionary."""

    def __init__(self) -> None:
        self.kept: dict[UUID, Reconciliation] = {}
        self.sealed: list[Chain] = []

    async def latest(self, programme_id: UUID) -> Reconciliation | None:
        return self.kept.get(programme_id)

    async def seal(self, found: Reconciliation) -> None:
        self.sealed.append(found.chain)

    async def keep(self, found: Reconciliation) -> None:
        self.kept[found.programme_id] = found


class FakeUnitOfWork:
    """A unit of work that keeps everything and never fails."""

    def __init__(self) -> None:
        self.programmes = FakeProgrammes()
        self.vouchers = FakeVouchers()
        self.tenants = FakeTenants()
        self.reconciliations = FakeReconciliations()
        self.published: list[Outgoing] = []

    def publish(self, *events: Outgoing) -> None:
        self.published += events

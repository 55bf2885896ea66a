"""In-memory stand-ins for the ports; the repository suite runs on them and on PostgreSQL alike."""

from collections import Counter, defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from copy import copy
from dataclasses import replace
from datetime import datetime
from uuid import UUID

from services.voucher.domain.chain import Chain
from services.voucher.domain.eligibility import Beneficiary
from services.voucher.domain.ledger import Transfer
from services.voucher.domain.limits import Place
from services.voucher.domain.person import Person
from services.voucher.domain.programme import Programme, State
from services.voucher.domain.reconciliation import Reconciliation
from services.voucher.domain.voucher import USING, Status, Voucher
from shared.envelope import Outgoing


def _copied(programme: Programme) -> Programme:
    return replace(
        programme,
        pools={key: copy(pool) for key, pool in programme.pools.items()},
        total=copy(programme.total),
        chain=copy(programme.chain),
        transfers=[],
    )


class FakeProgrammes:
    """Programmes in a dictionary."""

    def __init__(self) -> None:
        self.kept: dict[UUID, Programme] = {}
        self.transfers: list[Transfer] = []

    async def add(self, programme: Programme) -> None:
        await self.save([programme])

    async def get(self, programme_id: UUID) -> Programme | None:
        return _copied(self.kept[programme_id]) if programme_id in self.kept else None

    async def get_many(
        self, programme_ids: Collection[UUID], beneficiary_ids: Collection[UUID]
    ) -> Mapping[UUID, Programme]:
        return await self.lock(programme_ids, beneficiary_ids)

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
        self.kept[programme.programme_id] = replace(
            _copied(self.kept[programme.programme_id]),
            terms=programme.terms,
            state=programme.state,
            closed_at=programme.closed_at,
        )

    async def lock(
        self, programme_ids: Collection[UUID], _beneficiary_ids: Collection[UUID] | None = None
    ) -> Mapping[UUID, Programme]:
        return {key: _copied(self.kept[key]) for key in programme_ids if key in self.kept}

    async def save(self, programmes: Collection[Programme]) -> None:
        for programme in programmes:
            self.transfers += programme.transfers
            programme.saved()
            self.kept[programme.programme_id] = _copied(programme)


class FakeVouchers:
    """Vouchers in a dictionary, found by booking and by person."""

    def __init__(self) -> None:
        self.kept: dict[UUID, Voucher] = {}
        self._of_booking: dict[UUID, UUID] = {}
        self._of_person: defaultdict[UUID, set[UUID]] = defaultdict(set)

    async def for_bookings(self, booking_ids: Collection[UUID]) -> Mapping[UUID, Voucher]:
        found = {key: self.kept.get(self._of_booking.get(key, key)) for key in booking_ids}
        # What a transaction bound that was undone is in the index still.
        return {key: copy(each) for key, each in found.items() if each and each.booking_id == key}

    async def get_many(self, voucher_ids: Collection[UUID]) -> Mapping[UUID, Voucher]:
        return {key: copy(self.kept[key]) for key in voucher_ids if key in self.kept}

    async def assigned_to(self, person_ids: Collection[UUID]) -> Sequence[Voucher]:
        found = [copy(each) for each in self._of(person_ids) if each.status is Status.ASSIGNED]
        return sorted(found, key=lambda each: (str(each.expires_at), each.voucher_id))

    async def used(
        self, programme_ids: Collection[UUID], person_ids: Collection[UUID]
    ) -> Mapping[tuple[UUID, UUID], int]:
        return Counter(
            (each.programme_id, each.person_id)
            for each in self._of(person_ids)
            if each.programme_id in programme_ids and each.status in USING and each.programme_id
        )

    async def due(self, now: datetime, limit: int) -> Sequence[Voucher]:
        due = [
            each
            for each in self.kept.values()
            if each.is_held and each.expires_at and each.expires_at <= now
        ]
        due.sort(key=lambda each: each.expires_at or now)
        return [copy(each) for each in due[:limit]]

    async def save(self, vouchers: Collection[Voucher]) -> None:
        for each in vouchers:
            self.kept[each.voucher_id] = copy(each)
            self._of_person[each.person_id].add(each.voucher_id)
            if each.booking_id:
                self._of_booking[each.booking_id] = each.voucher_id

    def _of(self, person_ids: Collection[UUID]) -> list[Voucher]:
        keys = {key for person_id in person_ids for key in self._of_person[person_id]}
        return [self.kept[key] for key in keys if key in self.kept]


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


class FakePeople:
    """People in a dictionary."""

    def __init__(self) -> None:
        self.kept: dict[UUID, tuple[Person, int]] = {}

    async def get_many(self, person_ids: Collection[UUID]) -> Mapping[UUID, Person]:
        return {key: self.kept[key][0] for key in person_ids if key in self.kept}

    async def learn(self, people: Sequence[tuple[Person, int]]) -> None:
        for person, sequence in people:
            if self.kept.get(person.person_id, (person, 0))[1] < sequence:
                self.kept[person.person_id] = (person, sequence)


class FakeClaimCounts:
    """Counts in a dictionary."""

    def __init__(self) -> None:
        self.kept: dict[Place, int] = {}

    async def counted(
        self, programme_ids: Collection[UUID], tenant_ids: Collection[UUID]
    ) -> Mapping[Place, int]:
        return {
            place: claims
            for place, claims in self.kept.items()
            if place.programme_id in programme_ids and place.tenant_id in tenant_ids
        }

    async def save(self, counts: Mapping[Place, int]) -> None:
        self.kept |= counts


class FakeUnitOfWork:
    """A unit of work that keeps everything and never fails."""

    def __init__(self) -> None:
        self.programmes = FakeProgrammes()
        self.vouchers = FakeVouchers()
        self.tenants = FakeTenants()
        self.reconciliations = FakeReconciliations()
        self.people = FakePeople()
        self.claims = FakeClaimCounts()
        self.published: list[Outgoing] = []

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """As a transaction does: what was done in the block is undone when it raises."""
        programmes, vouchers = self.programmes, self.vouchers
        before = dict(programmes.kept), dict(vouchers.kept)
        lines, told = len(programmes.transfers), len(self.published)
        try:
            yield
        except BaseException:
            programmes.kept, vouchers.kept = before
            del programmes.transfers[lines:], self.published[told:]
            raise

    def publish(self, *events: Outgoing) -> None:
        self.published += events

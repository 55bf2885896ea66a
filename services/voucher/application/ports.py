"""What the use cases need from the outside, for adapters to provide and fakes to stand in for."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Protocol
from uuid import UUID

from services.voucher.application.settlement_ports import Settlements
from services.voucher.domain.eligibility import Beneficiary
from services.voucher.domain.evidence import Evidence
from services.voucher.domain.financing_plan import FinancingPlan
from services.voucher.domain.limits import Place
from services.voucher.domain.person import Person
from services.voucher.domain.programme import Programme
from services.voucher.domain.proof import Proof
from services.voucher.domain.reconciliation import Reconciliation
from services.voucher.domain.voucher import Voucher
from shared.envelope import Outgoing


class Programmes(Protocol):
    """The programmes. `lock` keeps others from changing a programme until the unit of work ends."""

    async def add(self, programme: Programme) -> None:
        """Keep a new programme."""

    async def get(self, programme_id: UUID) -> Programme | None:
        """A programme as it is now, without a lock."""

    async def get_many(
        self, programme_ids: Collection[UUID], beneficiary_ids: Collection[UUID]
    ) -> Mapping[UUID, Programme]:
        """Programmes as they are now, without locks, with the allocations of these tenants."""

    async def open_ids(self, now: datetime) -> Sequence[UUID]:
        """Programmes that give vouchers now, the one that closes first coming first."""

    async def due_ids(self, now: datetime) -> Sequence[UUID]:
        """Programmes whose time is over but that are not closed."""

    async def lock(
        self, programme_ids: Collection[UUID], beneficiary_ids: Collection[UUID] | None = None
    ) -> Mapping[UUID, Programme]:
        """Programmes with their books locked; one that is not there is missing from the answer.

        Each has its main pool, and the allocations of all tenants or of those given.
        """

    async def save(self, programmes: Collection[Programme]) -> None:
        """Keep the books, the pools and the new transfers of locked programmes."""

    async def revise(self, programme: Programme) -> None:
        """Keep the terms and the state of a locked programme."""


class Vouchers(Protocol):
    """The vouchers of the tenants that the unit of work acts for."""

    async def for_bookings(self, booking_ids: Collection[UUID]) -> Mapping[UUID, Voucher]:
        """Existing vouchers by booking."""

    async def get_many(self, voucher_ids: Collection[UUID]) -> Mapping[UUID, Voucher]:
        """Existing vouchers by id."""

    async def assigned_to(self, person_ids: Collection[UUID]) -> Sequence[Voucher]:
        """Vouchers assigned to these people that no booking uses yet, the one that ends first coming first."""

    async def used(
        self, programme_ids: Collection[UUID], person_ids: Collection[UUID]
    ) -> Mapping[tuple[UUID, UUID], int]:
        """How many vouchers are held or redeemed, by programme and person."""

    async def due(self, now: datetime, limit: int) -> Sequence[Voucher]:
        """Held vouchers whose time is over."""

    async def save(self, vouchers: Collection[Voucher]) -> None:
        """Keep new and changed vouchers."""


class Tenants(Protocol):
    """The copy of the tenants that member announces."""

    async def get_many(self, tenant_ids: Collection[UUID]) -> Mapping[UUID, Beneficiary]:
        """Tenants by id; one that is not known is missing from the answer."""

    async def learn(self, tenants: Sequence[tuple[Beneficiary, int]]) -> None:
        """Keep tenants with the sequence number of the event that told of them; older ones change nothing."""


class Reconciliations(Protocol):
    """How far ledgers are compared, and which heads were published."""

    async def latest(self, programme_id: UUID) -> Reconciliation | None:
        """What the last comparison of a ledger found."""

    async def seal(self, found: Reconciliation) -> None:
        """Keep a head that is published."""

    async def keep(self, found: Reconciliation) -> None:
        """Note what was found."""


class Proofs(Protocol):
    """The financing plans and proofs of use of the funders that the unit of work acts for."""

    async def plan(self, programme_id: UUID) -> FinancingPlan:
        """The financing plan of a programme; empty when none was given."""

    async def keep_plan(self, tenant_id: UUID, programme_id: UUID, plan: FinancingPlan) -> None:
        """Keep a financing plan in place of the one before."""

    async def get(self, programme_id: UUID, proof_id: UUID, *, lock: bool = False) -> Proof | None:
        """A proof of a programme, kept from others until the end with `lock`."""

    async def save(self, proof: Proof, pdfs: Mapping[str, bytes] | None = None) -> None:
        """Keep a new or changed proof, with new signatures and PDFs by language."""


class EvidenceOfUse(Protocol):
    """What was certified, by programme."""

    async def add(self, evidence: Sequence[Evidence]) -> None:
        """Keep new evidence."""

    async def entries(self, programme_id: UUID) -> int:
        """How many lines a programme has; none is added below that number any more."""


class People(Protocol):
    """The copy of the people that member announces."""

    async def get_many(self, person_ids: Collection[UUID]) -> Mapping[UUID, Person]:
        """People by id; one that is not known is missing from the answer."""

    async def learn(self, people: Sequence[tuple[Person, int]]) -> None:
        """Keep people with the sequence number of the event that told of them; older ones change nothing."""


class ClaimCounts(Protocol):
    """How many claims organisations have on the programmes that limit them, by month."""

    async def counted(
        self, programme_ids: Collection[UUID], tenant_ids: Collection[UUID]
    ) -> Mapping[Place, int]:
        """The claims of these organisations on these programmes."""

    async def save(self, counts: Mapping[Place, int]) -> None:
        """Keep counts."""


class UnitOfWork(Protocol):
    """One transaction."""

    @property
    def programmes(self) -> Programmes:
        """The programmes."""

    @property
    def vouchers(self) -> Vouchers:
        """The vouchers."""

    @property
    def tenants(self) -> Tenants:
        """The tenants."""

    @property
    def reconciliations(self) -> Reconciliations:
        """The comparisons of ledgers."""

    @property
    def people(self) -> People:
        """The people."""

    @property
    def claims(self) -> ClaimCounts:
        """The counts of claims."""

    def publish(self, *events: Outgoing) -> None:
        """Have events leave with this transaction."""


class ProofWork(UnitOfWork, Protocol):
    """One transaction that concerns proofs of use too."""

    @property
    def proofs(self) -> Proofs:
        """The proofs of use."""

    @property
    def evidence(self) -> EvidenceOfUse:
        """What was certified."""

    @property
    def settlements(self) -> Settlements:
        """What is settled."""

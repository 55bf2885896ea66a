"""A funder's promise: its terms, and the pool of vouchers that is left of it."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from uuid import UUID

from services.voucher.domain.eligibility import Beneficiary, Eligibility, Refusal
from services.voucher.domain.errors import InvalidProgrammeError
from services.voucher.domain.ledger import Account, Pool, Transfer

MAX_VOUCHERS = 10_000_000


@dataclass(frozen=True, slots=True)
class Terms:
    """What the funder decided. Changing them is a new programme."""

    name: str
    reference: str
    eligibility: Eligibility
    vouchers_per_person: int
    opens_at: datetime
    closes_at: datetime
    reservation: timedelta

    def __post_init__(self) -> None:
        """Refuse terms that nobody could use."""
        if self.closes_at <= self.opens_at:
            raise InvalidProgrammeError(
                "The programme must close after it opens. Correct closes_at."
            )
        if self.vouchers_per_person < 1:
            raise InvalidProgrammeError("A person must be allowed one voucher at least.")
        if self.reservation <= timedelta(0):
            raise InvalidProgrammeError("A reservation must last some time.")


@dataclass(slots=True)
class Programme:
    """A programme of the funder `tenant_id`. Whoever changes its pool holds its row lock."""

    tenant_id: UUID
    programme_id: UUID
    terms: Terms
    pool: Pool = field(default_factory=Pool)
    is_closed: bool = False
    version: int = 0
    transfers: list[Transfer] = field(default_factory=list)

    @classmethod
    def open(
        cls, tenant_id: UUID, programme_id: UUID, terms: Terms, vouchers: int, now: datetime
    ) -> "Programme":
        """Start a programme with its vouchers granted. Raises InvalidProgrammeError."""
        if not 1 <= vouchers <= MAX_VOUCHERS:
            raise InvalidProgrammeError(f"A programme has between 1 and {MAX_VOUCHERS:,} vouchers.")
        if terms.closes_at <= now:
            raise InvalidProgrammeError("The programme would be over already. Correct closes_at.")
        programme = cls(tenant_id, programme_id, terms)
        programme.pool.grant(vouchers)
        programme.transfers.append(
            Transfer(programme_id, Account.GRANTED, Account.AVAILABLE, vouchers, now)
        )
        programme.version += 1
        return programme

    def refuse(
        self,
        tenant: Beneficiary,
        offer_id: UUID,
        offer_kind: str,
        used_by_person: int,
        now: datetime,
    ) -> Refusal | None:
        """Why a claim gets no voucher, or None if it gets one. The first reason that applies is given."""
        return (
            self._refuse_time(now)
            or self.terms.eligibility.refuse_tenant(tenant)
            or self.terms.eligibility.refuse_offer(offer_id, offer_kind)
            or self._refuse_person(used_by_person)
            or self._refuse_empty()
        )

    def reserve(self, voucher_id: UUID, beneficiary_id: UUID, now: datetime) -> None:
        """Hold one voucher. Raises PoolExhaustedError; ask `refuse` first."""
        self._move(Account.AVAILABLE, Account.RESERVED, voucher_id, beneficiary_id, now)

    def redeem(self, voucher_id: UUID, beneficiary_id: UUID, now: datetime) -> None:
        """Use up one voucher that was held."""
        self._move(Account.RESERVED, Account.REDEEMED, voucher_id, beneficiary_id, now)

    def release(self, voucher_id: UUID, beneficiary_id: UUID, now: datetime) -> None:
        """Give one held voucher back: to the pool, or to the expired ones when the programme is over."""
        target = Account.EXPIRED if self.is_closed else Account.AVAILABLE
        self._move(Account.RESERVED, target, voucher_id, beneficiary_id, now)

    def close(self, now: datetime) -> None:
        """End the programme: what is available expires; what is reserved may still be redeemed."""
        if self.is_closed:
            return
        self.is_closed = True
        self.version += 1
        if self.pool.available:
            units = self.pool.available
            self.pool.move(Account.AVAILABLE, Account.EXPIRED, units)
            self.transfers.append(
                Transfer(self.programme_id, Account.AVAILABLE, Account.EXPIRED, units, now)
            )

    def _move(
        self, debit: Account, credit: Account, voucher_id: UUID, beneficiary_id: UUID, now: datetime
    ) -> None:
        self.pool.move(debit, credit)
        self.transfers.append(
            Transfer(self.programme_id, debit, credit, 1, now, voucher_id, beneficiary_id)
        )
        self.version += 1

    def _refuse_time(self, now: datetime) -> Refusal | None:
        if now < self.terms.opens_at:
            return Refusal(
                "not_open_yet", f"The programme opens on {self.terms.opens_at:%Y-%m-%d}."
            )
        if self.is_closed or now >= self.terms.closes_at:
            return Refusal("closed", f"The programme closed on {self.terms.closes_at:%Y-%m-%d}.")
        return None

    def _refuse_person(self, used: int) -> Refusal | None:
        if used < self.terms.vouchers_per_person:
            return None
        return Refusal(
            "person_limit_reached", f"A person gets {self.terms.vouchers_per_person} at most."
        )

    def _refuse_empty(self) -> Refusal | None:
        if self.pool.available:
            return None
        return Refusal(
            "exhausted", f"All {self.pool.granted:,} vouchers of the programme are taken."
        )

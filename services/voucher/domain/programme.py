"""A funder's promise: its terms, and the pool of vouchers that is left of it."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from services.voucher.domain.eligibility import Claim, Finding, Refusal, first_refusal
from services.voucher.domain.errors import InvalidProgrammeError
from services.voucher.domain.ledger import Account, Pool, Transfer
from services.voucher.domain.limits import Taken
from services.voucher.domain.terms import Terms


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
        terms.check_budget(vouchers)
        if terms.closes_at <= now:
            raise InvalidProgrammeError("The programme would be over already. Correct closes_at.")
        programme = cls(tenant_id, programme_id, terms)
        programme.pool.grant(vouchers)
        programme.transfers.append(
            Transfer(programme_id, Account.GRANTED, Account.AVAILABLE, vouchers, now)
        )
        programme.version += 1
        return programme

    def refuse(self, claim: Claim, taken: Taken, now: datetime) -> Refusal | None:
        """Why a claim gets no voucher, or None if it gets one. The first reason that applies is given."""
        return first_refusal(self.findings(claim, taken, now))

    def findings(self, claim: Claim, taken: Taken, now: datetime) -> Iterator[Finding]:
        """What each condition says of a claim, in the order in which a no counts."""
        yield self._time(now)
        yield from self.terms.findings(claim, taken)
        yield self._left(claim)

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

    def _time(self, now: datetime) -> Finding:
        if now < self.terms.opens_at:
            opens_on = {"opens_on": f"{self.terms.opens_at:%Y-%m-%d}"}
            return Finding("period", "not_open_yet", opens_on, met=False)
        closes_on = f"{self.terms.closes_at:%Y-%m-%d}"
        if self.is_closed or now >= self.terms.closes_at:
            return Finding("period", "closed", {"closed_on": closes_on}, met=False)
        return Finding("period", "running", {"closes_on": closes_on}, met=True)

    def _left(self, claim: Claim) -> Finding:
        if self.pool.available >= self.terms.units_for(claim.item):
            return Finding("pool", "units_left", met=True)
        return Finding("pool", "exhausted", {"granted": self.pool.granted}, met=False)

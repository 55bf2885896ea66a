"""A funder's promise: its terms, and the pools of units that are left of it."""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Self
from uuid import UUID

from services.voucher.domain.chain import Chain
from services.voucher.domain.eligibility import Claim, Finding, Refusal, first_refusal
from services.voucher.domain.errors import (
    AllocationNotKnownError,
    InvalidProgrammeError,
    InvalidUnitsError,
    ProgrammeNotOpenError,
    ProgrammeOpenedError,
)
from services.voucher.domain.explanations import Parameter
from services.voucher.domain.ledger import (
    UNTOLD,
    About,
    Account,
    Balances,
    Kind,
    Pool,
    Transfer,
    Why,
)
from services.voucher.domain.limits import Taken
from services.voucher.domain.terms import Distribution, Terms, Unit

#: The shares in per cent of what was granted, used, at which the funder is warned.
WARNINGS = (95, 80)


class State(StrEnum):
    """A draft is seen by its funder alone and gives nothing; what is closed gives nothing any more."""

    DRAFT = "draft"
    OPEN = "open"
    CLOSED = "closed"


@dataclass(slots=True)
class Programme:
    """A programme of the funder `tenant_id`. Whoever changes it holds the lock on its book.

    The book is the chain of its transfers and the sum of its pools, `total`; `pools` may be but those that a
    command needs, the main pool always among them. `version` counts the events that told of the programme.
    """

    tenant_id: UUID
    programme_id: UUID
    terms: Terms
    state: State = State.DRAFT
    closed_at: datetime | None = None
    pools: dict[UUID, Pool] = field(default_factory=dict)
    total: Balances = field(default_factory=Balances)
    chain: Chain = field(default_factory=Chain)
    #: The share in per cent that was last warned of.
    warned: int = 0
    version: int = 0
    transfers: list[Transfer] = field(default_factory=list)
    is_changed: bool = field(default=False, compare=False)
    _allocations: defaultdict[UUID, list[Pool]] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        """Have a main pool, and know whose the others are."""
        self.pools.setdefault(self.programme_id, Pool(pool_id=self.programme_id))
        self._allocations = defaultdict(list)
        for pool in sorted(self.pools.values(), key=lambda each: each.pool_id):
            if pool.beneficiary_id:
                self._allocations[pool.beneficiary_id].append(pool)

    @property
    def pool(self) -> Pool:
        """The main pool, which allocations are taken from."""
        return self.pools[self.programme_id]

    @property
    def is_closed(self) -> bool:
        """Whether the programme gives nothing any more."""
        return self.state is State.CLOSED

    @property
    def used_percent(self) -> int:
        """How much of what was granted is reserved or redeemed, in whole per cent."""
        used = self.total.reserved + self.total.redeemed
        return used * 100 // self.total.granted if self.total.granted else 0

    @classmethod
    def draft(cls, tenant_id: UUID, programme_id: UUID, terms: Terms) -> Self:
        """Terms that may still change, and no units yet."""
        return cls(tenant_id, programme_id, terms)

    @classmethod
    def opened(
        cls, tenant_id: UUID, programme_id: UUID, terms: Terms, units: int, now: datetime
    ) -> Self:
        """A programme that was no draft before. Raises InvalidProgrammeError."""
        programme = cls.draft(tenant_id, programme_id, terms)
        programme.open(units, now)
        return programme

    def open(self, units: int, now: datetime, why: Why = UNTOLD) -> None:
        """Grant the units; from now on the terms stay. Raises InvalidProgrammeError, ProgrammeOpenedError."""
        if self.state is not State.DRAFT:
            raise ProgrammeOpenedError
        self.terms.check_budget(units)
        if self.terms.closes_at <= now:
            raise InvalidProgrammeError("The programme would be over already. Correct closes_at.")
        self.state = State.OPEN
        self._move(Kind.GRANT, Account.GRANTED, Account.AVAILABLE, self._main(), units, now, why)

    def revise(self, terms: Terms) -> None:
        """Take other terms, as long as it is a draft. Raises ProgrammeOpenedError."""
        if self.state is not State.DRAFT:
            raise ProgrammeOpenedError
        self.terms = terms

    def top_up(self, units: int, now: datetime, why: Why = UNTOLD) -> None:
        """Grant more. Raises InvalidUnitsError, ProgrammeNotOpenError."""
        self._require_open(units)
        self.terms.check_budget(self.total.granted + units)
        self._move(Kind.TOP_UP, Account.GRANTED, Account.AVAILABLE, self._main(), units, now, why)
        self.warned = min(self.warned, self._reached())

    def take_back(self, units: int, now: datetime, why: Why = UNTOLD) -> None:
        """Return units of the main pool to the funder. Raises PoolExhaustedError if they are not there."""
        self._require_open(units)
        self._move(Kind.RETURN, Account.AVAILABLE, Account.RETURNED, self._main(), units, now, why)

    def allocate(
        self,
        allocation_id: UUID,
        beneficiary_id: UUID,
        units: int,
        now: datetime,
        why: Why = UNTOLD,
    ) -> None:
        """Move units from the main pool to that of an allocation, which is new or gets more.

        Raises PoolExhaustedError, InvalidUnitsError, ProgrammeNotOpenError.
        """
        self._require_open(units)
        about = About(self.programme_id, None, beneficiary_id)
        self._move(Kind.ALLOCATE, Account.AVAILABLE, Account.GRANTED, about, units, now, why)
        self._keep(Pool(pool_id=allocation_id, beneficiary_id=beneficiary_id))
        about = About(allocation_id, None, beneficiary_id)
        self._move(Kind.ALLOCATE, Account.GRANTED, Account.AVAILABLE, about, units, now, why)

    def give_back(self, allocation_id: UUID, units: int, now: datetime, why: Why = UNTOLD) -> None:
        """Move units that an allocation has available to the main pool. Raises as `allocate` does."""
        self._require_open(units)
        pool = self.pools.get(allocation_id)
        if pool is None or pool.beneficiary_id is None:
            raise AllocationNotKnownError
        about = About(allocation_id, None, pool.beneficiary_id)
        self._move(Kind.GIVE_BACK, Account.AVAILABLE, Account.GRANTED, about, units, now, why)
        about = About(self.programme_id, None, pool.beneficiary_id)
        self._move(Kind.GIVE_BACK, Account.GRANTED, Account.AVAILABLE, about, units, now, why)

    def pool_for(self, beneficiary_id: UUID, units: int) -> Pool | None:
        """The pool that pays a claim: an allocation of the tenant before the main pool; None if none has enough."""
        pools = self._paying(beneficiary_id)
        return next((pool for pool in pools if pool.available >= units), None)

    def has_allocation(self, beneficiary_id: UUID) -> bool:
        """Whether units were allocated to the tenant."""
        return beneficiary_id in self._allocations

    def refuse(self, claim: Claim, taken: Taken, now: datetime) -> Refusal | None:
        """Why a claim gets no voucher, or None if it gets one. The first reason that applies is given."""
        return first_refusal(self.findings(claim, taken, now))

    def findings(self, claim: Claim, taken: Taken, now: datetime) -> Iterator[Finding]:
        """What each condition says of a claim, in the order in which a no counts."""
        yield self._time(now)
        has_price = True
        for finding in self.terms.findings(claim, taken):
            has_price = has_price and (finding.met or finding.condition != "price")
            yield finding
        if has_price:
            yield self._left(claim)

    def pays_assigned(self, claim: Claim, units: int, now: datetime) -> bool:
        """Whether an assigned voucher pays a booking: its units are held, and limits were asked when it was given."""
        met = all(each.met for each in self.findings_assigned(claim, now))
        return met and self.terms.units_for(claim.item) <= units

    def findings_assigned(self, claim: Claim, now: datetime) -> Iterator[Finding]:
        """What the conditions that are asked again say of a booking with an assigned voucher."""
        yield self._time(now)
        yield from self.terms.eligibility.of_claim(claim)
        yield from self.terms.of_price(claim.item)
        yield Finding("assigned", "voucher_assigned", met=True)

    def reserve(self, about: About, units: int, now: datetime, why: Why = UNTOLD) -> None:
        """Hold units for a voucher. Raises PoolExhaustedError; ask `refuse` and `pool_for` first."""
        self._move(Kind.RESERVE, Account.AVAILABLE, Account.RESERVED, about, units, now, why)

    def redeem(self, about: About, units: int, now: datetime, why: Why = UNTOLD) -> int:
        """Use up units that were held; the number of the entry."""
        return self._move(
            Kind.REDEEM, Account.RESERVED, Account.REDEEMED, about, units, now, why
        ).entry

    def release(
        self, about: About, units: int, now: datetime, why: Why = UNTOLD, kind: Kind = Kind.RELEASE
    ) -> None:
        """Give held units back: to the pool, or where the rest of it went when the programme ended."""
        self._move(kind, Account.RESERVED, self._unused(), about, units, now, why)

    def late_pool(self, about: About, units: int) -> Pool:
        """The pool that a late use is paid from: the voucher's own, or the main one when that has too little."""
        own = self.pools.get(about.pool_id, self.pool)
        source = Account.EXPIRED if self.is_closed else Account.AVAILABLE
        return own if getattr(own, source) >= units else self.pool

    def redeem_late(self, about: About, units: int, now: datetime, why: Why) -> int:
        """Use up units that are held no more, as long as there are any; the number of the entry.

        Units that were returned to the funder are gone: raises PoolExhaustedError.
        """
        source = Account.EXPIRED if self.is_closed else Account.AVAILABLE
        return self._move(Kind.LATE_REDEEM, source, Account.REDEEMED, about, units, now, why).entry

    def reverse(self, about: About, units: int, entry: int, now: datetime, why: Why) -> None:
        """Take back units of the redemption that is the entry of this number: to the pool, or to the funder."""
        target = Account.RETURNED if self.is_closed else Account.AVAILABLE
        self._move(Kind.REVERSE, Account.REDEEMED, target, about, units, now, why, entry)

    def close(self, now: datetime, why: Why = UNTOLD) -> None:
        """End the programme: what is available expires, or before its time returns to the funder.

        What is reserved may still be redeemed. A draft just ends.
        """
        if self.is_closed:
            return
        self.state, self.closed_at = State.CLOSED, now
        target = self._unused()
        kind = Kind.EXPIRE if target is Account.EXPIRED else Kind.RETURN
        for pool in self.pools.values():
            if pool.available:
                about = About(pool.pool_id, None, pool.beneficiary_id)
                self._move(kind, Account.AVAILABLE, target, about, pool.available, now, why)

    def warn(self) -> int | None:
        """The share in per cent to warn of, if one was reached that was not warned of: each once until a top-up."""
        reached = self._reached()
        if reached <= self.warned:
            return None
        self.warned = reached
        self.is_changed = True
        return reached

    def next_sequence(self) -> int:
        """The number of the next event that tells of this programme."""
        self.version += 1
        self.is_changed = True
        return self.version

    def saved(self) -> None:
        """What was pending is kept now."""
        self.transfers.clear()
        self.is_changed = False

    def _move(
        self,
        kind: Kind,
        debit: Account,
        credit: Account,
        about: About,
        units: int,
        now: datetime,
        why: Why,
        reverses: int | None = None,
    ) -> Transfer:
        self.pools[about.pool_id].move(debit, credit, units)
        self.total.move(debit, credit, units)
        transfer = self.chain.append(
            Transfer(
                self.programme_id,
                about.pool_id,
                kind,
                debit,
                credit,
                units,
                now,
                about.voucher_id,
                about.beneficiary_id,
                reverses,
                why.cause_id,
                why.reason,
            )
        )
        self.transfers.append(transfer)
        self.is_changed = True
        return transfer

    def _reached(self) -> int:
        return next((share for share in WARNINGS if self.used_percent >= share), 0)

    def _main(self) -> About:
        return About(self.programme_id)

    def _keep(self, pool: Pool) -> None:
        if pool.pool_id not in self.pools and pool.beneficiary_id:
            self.pools[pool.pool_id] = pool
            self._allocations[pool.beneficiary_id].append(pool)
            self._allocations[pool.beneficiary_id].sort(key=lambda each: each.pool_id)

    def _unused(self) -> Account:
        """Where units go that nobody used."""
        if self.closed_at is None:
            return Account.AVAILABLE
        return Account.EXPIRED if self.closed_at >= self.terms.closes_at else Account.RETURNED

    def _require_open(self, units: int) -> None:
        if self.state is not State.OPEN:
            raise ProgrammeNotOpenError(self.state)
        if units < 1:
            raise InvalidUnitsError("Give a number of units, 1 or more.")

    def _paying(self, beneficiary_id: UUID) -> Iterator[Pool]:
        yield from self._allocations.get(beneficiary_id, ())
        if self.terms.distribution is Distribution.FIRST_COME:
            yield self.pool

    def _time(self, now: datetime) -> Finding:
        if self.state is State.DRAFT:
            return Finding("period", "draft", met=False)
        if now < self.terms.opens_at:
            opens_on = {"opens_on": self.terms.opens_at.date().isoformat()}
            return Finding("period", "not_open_yet", opens_on, met=False)
        closes_on = self.terms.closes_at.date().isoformat()
        if self.is_closed or now >= self.terms.closes_at:
            return Finding("period", "closed", {"closed_on": closes_on}, met=False)
        return Finding("period", "running", {"closes_on": closes_on}, met=True)

    def _left(self, claim: Claim) -> Finding:
        units = self.terms.units_for(claim.item)
        if self.pool_for(claim.tenant.tenant_id, units):
            return Finding("pool", "units_left", met=True)
        if self.terms.distribution is Distribution.ALLOCATED:
            has_part = self.has_allocation(claim.tenant.tenant_id)
            code = "allocation_exhausted" if has_part else "no_allocation"
            return Finding("pool", code, met=False)
        if self.terms.unit is Unit.VOUCHER:
            return Finding("pool", "exhausted", {"granted": self.total.granted}, met=False)
        left: dict[str, Parameter] = {
            "granted_cents": self.total.granted,
            "available_cents": self.pool.available,
            "needed_cents": units,
        }
        return Finding("pool", "budget_exhausted", left, met=False)

"""What a funder decided: for whom, for what, from when to when, how much of it and how it is given out."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum

from services.voucher.domain.eligibility import Claim, Eligibility, Finding, Item
from services.voucher.domain.errors import InvalidProgrammeError
from services.voucher.domain.explanations import Parameter
from services.voucher.domain.limits import Limits, Taken

MAX_VOUCHERS = 10_000_000
MAX_CENTS = 1_000_000_000_000


class Unit(StrEnum):
    """What a programme counts in: whole vouchers, or euro cents."""

    VOUCHER = "voucher"
    CENT = "cent"

    @property
    def most(self) -> int:
        """The largest budget, in this unit."""
        return MAX_CENTS if self is Unit.CENT else MAX_VOUCHERS


class Distribution(StrEnum):
    """How units are given out: to whoever comes first, or from what the funder allocated to an organisation."""

    FIRST_COME = "first_come"
    ALLOCATED = "allocated"


class Step(StrEnum):
    """Who has to approve a claim."""

    LEADER = "leader"
    HR = "hr"


@dataclass(frozen=True, slots=True)
class Terms:
    """A programme's terms. They hold for all claims: once it is open, other terms are another programme.

    `budget` are the units that are granted when it opens; `cap_cents` is the value that one voucher pays up to; what a booking costs beyond it is not paid.
    """

    name: str
    reference: str
    eligibility: Eligibility
    opens_at: datetime
    closes_at: datetime
    reservation: timedelta
    limits: Limits = field(default_factory=Limits)
    legal_basis: str = ""
    unit: Unit = Unit.VOUCHER
    budget: int = 0
    cap_cents: int | None = None
    distribution: Distribution = Distribution.FIRST_COME
    approval: tuple[Step, ...] = ()
    assignment: timedelta = timedelta(days=90)

    def __post_init__(self) -> None:
        """Refuse terms that nobody could use. Raises InvalidProgrammeError."""
        if self.closes_at <= self.opens_at:
            raise InvalidProgrammeError(
                "The programme must close after it opens. Correct closes_at."
            )
        if self.reservation <= timedelta(0) or self.assignment <= timedelta(0):
            raise InvalidProgrammeError("A reservation and an assignment must last some time.")
        if self.cap_cents is not None and not 1 <= self.cap_cents <= MAX_CENTS:
            raise InvalidProgrammeError(
                f"A voucher pays up to between 1 and {MAX_CENTS:,} cents. Correct cap_cents."
            )
        if len(set(self.approval)) < len(self.approval):
            raise InvalidProgrammeError("Each approves once. Name no step of approval twice.")

    def check_budget(self, units: int) -> None:
        """Refuse a budget that is none, or out of reach. Raises InvalidProgrammeError."""
        if not 1 <= units <= self.unit.most:
            raise InvalidProgrammeError(
                f"A programme has between 1 and {self.unit.most:,} {self.unit}s."
            )

    def pays(self, price_cents: int) -> int:
        """What a voucher pays of a price, in cents."""
        return price_cents if self.cap_cents is None else min(price_cents, self.cap_cents)

    def units_for(self, item: Item | None) -> int:
        """The units that a claim takes: one voucher, or the cents that are paid. Ask `findings` first.

        As long as nothing is chosen, that is the most that a voucher pays.
        """
        if self.unit is Unit.VOUCHER:
            return 1
        price_cents = item.price_cents if item else self.cap_cents
        assert price_cents, "a claim on cents has a price"
        return self.pays(price_cents)

    def findings(self, claim: Claim, taken: Taken) -> Iterator[Finding]:
        """What each condition says of a claim, in the order in which a no counts."""
        yield from self.eligibility.of_claim(claim)
        yield from self.of_price(claim.item)
        yield from self.limits.findings(taken)
        if self.approval and claim.item:
            yield Finding("approval", "approval_needed", {"steps": self.approval}, met=False)

    def of_price(self, item: Item | None) -> Iterator[Finding]:
        """What the programme pays of a price. Where it counts vouchers, a price need not be known."""
        price = item.price_cents if item else self.cap_cents
        if not price:
            if self.unit is Unit.CENT:
                code = "price_unknown" if price is None else "free_of_charge"
                yield Finding("price", code, met=False)
            return
        paid = self.pays(price)
        code = "price_covered" if paid == price else "price_partly_covered"
        parameters: dict[str, Parameter] = {"paid_cents": paid, "price_cents": price}
        yield Finding("price", code, parameters, met=True)

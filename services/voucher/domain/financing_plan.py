"""What a funder agreed to pay for, position by position: the order that a proof of use follows."""

from dataclasses import dataclass

from services.voucher.domain.errors import InvalidFinancingPlanError
from services.voucher.domain.receipts import Receipt, Use

MAX_POSITIONS = 200


@dataclass(frozen=True, slots=True)
class Position:
    """A line of the plan, in units of the programme; empty sets take every use."""

    number: str
    title: str
    planned: int
    offer_kinds: frozenset[str] = frozenset()
    competence_fields: frozenset[str] = frozenset()

    def takes(self, use: Use | None) -> bool:
        """Whether what a voucher was used for belongs here."""
        if self.offer_kinds and (use is None or use.offer_kind not in self.offer_kinds):
            return False
        if not self.competence_fields:
            return True
        return use is not None and not self.competence_fields.isdisjoint(use.competence_fields)


#: Takes what no position of the plan does, so that the sums are always complete.
REST = Position("", "", 0)


@dataclass(frozen=True, slots=True)
class FinancingPlan:
    """The positions in their order; the first that takes a use has it."""

    positions: tuple[Position, ...] = ()

    def __post_init__(self) -> None:
        """Refuse a plan that could not be followed."""
        numbers = [each.number for each in self.positions]
        if len(numbers) > MAX_POSITIONS:
            raise InvalidFinancingPlanError(
                f"A financing plan has {MAX_POSITIONS} positions at most."
            )
        if len(set(numbers)) < len(numbers):
            raise InvalidFinancingPlanError("Two positions have the same number. Number them anew.")
        if any(not each.number or each.planned < 0 for each in self.positions):
            raise InvalidFinancingPlanError("A position has a number, and 0 units or more.")

    @property
    def planned(self) -> int:
        """What all positions come to."""
        return sum(each.planned for each in self.positions)

    def check(self, granted: int) -> None:
        """A plan spends no more than is granted. Raises InvalidFinancingPlanError."""
        if self.planned > granted:
            raise InvalidFinancingPlanError(
                f"The positions come to {self.planned:,} units, {granted:,} are granted. Plan less, or top up first."
            )

    def position_of(self, receipt: Receipt) -> Position:
        """Where an expense belongs."""
        use = receipt.line.use
        return next((each for each in self.positions if each.takes(use)), REST)

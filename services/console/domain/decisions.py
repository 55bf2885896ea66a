"""What can be decided on something that waits for people, and why it cannot."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from services.console.domain.operator import APPROVER, OPERATOR, Operator
from services.console.domain.wording import msg

ONLY_READS: Final = msg("This takes the role operator. Ask somebody who has it.")
NO_APPROVER: Final = msg("This takes a second person with the role approver.")
ASKED_BY_YOU: Final = msg("You asked for this: a second person with the role approver confirms it.")


@dataclass(frozen=True, slots=True)
class Decision:
    """A decision by the name of its address; refused with a reason, or allowed with none."""

    name: str
    label: str
    refused: str = ""

    @property
    def is_allowed(self) -> bool:
        """Whether this person may decide so now."""
        return not self.refused


def refused_to_act(operator: Operator) -> str:
    """Why somebody may not act; empty if they may."""
    return "" if operator.is_allowed(OPERATOR) else ONLY_READS


def refused_as_second(operator: Operator, asked_by: str) -> str:
    """Why somebody may not confirm what `asked_by` began; empty if they may."""
    if operator.subject == asked_by:
        return ASKED_BY_YOU
    return "" if operator.is_allowed(APPROVER) else NO_APPROVER


def named(decisions: Iterable[Decision], name: str) -> Decision | None:
    """One of them by its name."""
    return next((each for each in decisions if each.name == name), None)

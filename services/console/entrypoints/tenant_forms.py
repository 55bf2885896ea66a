"""What the forms on tenants' pages send."""

from collections.abc import Mapping
from datetime import date
from typing import Annotated, Any, Final

from pydantic import BaseModel, BeforeValidator, Field

from services.console.domain.tenant_acts import Act

#: As long as member takes it.
MAX_REASON: Final = 5_000

Text = Annotated[str, Field(max_length=MAX_REASON)]
Amount = Annotated[int, Field(ge=0, le=1_000_000_000)]
#: A date that was left empty is none.
Day = Annotated[date | None, BeforeValidator(lambda value: value or None)]


class ActForm(BaseModel):
    """Why, and what some acts ask for beside."""

    reason: Text = ""
    last_day: Day = None
    step: Text = ""

    def body(self, act: Act) -> Mapping[str, Any]:
        """What member's address takes for an act."""
        body: dict[str, Any] = {}
        if act.needs_reason:
            body["reason"] = self.reason
        if act.takes_day and self.last_day:
            body["last_day"] = self.last_day.isoformat()
        if act.takes_step:
            body["step"] = self.step
        return body


class QuotasForm(BaseModel):
    """A tenant's limits, and why they change."""

    people: Amount
    events_per_day: Amount
    machine_clients: Amount
    subscriptions: Amount
    reason: Text


class AccessForm(BaseModel):
    """Why somebody comes into a tenant, for how long, and whether to change something."""

    reason: Text
    hours: Annotated[int, Field(ge=1, le=8)] = 1
    may_change: bool = False

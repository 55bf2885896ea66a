"""What the cooperative's staff is told of subscriptions: no event's data, no address in full, no answer."""

from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Any, Self
from urllib.parse import urlsplit
from uuid import UUID

from pydantic import Field

from services.feed.domain.endpoint import PAUSED_AFTER
from services.feed.domain.subscription import Status, Way
from shared.http.fields import View


class OverseenEndpointView(View):
    """A webhook's endpoint. Of its address only the host: the rest may hold a secret of the tenant's."""

    host: str
    verified_at: datetime | None
    failing_since: datetime | None
    last_success_at: datetime | None
    pauses_at: Annotated[
        datetime | None, Field(description="When it is given up unless something arrives")
    ]
    resting_until: Annotated[
        datetime | None,
        Field(description="Until when it is left alone because most attempts failed"),
    ]
    tripped: Annotated[int, Field(description="How often in a row it was found unwell")]

    @classmethod
    def shown(cls, row: Mapping[str, Any]) -> Self | None:
        """From the row of a subscription, which may have none."""
        if row["url"] is None:
            return None
        failing_since: datetime | None = row["failing_since"]
        return cls(
            host=urlsplit(row["url"]).hostname or "",
            verified_at=row["verified_at"],
            failing_since=failing_since,
            last_success_at=row["last_success_at"],
            pauses_at=failing_since and failing_since + PAUSED_AFTER,
            resting_until=row["resting_until"],
            tripped=row["tripped"],
        )


class OverseenView(View):
    """A subscription and how its deliveries go.

    `behind` is how many events of the tenant's log come after its place, wanted or not; absent for one
    that keeps its place itself. `waiting_events` of `failing_keys` aggregates wait for another attempt.
    """

    subscription_id: UUID
    tenant_id: UUID
    tenant_name: str | None
    name: str
    way: Way
    types: list[str]
    status: Status
    status_since: datetime
    status_reason: str | None
    created_at: datetime
    behind: int | None
    failing_keys: int
    waiting_events: int
    next_attempt_at: datetime | None
    endpoint: OverseenEndpointView | None

    @classmethod
    def shown(cls, row: Mapping[str, Any]) -> Self:
        """From its row."""
        return cls.model_validate({**row, "endpoint": OverseenEndpointView.shown(row)})


class FailingKeyView(View):
    """An aggregate of which `waiting` events wait, the first of them after `attempts` attempts."""

    aggregate: str
    waiting: int
    attempts: int
    next_attempt_at: datetime
    since: datetime


class OverseenAttemptView(View):
    """One attempt, without what the endpoint answered."""

    number: int
    trigger: str
    at: datetime
    milliseconds: int
    outcome: str
    status: int | None
    error_class: str | None

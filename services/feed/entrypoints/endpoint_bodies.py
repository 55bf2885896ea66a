"""The bodies for endpoints, deliveries and replays."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Annotated, Any, Self
from uuid import UUID

from pydantic import Field

from services.feed.adapters.delivery_queries import STATUSES, Filter
from services.feed.application.manage_endpoint import EndpointSet
from services.feed.domain.endpoint import Endpoint
from services.feed.domain.replay import ReplayStatus, Wanted
from services.feed.domain.secret import LONGEST_OVERLAP, Secret
from services.feed.domain.subscription import Status, Subscription
from shared.http.fields import Body, ChosenId, Key, Moment, View
from shared.http.pages import Limit, Offset

MAX_OVERLAP_HOURS = LONGEST_OVERLAP // timedelta(hours=1)


class DeliveryStatus(StrEnum):
    """`held` waits for an earlier event of its aggregate, `exhausted` is not sent again of itself."""

    DELIVERED = "delivered"
    RETRYING = "retrying"
    HELD = "held"
    EXHAUSTED = "exhausted"


class DeliveryFilter(Body):
    """Which deliveries are listed; what is left out stands for any. The times are of the last attempt."""

    status: DeliveryStatus | None = None
    type: Key | None = None
    aggregate: Key | None = None
    since: Annotated[Moment | None, Field(alias="from")] = None
    before: Annotated[Moment | None, Field(alias="to")] = None
    limit: Limit = 50
    offset: Offset = 0

    def filter(self) -> Filter:
        """As the queries take it."""
        return Filter(self.status, self.type, self.aggregate, self.since, self.before)


class EndpointBody(Body):
    """Where events are to go."""

    url: Annotated[
        str,
        Field(
            min_length=1,
            max_length=2_000,
            description="https, port 443 or 8443, on the public internet",
        ),
    ]


class CodeBody(Body):
    """What the endpoint was sent."""

    code: ChosenId


class RotationBody(Body):
    """How long messages are signed with the old secrets too."""

    overlap_hours: Annotated[int, Field(ge=0, le=MAX_OVERLAP_HOURS)] = 24


class ReplayBody(Body):
    """Which events are sent again; what is left out stands for any. Nothing that comes after the request."""

    since: Annotated[Moment | None, Field(alias="from")] = None
    before: Annotated[Moment | None, Field(alias="to")] = None
    types: Annotated[tuple[Key, ...], Field(max_length=100)] | None = None
    aggregate: Key | None = None
    failed: Annotated[bool, Field(description="Only what was given up")] = False

    def wanted(self) -> Wanted:
        """As the domain says it."""
        types = frozenset(self.types) if self.types else None
        return Wanted(types, self.aggregate, self.since, self.before, self.failed)


class SecretView(View):
    """A secret that signs; the secret itself is shown once, when it is made."""

    secret_id: UUID
    made_at: datetime
    ends_at: datetime | None
    secret: Annotated[str | None, Field(description="Shown this once; begins with whsec_")] = None

    @classmethod
    def shown(cls, secret: Secret, text: str | None = None) -> Self:
        """From the domain."""
        return cls(
            secret_id=secret.secret_id,
            made_at=secret.made_at,
            ends_at=secret.ends_at,
            secret=text,
        )


class EndpointView(View):
    """An endpoint and how it is doing."""

    url: str
    status: Status
    verified_at: datetime | None
    failing_since: datetime | None
    last_success_at: datetime | None
    pauses_at: Annotated[
        datetime | None, Field(description="When it is given up unless something arrives")
    ]
    oldest_event_expires_at: Annotated[
        datetime | None, Field(description="From when on undelivered events are lost")
    ]
    secrets: tuple[SecretView, ...] = ()
    secret: Annotated[
        str | None, Field(description="What messages are signed with; shown this once")
    ] = None

    @classmethod
    def shown(
        cls, subscription: Subscription, endpoint: Endpoint, secrets: Sequence[SecretView]
    ) -> Self:
        """From the domain."""
        return cls(
            url=endpoint.url,
            status=subscription.status,
            verified_at=endpoint.verified_at,
            failing_since=endpoint.failing_since,
            last_success_at=endpoint.last_success_at,
            pauses_at=endpoint.pauses_at,
            oldest_event_expires_at=endpoint.oldest_event_expires_at,
            secrets=tuple(secrets),
        )

    @classmethod
    def set(cls, done: EndpointSet) -> Self:
        """As it is after a command."""
        shown = cls.shown(done.subscription, done.endpoint, [])
        return shown.model_copy(update={"secret": done.secret})


class TestView(View):
    """The event that is sent; look for it among the deliveries."""

    event_id: UUID


class DeliveryView(View):
    """An event's way to the endpoint, by its last attempt. `position` is absent for tests and verifications."""

    event_id: UUID
    position: int | None
    type: str
    aggregate: str
    status: DeliveryStatus
    attempts: int
    at: datetime
    next_attempt_at: datetime | None
    answer_status: int | None
    error_class: str | None

    @classmethod
    def shown(cls, row: Any) -> Self:
        """From its row."""
        status = DeliveryStatus(STATUSES.get(row["outcome"], row["outcome"]))
        return cls.model_validate({**row, "status": status})


class AttemptView(View):
    """One attempt: why, when, how long it took, and what came of it."""

    number: int
    trigger: str
    at: datetime
    milliseconds: int
    outcome: str
    status: int | None
    error_class: str | None
    answer_start: str

    @classmethod
    def shown(cls, row: Any) -> Self:
        """From its row; what is no text is shown as far as it can be."""
        answer = bytes(row["answer_start"] or b"").decode(errors="replace")
        return cls.model_validate({**row, "answer_start": answer})


class ReplayView(View):
    """A replay and how far it has come."""

    replay_id: UUID
    status: ReplayStatus
    count: int
    done: int
    up_to_position: int
    created_by: str
    created_at: datetime

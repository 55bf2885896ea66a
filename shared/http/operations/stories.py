"""Stories: found, told, with what was handled, what failed in them and what has to follow."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

from fastapi import APIRouter, Query
from pydantic import StringConstraints
from sqlalchemy.ext.asyncio import AsyncEngine

from shared.auth.dependencies import Operator, Viewer
from shared.database.engine import transaction
from shared.expectations import Expectation, expected
from shared.http.fields import ChosenId, View
from shared.http.operations.errands import require_access
from shared.http.operations.noting import note
from shared.http.pages import Limit, Offset
from shared.http.problems import Problem, not_found
from shared.inbox.failures import failures
from shared.inbox.handled import handled
from shared.outbox.stories import Search, stories
from shared.outbox.story import event, story

TraceId = Annotated[str, StringConstraints(pattern="^[0-9a-f]{32}$")]


class ExpectedView(View):
    """One of these types has to come from a service, if the story has an event of type `given`."""

    types: list[str]
    by: str
    due_at: datetime
    given: str | None


class StoryEventView(View):
    """An event that this service published, without its data; it is pending until it was sent."""

    id: UUID
    type: str
    topic: str
    subject: str
    tenant_id: UUID
    sequence: int
    time: datetime
    causation_id: str | None
    traceparent: str | None
    state: Literal["pending", "sent"]
    expects: list[ExpectedView]


class FoundStoryView(View):
    """A story, and this service's first and last event in it."""

    correlation_id: str
    tenant_id: UUID
    first_type: str
    first_at: datetime
    last_type: str
    last_at: datetime


class FailureView(View):
    """An event that this service could not handle: it waits for its next try, or behind another, or is dead."""

    event_id: str | None
    type: str | None
    topic: str
    subject: str | None
    tenant_id: str | None
    state: Literal["parked", "behind", "dead", "discarded"]
    error: str
    attempts: int
    since: datetime
    due_at: datetime | None
    letter_id: int | None
    group_id: str | None


class HandledView(View):
    """An event that took effect at this service."""

    event_id: UUID
    handled_at: datetime


class WholeEventView(View):
    """An event as this service published it: the headers of its Kafka record, and its data; a tombstone has none."""

    topic: str
    key: str
    headers: Mapping[str, str]
    data: str


def add_stories(
    router: APIRouter,
    engine: AsyncEngine,
    expects: Sequence[Expectation],
    personal: Collection[str],
) -> None:
    """The addresses of stories."""

    @router.get("/stories")
    async def get_stories(
        _caller: Viewer,
        subject: Annotated[
            ChosenId | None, Query(description="What an event is about: a booking, a voucher …")
        ] = None,
        person_id: UUID | None = None,
        trace_id: TraceId | None = None,
        tenant_id: UUID | None = None,
        limit: Limit = 50,
    ) -> list[FoundStoryView]:
        """Stories in which this service published something, the newest first."""
        search = Search(subject, person_id, trace_id, tenant_id)
        if sum(each is not None for each in (subject, person_id, trace_id)) > 1 or not any(
            (subject, person_id, trace_id, tenant_id)
        ):
            detail = "Name one of subject, person_id and trace_id, a tenant_id, or both."
            raise Problem(422, "invalid_request", detail)
        async with transaction(engine) as connection:
            found = await stories(connection, search, limit=limit)
        return [FoundStoryView.model_validate(each) for each in found]

    # With `path`, because there may be a slash in an id that a client chose.
    @router.get("/stories/{correlation_id:path}")
    async def get_story(
        correlation_id: ChosenId, _caller: Viewer, limit: Limit = 50, offset: Offset = 0
    ) -> list[StoryEventView]:
        """What this service published with a correlation id, in order, without the data, and what has to follow."""
        async with transaction(engine) as connection:
            events = await story(connection, correlation_id, limit=limit, skip=offset)
        return [
            StoryEventView.model_validate(
                {**each, "expects": expected(expects, each["type"], each["time"])}
            )
            for each in events
        ]

    @router.get("/failures")
    async def get_failures(
        correlation_id: ChosenId, _caller: Viewer, limit: Limit = 50, offset: Offset = 0
    ) -> list[FailureView]:
        """What this service could not handle of a story, with attempts and errors, oldest first."""
        async with transaction(engine) as connection:
            rows = await failures(connection, correlation_id, limit=limit, skip=offset)
        return [FailureView.of(row) for row in rows]

    @router.get("/handled")
    async def get_handled(
        _caller: Viewer, event_id: Annotated[list[UUID], Query(min_length=1, max_length=100)]
    ) -> list[HandledView]:
        """Which of these events took effect here, and when; the inbox remembers as long as Kafka keeps them."""
        async with transaction(engine) as connection:
            rows = await handled(connection, event_id)
        return [HandledView.of(row) for row in rows]

    @router.get("/events/{event_id}")
    async def get_event(
        event_id: UUID, correlation_id: ChosenId, caller: Operator
    ) -> WholeEventView:
        """An event of a story with its data. That you looked is written down.

        If it names people, it is shown only to who has an access to their tenant.
        """
        async with transaction(engine) as connection:
            found = await event(connection, correlation_id, event_id)
            if found is None:
                raise not_found("event")
            if found["topic"] in personal:
                tenant = found["headers"]["ce_tenantid"]
                await require_access(engine, caller, tenant, "GET event")
            await note(connection, caller, "inspect", f"event {event_id}")
        return WholeEventView.model_validate({**found, "data": found["data"].decode()})

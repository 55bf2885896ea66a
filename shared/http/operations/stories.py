"""Stories: found, told, with what failed in them and what has to follow."""

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

from fastapi import APIRouter, Query
from pydantic import StringConstraints
from sqlalchemy.ext.asyncio import AsyncEngine

from shared.auth.dependencies import Viewer
from shared.database.engine import transaction
from shared.expectations import Expectation, expected
from shared.http.fields import ChosenId, View
from shared.http.pages import Limit, Offset
from shared.http.problems import Problem
from shared.inbox.failures import failures
from shared.outbox.stories import Search, stories
from shared.outbox.story import story

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


def add_stories(router: APIRouter, engine: AsyncEngine, expects: Sequence[Expectation]) -> None:
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
                {**event, "expects": expected(expects, event["type"], event["time"])}
            )
            for event in events
        ]

    @router.get("/failures")
    async def get_failures(
        correlation_id: ChosenId, _caller: Viewer, limit: Limit = 50, offset: Offset = 0
    ) -> list[FailureView]:
        """What this service could not handle of a story, with attempts and errors, oldest first."""
        async with transaction(engine) as connection:
            rows = await failures(connection, correlation_id, limit=limit, skip=offset)
        return [FailureView.of(row) for row in rows]

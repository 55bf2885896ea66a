"""Replays and republications: what a service has lost or never heard, it hears again."""

from collections.abc import Collection
from datetime import date, datetime
from typing import Annotated, Any, Self

from fastapi import APIRouter
from pydantic import Field, model_validator
from sqlalchemy.ext.asyncio import AsyncEngine

from shared.auth.dependencies import Approver, Operator, Viewer
from shared.database.engine import transaction
from shared.http.fields import Body, Key, Moment, Name, View
from shared.http.operations.letters import LARGEST_ID
from shared.http.operations.noting import note
from shared.http.pages import Limit, Offset
from shared.http.problems import Problem, not_found
from shared.inbox import replay
from shared.inbox.replay import NotPreviewedError, Start
from shared.operations.approval import ApprovalNeededError
from shared.outbox import archive

ReplayId = Annotated[int, Field(ge=1, le=LARGEST_ID)]


class ReplayBody(Body):
    """A topic to be read again: from a time, from an offset, or with neither from its beginning."""

    topic: Key
    since: Moment | None = None
    from_offset: Annotated[int, Field(ge=0, le=LARGEST_ID)] | None = None
    reason: Name

    @model_validator(mode="after")
    def _is_one_start(self) -> Self:
        if self.since is not None and self.from_offset is not None:
            raise ValueError("give a time or an offset, not both")
        return self

    def start(self) -> Start:
        """As the inbox takes it."""
        return Start(self.since, self.from_offset)

    def subject(self) -> str:
        """For the record of operations."""
        return self.model_dump_json(exclude={"reason"}, exclude_defaults=True)


class ReplayView(View):
    """A replay: asked, counting, previewed, waiting, running, done, failed or cancelled.

    Of the `would_read` events that it would read, `would_copy` have an effect on this service's copies;
    `events` is how many of them it has handled.
    """

    id: int
    topic: str
    since: datetime | None
    from_offset: int | None
    state: str
    would_read: int | None
    would_copy: int | None
    events: int
    reason: str
    asked_by: str
    asked_at: datetime
    confirmed_by: str | None


class RepublicationBody(Body):
    """A topic of this service, and the first day (UTC) whose events are sent again."""

    topic: Key
    since: date
    reason: Name

    def subject(self) -> str:
        """For the record of operations."""
        return self.model_dump_json(exclude={"reason"})


class EventsView(View):
    """How many events leave again."""

    events: int


def add_replays(router: APIRouter, engine: AsyncEngine, reads: Collection[str]) -> None:
    """The addresses of replays and republications."""

    @router.post("/replays", status_code=202)
    async def post_replay(body: ReplayBody, caller: Operator) -> ReplayView:
        """Have the worker count what a replay would read; it is done once a second person confirms."""
        if body.topic not in reads:
            detail = f"This service reads {', '.join(reads)}. Choose one of them."
            raise Problem(422, "topic_not_read", detail)
        async with transaction(engine) as connection:
            row = await replay.ask(
                connection, body.topic, body.start(), reason=body.reason, asked_by=caller.subject
            )
            await note(connection, caller, "replay", f"{row.id}: {body.subject()}", body.reason)
        return ReplayView.of(row)

    @router.get("/replays")
    async def get_replays(
        _caller: Viewer, limit: Limit = 50, offset: Offset = 0
    ) -> list[ReplayView]:
        """The replays and how they go, newest first."""
        async with transaction(engine) as connection:
            rows = await replay.replays(connection, limit=limit, skip=offset)
        return [ReplayView.of(row) for row in rows]

    @router.post("/replays/{replay_id}/confirmation")
    async def post_replay_confirmation(replay_id: ReplayId, caller: Approver) -> ReplayView:
        """Have the worker read the topic and rebuild this service's copies; nobody else notices.

        It takes another person than the one who asked, with the role approver.
        """
        async with transaction(engine) as connection:
            try:
                row = await replay.confirm(connection, replay_id, caller.subject)
            except ApprovalNeededError as error:
                raise Problem(403, error.code, str(error)) from None
            except NotPreviewedError as error:
                raise Problem(409, error.code, str(error)) from None
            found = _found(row)
            await note(connection, caller, "confirm", f"replay {replay_id}", found.reason)
        return found

    @router.post("/replays/{replay_id}/cancellation")
    async def post_replay_cancellation(replay_id: ReplayId, caller: Operator) -> ReplayView:
        """Have it not done."""
        async with transaction(engine) as connection:
            try:
                row = await replay.cancel(connection, replay_id)
            except NotPreviewedError as error:
                raise Problem(409, error.code, str(error)) from None
            found = _found(row)
            await note(connection, caller, "cancel", f"replay {replay_id}", found.reason)
        return found

    @router.post("/republications")
    async def post_republication(body: RepublicationBody, caller: Operator) -> EventsView:
        """Publish from the archive again what this service's topic has lost: each aggregate's last events."""
        async with transaction(engine) as connection:
            events = await archive.republish(connection, body.topic, body.since)
            await note(connection, caller, "republish", body.subject(), body.reason)
        return EventsView(events=events)


def _found(row: Any | None) -> ReplayView:
    if row is None:
        raise not_found("replay")
    return ReplayView.of(row)

"""What an operator may do at every service: look at dead letters, drive them again, or discard them.

Everything done here is written down with the operator's name, looking at data included.
"""

import logging
from collections.abc import Collection, Mapping
from datetime import date, datetime
from typing import Annotated, Any, Literal, Self
from uuid import UUID

from fastapi import APIRouter, Query
from pydantic import Field, model_validator
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from shared.auth.dependencies import Operator, operator_access_missing
from shared.auth.operator_access import Errand, OperatorAccess
from shared.database.engine import transaction
from shared.http.fields import Body, ChosenId, Key, Moment, Name, View
from shared.http.pages import Limit, Offset
from shared.http.problems import Problem, not_found
from shared.inbox import letters, replay
from shared.inbox.letters import Choice, Operation
from shared.inbox.replay import Start
from shared.outbox import archive
from shared.outbox.story import story

log = logging.getLogger(__name__)

MAX_IDS = 1_000
LARGEST_ID = 2**63 - 1

LetterId = Annotated[int, Field(ge=1, le=LARGEST_ID)]


class LetterView(View):
    """A dead letter, without its data."""

    id: int
    topic: str
    partition: int
    offset: int
    type: str | None
    tenant_id: str | None
    subject: str | None
    correlation_id: str | None
    traceparent: str | None
    error: str
    attempts: int
    failed_at: datetime
    discarded_at: datetime | None

    @classmethod
    def fields(cls, row: Any) -> Mapping[str, Any]:
        """From a row of dead letters."""
        attributes = {name: value for name, value in row.headers if name.startswith("ce_")}
        columns = ("id", "topic", "partition", "offset", "error", "attempts")
        return {
            **{name: getattr(row, name) for name in (*columns, "failed_at", "discarded_at")},
            "type": attributes.get("ce_type"),
            "tenant_id": attributes.get("ce_tenantid"),
            "subject": attributes.get("ce_subject"),
            "correlation_id": attributes.get("ce_correlationid"),
            "traceparent": attributes.get("ce_traceparent"),
        }


class WholeLetterView(LetterView):
    """A dead letter with everything that was received."""

    key: str | None
    headers: list[tuple[str, str | None]]
    data: str | None


class ChoiceBody(Body):
    """Which dead letters are meant: those that match everything given; something must be."""

    ids: Annotated[list[LetterId], Field(min_length=1, max_length=MAX_IDS)] | None = None
    topic: Key | None = None
    type: Key | None = None
    tenant_id: Key | None = None
    error: Key | None = None
    discarded: bool = False

    @model_validator(mode="after")
    def _is_a_choice(self) -> Self:
        if not any((self.ids, self.topic, self.type, self.tenant_id, self.error)):
            raise ValueError("name ids, a topic, a type, a tenant_id or part of an error")
        return self

    def choice(self) -> Choice:
        """As the inbox takes it."""
        ids = None if self.ids is None else tuple(self.ids)
        return Choice(ids, self.topic, self.type, self.tenant_id, self.error, self.discarded)

    def subject(self) -> str:
        """For the record of operations."""
        return self.model_dump_json(exclude={"reason"}, exclude_defaults=True)


class RedriveBody(ChoiceBody):
    """Dead letters to be handled again."""

    reason: Name = "-"


class DiscardBody(ChoiceBody):
    """Dead letters to be given up, and why."""

    reason: Name


class CountView(View):
    """How many dead letters were meant."""

    letters: int


class OperationView(View):
    """What an operator did, to what, and why."""

    at: datetime
    operator: str
    action: str
    subject: str
    reason: str


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
    """A replay: `events` is how many it has handled, `state` waiting, running, done or failed."""

    id: int
    topic: str
    since: datetime | None
    from_offset: int | None
    state: str
    events: int
    asked_at: datetime


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


def operations_router(
    engine: AsyncEngine, reads: Collection[str], personal: Collection[str] = ()
) -> APIRouter:
    """The addresses, the same for every service; `reads` are the topics that it consumes.

    Of `personal` ones, which name people, a letter's data is shown to who has an access to its tenant.
    """
    router = APIRouter(prefix="/v1/operations", tags=["operations"])

    @router.get("/dead-letters")
    async def get_dead_letters(
        _caller: Operator,
        topic: Key | None = None,
        type: Key | None = None,  # noqa: A002  # its name in CloudEvents
        tenant_id: Key | None = None,
        error: Annotated[Key | None, Query(description="Part of the reason")] = None,
        discarded: bool = False,
        limit: Limit = 50,
        offset: Offset = 0,
    ) -> list[LetterView]:
        """Records that could not be handled, oldest first, without their data."""
        choice = Choice(None, topic, type, tenant_id, error, discarded)
        async with transaction(engine) as connection:
            rows = await letters.choose(connection, choice, limit=limit, skip=offset)
        return [LetterView.model_validate(LetterView.fields(row)) for row in rows]

    @router.get("/dead-letters/{letter_id}")
    async def get_dead_letter(letter_id: LetterId, caller: Operator) -> WholeLetterView:
        """One of them with its data. That you looked is written down.

        If it names people, it is shown only to who has an access to their tenant.
        """
        async with transaction(engine) as connection:
            row = await letters.get(connection, letter_id)
            if row is None:
                raise not_found("dead letter")
            if row.topic in personal:
                await _require_access(engine, caller.subject, LetterView.fields(row)["tenant_id"])
            await _note(connection, caller.subject, "inspect", str(letter_id))
        return WholeLetterView.model_validate(
            {
                **LetterView.fields(row),
                "key": _shown(row.key),
                "headers": row.headers,
                "data": _shown(row.value),
            }
        )

    @router.post("/dead-letters/redrive")
    async def post_redrive(body: RedriveBody, caller: Operator) -> CountView:
        """Have the worker handle them again, each in the order of its key."""
        async with transaction(engine) as connection:
            driven = await letters.redrive(connection, body.choice())
            await _note(connection, caller.subject, "redrive", body.subject(), body.reason)
        return CountView(letters=driven)

    @router.post("/dead-letters/discard")
    async def post_discard(body: DiscardBody, caller: Operator) -> CountView:
        """Give them up. They can be driven again for 30 days: choose them with `discarded`."""
        async with transaction(engine) as connection:
            given_up = await letters.discard(connection, body.choice())
            await _note(connection, caller.subject, "discard", body.subject(), body.reason)
        return CountView(letters=given_up)

    @router.get("/log")
    async def get_log(
        _caller: Operator, limit: Limit = 50, offset: Offset = 0
    ) -> list[OperationView]:
        """What operators did here, newest first."""
        async with transaction(engine) as connection:
            rows = await letters.operations(connection, limit=limit, skip=offset)
        return [OperationView.of(row) for row in rows]

    _add_replays(router, engine, reads)
    _add_story(router, engine)
    return router


def _add_replays(router: APIRouter, engine: AsyncEngine, reads: Collection[str]) -> None:
    @router.post("/replays", status_code=202)
    async def post_replay(body: ReplayBody, caller: Operator) -> ReplayView:
        """Have the worker read a topic again and rebuild this service's copies; nobody else notices."""
        if body.topic not in reads:
            detail = f"This service reads {', '.join(reads)}. Choose one of them."
            raise Problem(422, "topic_not_read", detail)
        async with transaction(engine) as connection:
            row = await replay.ask(connection, body.topic, body.start())
            await _note(connection, caller.subject, "replay", body.subject(), body.reason)
        return ReplayView.of(row)

    @router.get("/replays")
    async def get_replays(
        _caller: Operator, limit: Limit = 50, offset: Offset = 0
    ) -> list[ReplayView]:
        """The replays and how they go, newest first."""
        async with transaction(engine) as connection:
            rows = await replay.replays(connection, limit=limit, skip=offset)
        return [ReplayView.of(row) for row in rows]

    @router.post("/republications")
    async def post_republication(body: RepublicationBody, caller: Operator) -> EventsView:
        """Publish from the archive again what this service's topic has lost: each aggregate's last events."""
        async with transaction(engine) as connection:
            events = await archive.republish(connection, body.topic, body.since)
            await _note(connection, caller.subject, "republish", body.subject(), body.reason)
        return EventsView(events=events)


def _add_story(router: APIRouter, engine: AsyncEngine) -> None:
    # With `path`, because there may be a slash in an id that a client chose.
    @router.get("/stories/{correlation_id:path}")
    async def get_story(
        correlation_id: ChosenId, _caller: Operator, limit: Limit = 50, offset: Offset = 0
    ) -> list[StoryEventView]:
        """What this service published with a correlation id, in order, without the data."""
        async with transaction(engine) as connection:
            events = await story(connection, correlation_id, limit=limit, skip=offset)
        return [StoryEventView.model_validate(event) for event in events]


async def _require_access(engine: AsyncEngine, operator: str, tenant: str | None) -> None:
    try:
        tenant_id = UUID(tenant or "")
    except ValueError:
        admitted = False  # whose people it names is not known
    else:
        errand = Errand(operator, tenant_id, "GET dead letter", changes=False)
        admitted = await OperatorAccess(engine).admit(errand)
    if not admitted:
        raise operator_access_missing()


async def _note(
    connection: AsyncConnection, operator: str, action: str, subject: str, reason: str = "-"
) -> None:
    await letters.note(connection, Operation(operator, action, subject, reason))
    log.info("operator %s: %s %s", operator, action, subject)


def _shown(raw: bytes | None) -> str | None:
    return None if raw is None else raw.decode(errors="backslashreplace")

"""Dead letters: found without their data, and read one at a time."""

from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Depends, Query
from pydantic import Field
from sqlalchemy.ext.asyncio import AsyncEngine

from shared.auth.dependencies import Operator, Viewer
from shared.database.engine import transaction
from shared.http.fields import Key, View
from shared.http.operations.errands import require_access
from shared.http.operations.noting import note
from shared.http.pages import Limit, Offset
from shared.http.problems import not_found
from shared.inbox import letters
from shared.inbox.letters import Choice

LARGEST_ID = 2**63 - 1

LetterId = Annotated[int, Field(ge=1, le=LARGEST_ID)]


class LetterView(View):
    """A dead letter, without its data; `release` could not handle it, `repair_id` of `held_by` holds it."""

    id: int
    topic: str
    partition: int
    offset: int
    key: str | None
    type: str | None
    tenant_id: str | None
    subject: str | None
    correlation_id: str | None
    traceparent: str | None
    error: str
    attempts: int
    failed_at: datetime
    discarded_at: datetime | None
    group_id: str | None
    release: str | None
    repair_id: UUID | None
    held_by: str | None

    @classmethod
    def fields(cls, row: Any) -> Mapping[str, Any]:
        """From a row of dead letters."""
        attributes = {name: value for name, value in row.headers if name.startswith("ce_")}
        columns = ("id", "topic", "partition", "offset", "error", "attempts", "failed_at")
        return {
            **{name: getattr(row, name) for name in (*columns, "discarded_at", "group_id")},
            "key": shown(row.key),
            "release": row.release,
            "repair_id": row.repair_id,
            "held_by": row.held_by,
            "type": attributes.get("ce_type"),
            "tenant_id": attributes.get("ce_tenantid"),
            "subject": attributes.get("ce_subject"),
            "correlation_id": attributes.get("ce_correlationid"),
            "traceparent": attributes.get("ce_traceparent"),
        }


class WholeLetterView(LetterView):
    """A dead letter with everything that was received."""

    headers: list[tuple[str, str | None]]
    data: str | None


async def chosen(
    topic: Key | None = None,
    type: Key | None = None,  # noqa: A002  # its name in CloudEvents
    tenant_id: Key | None = None,
    error: Annotated[Key | None, Query(description="Part of the reason")] = None,
    group_id: Key | None = None,
    discarded: Annotated[
        bool | None, Query(description="Those that were given up; with an id both are found")
    ] = None,
    id: LetterId | None = None,  # noqa: A002  # its name in the answer
) -> Choice:
    """A dependency: which letters are meant."""
    given_up = discarded if id is not None else bool(discarded)
    return Choice(topic, type, tenant_id, error, group_id, given_up, id)


Chosen = Annotated[Choice, Depends(chosen)]


def add_letters(router: APIRouter, engine: AsyncEngine, personal: Collection[str]) -> None:
    """The addresses of dead letters."""

    @router.get("/dead-letters")
    async def get_dead_letters(
        _caller: Viewer, choice: Chosen, limit: Limit = 50, offset: Offset = 0
    ) -> list[LetterView]:
        """Records that could not be handled, oldest first, without their data."""
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
                await require_access(engine, caller, row.tenant, "GET dead letter")
            await note(connection, caller, "inspect", str(letter_id))
        return WholeLetterView.model_validate(
            {
                **LetterView.fields(row),
                "headers": row.headers,
                "data": shown(row.value),
            }
        )


def shown(raw: bytes | None) -> str | None:
    """Bytes as text; what is not UTF-8 is escaped."""
    return None if raw is None else raw.decode(errors="backslashreplace")

"""Groups of dead letters: one cause each, with what is known of it."""

from datetime import datetime
from typing import Annotated, Literal

from fastapi import APIRouter, Path
from pydantic import StringConstraints
from sqlalchemy.ext.asyncio import AsyncEngine

from shared.auth.dependencies import Operator, Viewer
from shared.database.engine import transaction
from shared.http.fields import Body, Description, View
from shared.http.operations.noting import note
from shared.http.pages import Limit, Offset
from shared.http.problems import not_found
from shared.inbox import groups

GROUP = r"^([0-9a-f]{16}|unknown)$"

GroupId = Annotated[str, StringConstraints(pattern=GROUP)]


class GroupView(View):
    """Letters of one type, error and place in the code, and the aggregates that wait for the same.

    It is `open`, `repairing` while a repair holds some of its letters, or `retrying` while none is a letter yet.
    """

    group_id: str
    type: str | None
    code: str | None
    place: str | None
    state: Literal["open", "repairing", "retrying"]
    letters: int
    parked_keys: int
    tenants: int
    first_at: datetime
    last_at: datetime
    releases: list[str]
    note: str | None
    noted_by: str | None
    noted_at: datetime | None


class NoteBody(Body):
    """What is known of a group's cause."""

    note: Description


def add_groups(router: APIRouter, engine: AsyncEngine) -> None:
    """The addresses of groups."""

    @router.get("/dead-letter-groups")
    async def get_groups(_caller: Viewer, limit: Limit = 50, offset: Offset = 0) -> list[GroupView]:
        """What fails here, by cause, the newest first."""
        async with transaction(engine) as connection:
            rows = await groups.groups(connection, limit=limit, skip=offset)
        return [GroupView.of(row) for row in rows]

    @router.put("/dead-letter-groups/{group_id}/note", status_code=204)
    async def put_note(
        group_id: Annotated[GroupId, Path()], body: NoteBody, caller: Operator
    ) -> None:
        """Tell the others what you found; it stays with the group when the same fails again."""
        async with transaction(engine) as connection:
            if not await groups.note(connection, group_id, body.note, caller.subject):
                raise not_found("group of dead letters")
            await note(connection, caller, "note", f"group {group_id}", body.note[:200] or "-")

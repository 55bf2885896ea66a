"""What waits behind a failure: keys that are tried again, and the records of each."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter
from pydantic import BeforeValidator
from sqlalchemy.ext.asyncio import AsyncEngine

from shared.auth.dependencies import Viewer
from shared.database.engine import transaction
from shared.http.fields import View
from shared.http.operations.groups import GroupId
from shared.http.operations.letters import shown
from shared.http.pages import Limit, Offset
from shared.inbox.parked_keys import parked_keys


class ParkedKeyView(View):
    """An aggregate on a topic: `records` wait, because the first of them failed and is tried again at `due_at`."""

    topic: str
    key: Annotated[str | None, BeforeValidator(shown)]
    type: str | None
    tenant_id: str | None
    subject: str | None
    correlation_id: str | None
    records: int
    since: datetime
    due_at: datetime
    error: str
    attempts: int
    group_id: str | None
    release: str | None
    repair_id: UUID | None
    held_by: str | None


def add_parked(router: APIRouter, engine: AsyncEngine) -> None:
    """The address of parked keys."""

    @router.get("/parked-keys")
    async def get_parked_keys(
        _caller: Viewer, group_id: GroupId | None = None, limit: Limit = 50, offset: Offset = 0
    ) -> list[ParkedKeyView]:
        """Keys whose records wait because one failed, what waits longest first; a repair of the key hurries it."""
        async with transaction(engine) as connection:
            rows = await parked_keys(connection, group_id, limit=limit, skip=offset)
        return [ParkedKeyView.of(row) for row in rows]

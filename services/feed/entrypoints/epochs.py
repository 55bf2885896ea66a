"""Addresses for the cooperative: the epochs of the logs, and a restore that left no trace."""

from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Depends, Request
from sqlalchemy.ext.asyncio import AsyncEngine

from services.feed.adapters import epochs
from shared.auth.dependencies import CooperativeReader, Operator
from shared.database.engine import transaction
from shared.http.fields import Body, Name, View
from shared.http.pages import Limit, Offset
from shared.operations import journal
from shared.operations.journal import Operation

router = APIRouter(prefix="/v1/epochs", tags=["epochs"])


class EpochBody(Body):
    """Why the cursors that were handed out cannot be trusted beyond what the logs hold now."""

    reason: Name


class EpochView(View):
    """An epoch of the logs; `caught_up_at` is when what a restore took was appended again."""

    number: int
    made_at: datetime
    reason: str
    caught_up_at: datetime | None


async def engine(request: Request) -> AsyncEngine:
    """The connections of this process."""
    found: AsyncEngine = request.app.state.engine
    return found


Engine = Annotated[AsyncEngine, Depends(engine)]


@router.get("")
async def get_epochs(
    _caller: CooperativeReader, database: Engine, limit: Limit = 50, offset: Offset = 0
) -> list[EpochView]:
    """The epochs of the logs, newest first."""
    async with transaction(database) as connection:
        rows = await epochs.epochs(connection, limit=limit, skip=offset)
    return [EpochView.of(row) for row in rows]


@router.post("", status_code=201)
async def post_epoch(body: EpochBody, caller: Operator, database: Engine) -> EpochView:
    """Say that the database was restored in a way that it does not tell itself, as from a copy of its files.

    The workers start anew and append again what the topics still have; subscribers are told where to go on.
    """
    async with transaction(database, operator=True) as connection:
        number = await epochs.begin(connection, body.reason)
        operation = Operation(caller.subject, "begin epoch", str(number), body.reason)
        await journal.note(connection, operation)
        [newest] = await epochs.epochs(connection, limit=1, skip=0)
    return EpochView.of(newest)

"""Repairs over HTTP: previewed, confirmed, paused, resumed, cancelled; carried out by the worker."""

from collections.abc import Callable
from uuid import UUID

from fastapi import APIRouter
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from shared.auth.dependencies import APPROVER, Confirmer, Operator, Viewer
from shared.auth.tokens import Caller
from shared.clock import utc_now
from shared.database.engine import transaction
from shared.http.operations.noting import note
from shared.http.operations.repair_bodies import (
    MAX_IDS,
    PreviewView,
    RepairBody,
    RepairLetterView,
    RepairView,
)
from shared.http.pages import Limit, Offset
from shared.http.problems import Problem, not_found
from shared.operations.approval import ApprovalNeededError
from shared.repairs import store
from shared.repairs.repair import LetterState, Repair, RepairError, State


def add_repairs(router: APIRouter, engine: AsyncEngine, most_alone: int) -> None:
    """The addresses of repairs."""

    @router.post("/repairs", status_code=201)
    async def post_repair(body: RepairBody, caller: Operator) -> PreviewView:
        """Preview a repair: what it takes is counted, frozen and held for you until you confirm or cancel.

        Nothing is driven yet. Unconfirmed it lapses after 15 minutes, after 4 hours if a second person is needed.
        """
        choice = body.choice()
        try:
            async with transaction(engine) as connection:
                made = await store.preview(
                    connection, body.action, choice, body.reason, caller.subject, most_alone
                )
                subject = f"repair {made.repair_id}: {body.action} {body.subject()}"
                await note(connection, caller, "preview", subject, body.reason)
                return await _preview(connection, made)
        except store.LettersHeldError:
            async with transaction(engine) as connection:
                holders = await store.holders(connection, body.action, choice)
            raise _refused(store.LettersHeldError(holders)) from None
        except RepairError as error:
            raise _refused(error) from None

    @router.get("/repairs")
    async def get_repairs(
        _caller: Viewer, state: State | None = None, limit: Limit = 50, offset: Offset = 0
    ) -> list[RepairView]:
        """Repairs and how they go, the newest first."""
        async with transaction(engine) as connection:
            found = await store.repairs(connection, state, limit=limit, skip=offset)
            how_far = await store.progress(connection, [each.repair_id for each in found])
        return [RepairView.tell(each, how_far[each.repair_id]) for each in found]

    @router.get("/repairs/{repair_id}")
    async def get_repair(repair_id: UUID, _caller: Viewer) -> PreviewView:
        """One of them."""
        async with transaction(engine) as connection:
            return await _preview(connection, await _found(connection, repair_id))

    @router.get("/repairs/{repair_id}/letters")
    async def get_repair_letters(
        repair_id: UUID,
        _caller: Viewer,
        state: LetterState | None = None,
        limit: Limit = 50,
        offset: Offset = 0,
    ) -> list[RepairLetterView]:
        """Its letters and what became of each; those that failed again with `state=failed`."""
        async with transaction(engine) as connection:
            await _found(connection, repair_id)
            rows = await store.letters(connection, repair_id, state, limit=limit, skip=offset)
        return [RepairLetterView.of(row) for row in rows]

    _add_decisions(router, engine)


def _add_decisions(router: APIRouter, engine: AsyncEngine) -> None:
    @router.post("/repairs/{repair_id}/confirmation")
    async def post_confirmation(repair_id: UUID, caller: Confirmer) -> RepairView:
        """Have the worker begin. Where `needs_approval`, it takes another person with the role approver."""
        is_approver = APPROVER in caller.roles

        def confirm(repair: Repair) -> None:
            repair.confirm(caller.subject, is_approver=is_approver, now=utc_now())

        return await _change(engine, repair_id, caller, "confirm", confirm)

    @router.post("/repairs/{repair_id}/pause")
    async def post_pause(repair_id: UUID, caller: Operator) -> RepairView:
        """Begin no further batch; what is driven already goes on."""
        return await _change(
            engine, repair_id, caller, "pause", lambda repair: repair.pause(caller.subject)
        )

    @router.post("/repairs/{repair_id}/resumption")
    async def post_resumption(repair_id: UUID, caller: Operator) -> RepairView:
        """Go on with the next batch."""
        return await _change(engine, repair_id, caller, "resume", Repair.resume)

    @router.post("/repairs/{repair_id}/cancellation")
    async def post_cancellation(repair_id: UUID, caller: Operator) -> RepairView:
        """Drive no further letter, and let go of those that were not driven."""
        return await _change(
            engine, repair_id, caller, "cancel", lambda repair: repair.cancel(caller.subject)
        )


async def _change(
    engine: AsyncEngine,
    repair_id: UUID,
    caller: Caller,
    action: str,
    change: Callable[[Repair], None],
) -> RepairView:
    async with transaction(engine) as connection:
        repair = await _found(connection, repair_id, lock=True)
        try:
            change(repair)
        except (RepairError, ApprovalNeededError) as error:
            raise _refused(error) from None
        await store.save(connection, repair)
        subject = f"repair {repair_id}: {repair.action} {repair.letters} letters"
        await note(connection, caller, action, subject, repair.reason)
        how_far = await store.progress(connection, [repair_id])
    return RepairView.tell(repair, how_far[repair_id])


async def _found(connection: AsyncConnection, repair_id: UUID, *, lock: bool = False) -> Repair:
    repair = await store.get(connection, repair_id, lock=lock)
    if repair is None:
        raise not_found("repair")
    return repair


async def _preview(connection: AsyncConnection, repair: Repair) -> PreviewView:
    how_far = await store.progress(connection, [repair.repair_id])
    first = await store.letters(connection, repair.repair_id, None, limit=MAX_IDS, skip=0)
    view = RepairView.tell(repair, how_far[repair.repair_id])
    ids = [row.letter_id for row in first if row.letter_id is not None]
    return PreviewView(**dict(view), ids=ids, newer=await store.newer(connection, repair))


def _refused(error: RepairError | ApprovalNeededError) -> Problem:
    status = 403 if isinstance(error, ApprovalNeededError) else 409
    return Problem(status, error.code, str(error))

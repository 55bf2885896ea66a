"""Carries repairs out, in a worker: a batch, then a look at what became of it, then the next."""

import logging
from typing import Any

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from shared.database.engine import transaction
from shared.inbox import parking
from shared.repairs import store
from shared.repairs.repair import APPROVAL_LASTS, PREVIEW_LASTS, Action, Repair, State

log = logging.getLogger(__name__)

_DUE = text(
    """
    SELECT * FROM repair
    WHERE state IN ('confirmed', 'running') OR (
        state = 'previewed' AND cut_off < now() - CASE WHEN needs_approval THEN CAST(:approval AS interval) ELSE CAST(:preview AS interval) END)
       OR EXISTS (SELECT FROM repair_letter AS l WHERE l.repair_id = repair.repair_id AND l.state = 'driven')
    ORDER BY cut_off FOR UPDATE SKIP LOCKED
    """
)
_SAME = '(r.topic, r.partition, r."offset") = ({0}.topic, {0}.partition, {0}."offset")'
# What failed again is a letter again, or waits for its next try; what is neither, the inbox must know.
_SETTLE = text(
    f"""
    WITH looked AS (
        SELECT r.topic, r.partition, r."offset",
            CASE WHEN d.id IS NOT NULL THEN 'failed'
                 WHEN p.topic IS NOT NULL AND p.attempts > r.attempts THEN 'failed'
                 WHEN p.topic IS NOT NULL THEN 'driven'
                 WHEN i.event_id IS NOT NULL THEN 'resolved'
                 ELSE 'gone' END AS state,
            COALESCE(d.error, p.error, '') AS error
        FROM repair_letter AS r
        LEFT JOIN dead_letter AS d ON {_SAME.format("d")}
        LEFT JOIN parked AS p ON {_SAME.format("p")}
        LEFT JOIN inbox AS i ON i.event_id = r.event_id
        WHERE r.repair_id = :repair_id AND r.state = 'driven'
    ), settled AS (
        UPDATE repair_letter AS r SET state = looked.state, error = looked.error FROM looked
        WHERE r.repair_id = :repair_id AND {_SAME.format("looked")} AND looked.state <> 'driven'
        RETURNING r.state
    )
    SELECT count(*) FILTER (WHERE state = 'failed') AS failed FROM settled
    """
)
_BATCH = """
    WITH batch AS (
        SELECT topic, partition, "offset" FROM repair_letter
        WHERE repair_id = :repair_id AND state = 'waiting'
        ORDER BY topic, partition, "offset" LIMIT :size
    )
"""
# A letter's try is one try: who looks at it wants to know at once, and not after all the waits. A key's
# first record waits as ever when it fails again, so that what follows it stays behind it.
_DRIVE = text(
    f"""
    {_BATCH}, moved AS (
        DELETE FROM dead_letter AS d USING batch AS r WHERE {_SAME.format("d")} RETURNING d.*
    ), parked_again AS (
        INSERT INTO parked (topic, partition, "offset", key, headers, value, error, attempts,
                            group_id, code, place, release, due_at)
        SELECT topic, partition, "offset", key, headers, value, error,
               CASE WHEN CAST(:as_key AS boolean) THEN 0 ELSE GREATEST(attempts, CAST(:last_try AS integer)) END, group_id, code, place, release, now()
        FROM moved ON CONFLICT DO NOTHING
    ), hurried AS (
        UPDATE parked AS p SET due_at = now() FROM batch AS r WHERE {_SAME.format("p")}
    )
    UPDATE repair_letter AS l SET state = 'driven', attempts = CASE
        WHEN moved.topic IS NULL THEN COALESCE(p.attempts, l.attempts)
        WHEN CAST(:as_key AS boolean) THEN 0 ELSE GREATEST(moved.attempts, CAST(:last_try AS integer)) END
    FROM batch AS r LEFT JOIN moved ON {_SAME.format("moved")} LEFT JOIN parked AS p ON {_SAME.format("p")}
    WHERE l.repair_id = :repair_id
      AND (l.topic, l.partition, l."offset") = (r.topic, r.partition, r."offset")
    """
)
_DISCARD = text(
    f"""
    {_BATCH}, given_up AS (
        UPDATE dead_letter AS d SET discarded_at = now() FROM batch AS r
        WHERE {_SAME.format("d")} RETURNING d.topic, d.partition, d."offset"
    )
    UPDATE repair_letter AS l SET state = CASE WHEN g.topic IS NULL THEN 'gone' ELSE 'discarded' END
    FROM batch AS r LEFT JOIN given_up AS g ON {_SAME.format("g")}
    WHERE l.repair_id = :repair_id
      AND (l.topic, l.partition, l."offset") = (r.topic, r.partition, r."offset")
    """
)


class Repairer:
    """Takes each repair a step further; several workers may, each repair is one worker's at a time."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine

    async def run(self) -> None:
        """One step of every repair that is under way."""
        patience = {"preview": PREVIEW_LASTS, "approval": APPROVAL_LASTS}
        async with transaction(self._engine) as connection:
            rows = (await connection.execute(_DUE, patience)).all()
            for row in rows:
                await self._step(connection, Repair.of(row))

    async def _step(self, connection: AsyncConnection, repair: Repair) -> None:
        if repair.state is State.PREVIEWED:
            repair.lapse()
        if repair.state is State.CONFIRMED:
            repair.state = State.RUNNING
        before = (repair.state, repair.batches)
        failed = await self._settle(connection, repair)
        progress = (await store.progress(connection, [repair.repair_id]))[repair.repair_id]
        repair.settled(progress, failed)
        if repair.state is State.RUNNING and not progress.driven:
            await self._drive(connection, repair)
        await store.save(connection, repair)
        if before != (repair.state, repair.batches):
            log.info(
                "repair %s is %s after batch %d", repair.repair_id, repair.state, repair.batches
            )

    async def _settle(self, connection: AsyncConnection, repair: Repair) -> int:
        row = {"repair_id": repair.repair_id}
        return int((await connection.execute(_SETTLE, row)).one().failed)

    async def _drive(self, connection: AsyncConnection, repair: Repair) -> None:
        row: dict[str, Any] = {"repair_id": repair.repair_id, "size": repair.next_batch()}
        if repair.action is Action.DISCARD:
            await connection.execute(_DISCARD, row)
        else:
            how = {
                "last_try": len(parking.RETRY_SECONDS),
                "as_key": repair.choice.key is not None,
            }
            await connection.execute(_DRIVE, {**row, **how})
        repair.batches += 1

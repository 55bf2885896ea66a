"""Onboarding and offboarding on PostgreSQL: one row a step. Sessions that listen hear of every change."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import RowMapping, select, text
from sqlalchemy.ext.asyncio import AsyncConnection

from services.member.adapters.tables import onboarding_attempt, onboarding_step
from services.member.domain.onboarding import Direction, Process, Progress, State, Step
from shared.database.bulk import Row, insert, upsert

#: Heard by workers when a process begins, and by those who watch a tenant, whose id comes with it.
DUE, CHANGED = "onboarding_due", "onboarding_changed"

_NOTIFY = text("SELECT pg_notify(:channel, :payload)")


class ProcessRepository:
    """Processes, by tenant and direction."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def get(self, tenant_id: UUID, direction: Direction) -> Process | None:
        """A tenant's steps in one direction."""
        table = onboarding_step
        query = select(table).where(table.c.tenant_id == tenant_id, table.c.direction == direction)
        rows = (await self._connection.execute(query)).mappings().all()
        if not rows:
            return None
        return process_of(tenant_id, direction, rows)

    async def begin(self, process: Process) -> None:
        """Keep a new process, and wake a worker when this is committed."""
        await self.save(process)
        await self._connection.execute(_NOTIFY, {"channel": DUE, "payload": ""})

    async def save(self, process: Process) -> None:
        """Keep how far it is, and tell those who watch when this is committed."""
        rows = [_row(process, step, progress) for step, progress in process.steps.items()]
        await upsert(self._connection, onboarding_step, rows)
        await insert(self._connection, onboarding_attempt, _attempt_rows(process))
        process.ended.clear()
        await self._connection.execute(
            _NOTIFY, {"channel": CHANGED, "payload": str(process.tenant_id)}
        )


def process_of(tenant_id: UUID, direction: Direction, rows: Sequence[RowMapping]) -> Process:
    """The process in its rows."""
    found = {Step(row["step"]): _progress_of(row) for row in rows}
    return Process(tenant_id, direction, {step: found[step] for step in Step if step in found})


def _progress_of(row: RowMapping) -> Progress:
    return Progress(
        state=State(row["state"]),
        attempts=row["attempts"],
        error=row["error"],
        started_at=row["started_at"],
        done_at=row["done_at"],
        due_at=row["due_at"],
    )


def _row(process: Process, step: Step, progress: Progress) -> Row:
    return {
        "tenant_id": process.tenant_id,
        "direction": process.direction,
        "step": step,
        "state": progress.state,
        "attempts": progress.attempts,
        "error": progress.error,
        "started_at": progress.started_at,
        "done_at": progress.done_at,
        "due_at": progress.due_at,
    }


def _attempt_rows(process: Process) -> Sequence[Row]:
    return [
        {
            "tenant_id": process.tenant_id,
            "direction": process.direction,
            "step": attempt.step,
            "number": attempt.number,
            "ended_at": attempt.ended_at,
            "error": attempt.error,
        }
        for attempt in process.ended
    ]

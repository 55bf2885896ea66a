"""Reading who is on the way onto the platform or off it, for the cooperative's staff."""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import CompoundSelect, RowMapping, func, select, text, union
from sqlalchemy.ext.asyncio import AsyncConnection

from services.member.adapters.process_repository import process_of
from services.member.adapters.repositories import tenant_of
from services.member.adapters.tables import onboarding_attempt, onboarding_step, tenant
from services.member.application.queries import UnderWay
from services.member.domain.onboarding import Attempt, Direction, Process, State, Step
from services.member.domain.tenant import Status

_steps = onboarding_step.c
#: Word for word as in the partial index: with parameters it would not be used.
_OPEN = (
    select(_steps.tenant_id, func.bool_or(_steps.state == State.FAILED).label("has_failed"))
    .where(text("state NOT IN ('done', 'cancelled')"))
    .group_by(_steps.tenant_id)
    .subquery()
)


class OnboardingQueries:
    """The queries on one connection."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def under_way(self, since: datetime, limit: int) -> Sequence[UnderWay]:
        """Who waits for a decision, is on the way, or was decided on since then; what failed comes first."""
        query = (
            select(tenant)
            .outerjoin(_OPEN, _OPEN.c.tenant_id == tenant.c.tenant_id)
            .where(tenant.c.tenant_id.in_(_seen(since)))
            .order_by(
                func.coalesce(_OPEN.c.has_failed, False).desc(),
                tenant.c.applied_at.desc(),
                tenant.c.tenant_id,
            )
            .limit(limit)
        )
        tenants = [tenant_of(row) for row in (await self._connection.execute(query)).mappings()]
        processes = await self._processes([each.tenant_id for each in tenants])
        return [UnderWay(each, processes.get(each.tenant_id)) for each in tenants]

    async def attempts(self, tenant_id: UUID, limit: int, offset: int) -> Sequence[Attempt]:
        """Every attempt that has ended, the newest first."""
        table = onboarding_attempt
        query = (
            select(table).where(table.c.tenant_id == tenant_id).order_by(table.c.attempt_id.desc())
        )
        rows = await self._connection.execute(query.limit(limit).offset(offset))
        return [
            Attempt(Step(row["step"]), row["number"], row["ended_at"], row["error"])
            for row in rows.mappings()
        ]

    async def _processes(self, tenant_ids: Collection[UUID]) -> Mapping[UUID, Process]:
        """Of each its way out, if that has begun, else its way in."""
        rows = await self._connection.execute(
            select(onboarding_step).where(_steps.tenant_id.in_(tenant_ids))
        )
        found: dict[tuple[UUID, Direction], list[RowMapping]] = defaultdict(list)
        for row in rows.mappings():
            found[row["tenant_id"], Direction(row["direction"])].append(row)
        opening_first = sorted(found, key=lambda key: key[1] is Direction.CLOSING)
        return {key[0]: process_of(*key, found[key]) for key in opening_first}


def _seen(since: datetime) -> CompoundSelect[UUID]:
    """Ids, each part by an index of its own."""
    ids = select(tenant.c.tenant_id)
    return union(
        ids.where(tenant.c.status.in_([Status.APPLIED, Status.APPROVED])),
        ids.where(tenant.c.decided_at >= since),
        select(_OPEN.c.tenant_id),
    )

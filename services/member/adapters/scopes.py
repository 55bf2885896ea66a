"""Which tenants a worker's transaction must act for, beyond those that its events name."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from uuid import UUID

from sqlalchemy import Select, exists, func, or_, select
from sqlalchemy.ext.asyncio import AsyncEngine

from services.member.adapters.agreement_tables import agreement, agreement_declaration
from services.member.adapters.tables import (
    account_check,
    machine_client,
    onboarding_step,
    person_due,
    tenant,
    tenant_review,
)
from services.member.domain.agreement import FINAL
from services.member.domain.onboarding import Direction
from services.member.domain.tenant import MEMBERS, Status
from shared.database.engine import transaction


async def processes_due(
    engine: AsyncEngine, now: datetime, limit: int
) -> Sequence[tuple[UUID, Direction]]:
    """Tenants with steps that a worker may take, the one that waits longest coming first."""
    steps = onboarding_step.c
    query = (
        select(steps.tenant_id, steps.direction)
        .where(steps.due_at <= now)
        .group_by(steps.tenant_id, steps.direction)
        .order_by(func.min(steps.due_at))
        .limit(limit)
    )
    async with transaction(engine, operator=True) as connection:
        rows = await connection.execute(query)
        return [(row.tenant_id, Direction(row.direction)) for row in rows]


async def tenants_to_end(engine: AsyncEngine, today: date, limit: int) -> Sequence[UUID]:
    """Members whose last day is over."""
    query = select(tenant.c.tenant_id).where(
        tenant.c.status.in_(MEMBERS), tenant.c.last_day < today
    )
    return await _found(engine, query.order_by(tenant.c.last_day).limit(limit))


async def tenants_to_delete(engine: AsyncEngine, today: date, limit: int) -> Sequence[UUID]:
    """Tenants that left and whose time to fetch their data is over."""
    query = select(tenant.c.tenant_id).where(
        tenant.c.last_export_day < today, tenant.c.deleted_at.is_(None)
    )
    return await _found(engine, query.order_by(tenant.c.last_export_day).limit(limit))


async def tenants_to_review(engine: AsyncEngine, today: date, limit: int) -> Sequence[UUID]:
    """Tenants whose key or region changes."""
    query = select(tenant_review.c.tenant_id).where(tenant_review.c.due_on <= today).distinct()
    return await _found(engine, query.limit(limit))


async def _found(engine: AsyncEngine, query: Select[UUID]) -> Sequence[UUID]:
    async with transaction(engine, operator=True) as connection:
        return (await connection.execute(query)).scalars().all()


async def tenants_to_close(engine: AsyncEngine, limit: int) -> Sequence[UUID]:
    """Tenants that have left, and whose way out has not begun."""
    begun = exists().where(
        onboarding_step.c.tenant_id == tenant.c.tenant_id,
        onboarding_step.c.direction == Direction.CLOSING,
    )
    query = select(tenant.c.tenant_id).where(tenant.c.status == Status.LEFT, ~begun).limit(limit)
    async with transaction(engine, operator=True) as connection:
        return (await connection.execute(query)).scalars().all()


async def people_to_check(
    engine: AsyncEngine, now: datetime, limit: int
) -> Sequence[tuple[UUID, UUID]]:
    """Tenants and people whose account's roles are to be written, the longest due first."""
    table = account_check
    query = (
        select(table.c.tenant_id, table.c.person_id)
        .where(table.c.due_at <= now)
        .order_by(table.c.due_at)
        .limit(limit)
    )
    async with transaction(engine, operator=True) as connection:
        return [(row.tenant_id, row.person_id) for row in await connection.execute(query)]


async def clients_to_settle(
    engine: AsyncEngine, now: datetime, limit: int
) -> Sequence[tuple[UUID, UUID]]:
    """Tenants and machine clients that a worker must look at, the longest due first."""
    table = machine_client
    query = (
        select(table.c.tenant_id, table.c.client_id)
        .where(table.c.due_at <= now)
        .order_by(table.c.due_at)
        .limit(limit)
    )
    async with transaction(engine, operator=True) as connection:
        return [(row.tenant_id, row.client_id) for row in await connection.execute(query)]


async def people_due(engine: AsyncEngine, today: date, limit: int) -> Mapping[UUID, Sequence[UUID]]:
    """People whose day has come to leave or to be erased, by tenant; whoever waits longest comes first."""
    table = person_due
    query = (
        select(table.c.tenant_id, table.c.person_id)
        .where(table.c.due_on <= today)
        .order_by(table.c.due_on, table.c.tenant_id, table.c.person_id)
        .limit(limit)
    )
    due: dict[UUID, list[UUID]] = defaultdict(list)
    async with transaction(engine, operator=True) as connection:
        for row in await connection.execute(query):
            due[row.tenant_id].append(row.person_id)
    return due


async def agreements_to_settle(
    engine: AsyncEngine, now: datetime, limit: int
) -> Sequence[tuple[UUID, UUID]]:
    """Proposer and id of agreements whose moment has come, or whose declarations nobody has looked at."""
    table, declared = agreement, agreement_declaration
    number = (
        select(func.count())
        .select_from(declared)
        .where(declared.c.agreement_id == table.c.agreement_id)
        .scalar_subquery()
    )
    query = (
        select(table.c.tenant_id, table.c.agreement_id)
        .where(table.c.status.not_in(FINAL), or_(table.c.due_at <= now, number != table.c.heard))
        .order_by(table.c.due_at.asc().nulls_last(), table.c.agreement_id)
        .limit(limit)
    )
    async with transaction(engine, operator=True) as connection:
        rows = await connection.execute(query)
        return [(row.tenant_id, row.agreement_id) for row in rows]


async def tenants_with_people(engine: AsyncEngine) -> Sequence[UUID]:
    """Tenants that may have people: all that were approved."""
    query = select(tenant.c.tenant_id).where(tenant.c.active_at.is_not(None))
    async with transaction(engine, operator=True) as connection:
        return (await connection.execute(query)).scalars().all()

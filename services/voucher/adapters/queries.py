"""Reading on PostgreSQL; row-level security decides what is there to be read."""

from collections.abc import Collection, Sequence
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Text, func, select, text, true
from sqlalchemy.dialects.postgresql import array
from sqlalchemy.ext.asyncio import AsyncConnection

from services.voucher.adapters import tables
from services.voucher.adapters.repositories import ProgrammeRepository, entries_after
from services.voucher.adapters.tenant_repository import tenant_of
from services.voucher.adapters.terms_rows import terms_of
from services.voucher.adapters.voucher_repository import voucher_of
from services.voucher.application.queries import DayUse, LedgerLine, ProgrammeUse, TenantUse
from services.voucher.domain.programme import Programme, State
from services.voucher.domain.simulation import Audience
from services.voucher.domain.terms import Terms
from services.voucher.domain.voucher import Status, Voucher

# Each programme's transfers and claims are found by its own index, so a page costs what is on it.
_USES = text(
    """
    SELECT programme_id, tenant_id AS funder_id, name, opens_at, closes_at, state = 'closed' AS is_closed, unit,
           granted, reserved, redeemed, available,
           COALESCE((
               SELECT jsonb_object_agg(reason, claims) FROM (
                   SELECT COALESCE(reason, '') AS reason, count(*) AS claims FROM voucher
                   WHERE voucher.programme_id = programme.programme_id AND status = 'refused' GROUP BY 1
               ) AS refused
           ), '{}') AS refusals,
           COALESCE((
               SELECT jsonb_agg(to_jsonb(used) ORDER BY day) FROM (
                   SELECT (at AT TIME ZONE 'UTC')::date AS day,
                          COALESCE(sum(units) FILTER (WHERE credit = 'reserved'), 0) AS reserved,
                          COALESCE(sum(units) FILTER (WHERE credit = 'redeemed'), 0) AS redeemed,
                          COALESCE(sum(units) FILTER (WHERE debit = 'reserved' AND credit <> 'redeemed'), 0)
                              AS returned
                   FROM transfer
                   WHERE transfer.tenant_id = programme.tenant_id
                     AND transfer.programme_id = programme.programme_id
                     AND at >= :since AND debit <> 'granted' GROUP BY 1
               ) AS used
           ), '[]') AS days
    FROM programme JOIN book USING (tenant_id, programme_id)
    WHERE state <> 'draft' AND (CAST(:programme_id AS uuid) IS NULL OR programme_id = :programme_id)
    ORDER BY opens_at DESC, programme_id LIMIT :limit OFFSET :offset
    """
)


class PostgresQueries:
    """The queries on one connection."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def programmes(self, limit: int, offset: int) -> Sequence[Programme]:
        """The caller's own programmes, newest first."""
        opens_at, book = tables.programme.c.opens_at, tables.book
        newest = (
            select(book)
            .join(tables.programme, tables.programme.c.programme_id == book.c.programme_id)
            .order_by(opens_at.desc())
            .limit(limit)
            .offset(offset)
        )
        found = await ProgrammeRepository(self._connection).read(newest, ())
        return sorted(found.values(), key=lambda each: each.terms.opens_at, reverse=True)

    async def funders_of(self, programme_ids: Collection[UUID]) -> Collection[UUID]:
        """Who funds these programmes, or without any, those that are open or will be."""
        table = tables.programme
        query = select(table.c.tenant_id).distinct()
        if programme_ids:
            query = query.where(table.c.programme_id == func.any(list(programme_ids)))
        else:
            query = query.where(table.c.state == State.OPEN)
        return (await self._connection.execute(query)).scalars().all()

    async def audiences(self, roles: Collection[str]) -> Sequence[Audience]:
        """Every organisation with the number of its people who have one of these roles; for simulations."""
        person = tables.person
        has_role = person.c.roles.has_any(array(sorted(roles), type_=Text)) if roles else true()
        people = (
            select(person.c.tenant_id, func.count().label("people"))
            .where(person.c.is_there, has_role)
            .group_by(person.c.tenant_id)
            .subquery()
        )
        query = select(tables.tenant, func.coalesce(people.c.people, 0).label("people")).join(
            people, people.c.tenant_id == tables.tenant.c.tenant_id, isouter=True
        )
        rows = (await self._connection.execute(query)).mappings()
        return [Audience(tenant_of(row), row["people"]) for row in rows]

    async def terms(self, programme_id: UUID) -> Terms | None:
        """Any programme's terms, which are public."""
        query = select(tables.programme).where(tables.programme.c.programme_id == programme_id)
        row = (await self._connection.execute(query)).mappings().first()
        return terms_of(row) if row else None

    async def funder_of(self, programme_id: UUID) -> UUID | None:
        """Whose programme it is; drafts are their funder's alone to see."""
        table = tables.programme
        query = select(table.c.tenant_id).where(table.c.programme_id == programme_id)
        found: UUID | None = (await self._connection.execute(query)).scalar_one_or_none()
        return found

    async def use_by_tenant(self, programme_id: UUID) -> Sequence[TenantUse]:
        """Claims on a programme by tenant, for its funder."""
        table = tables.voucher
        query = (
            select(
                table.c.tenant_id,
                _count(Status.RESERVED),
                _count(Status.REDEEMED),
                _count(Status.RELEASED),
                _count(Status.EXPIRED),
                _count(Status.REFUSED),
            )
            .where(table.c.programme_id == programme_id)
            .group_by(table.c.tenant_id)
            .order_by(table.c.tenant_id)
        )
        return [TenantUse(**row) for row in (await self._connection.execute(query)).mappings()]

    async def programme_uses(
        self, since: datetime, programme_id: UUID | None, limit: int, offset: int
    ) -> Sequence[ProgrammeUse]:
        """Every programme, or one, the newest first, with its days since then; for the cooperative."""
        row = {"since": since, "programme_id": programme_id, "limit": limit, "offset": offset}
        rows = await self._connection.execute(_USES, row)
        return [ProgrammeUse(**{**each, "days": _days(each["days"])}) for each in rows.mappings()]

    async def ledger(self, programme_id: UUID, after: int, limit: int) -> Sequence[LedgerLine]:
        """Transfers of a programme in their order, for its funder."""
        table = tables.transfer
        columns = [column for column in table.c if column.name not in {"tenant_id", "programme_id"}]
        query = (
            select(*columns)
            .where(entries_after(programme_id, after))
            .order_by(table.c.entry)
            .limit(limit)
        )
        return [LedgerLine(**row) for row in (await self._connection.execute(query)).mappings()]

    async def vouchers(self, booking_id: UUID | None, limit: int, offset: int) -> Sequence[Voucher]:
        """The caller's vouchers, newest first."""
        table = tables.voucher
        query = select(table).order_by(table.c.created_at.desc(), table.c.voucher_id)
        if booking_id:
            query = query.where(table.c.booking_id == booking_id)
        rows = await self._connection.execute(query.limit(limit).offset(offset))
        return [voucher_of(row) for row in rows.mappings()]


def _days(rows: Any) -> Sequence[DayUse]:
    return [DayUse(**{**row, "day": date.fromisoformat(row["day"])}) for row in rows]


def _count(status: Status) -> Any:
    return func.count().filter(tables.voucher.c.status == status).label(status.value)

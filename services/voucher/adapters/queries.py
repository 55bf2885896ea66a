"""Reading on PostgreSQL; row-level security decides what is there to be read."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import func, select, text
from sqlalchemy.ext.asyncio import AsyncConnection

from services.voucher.adapters import tables
from services.voucher.adapters.repositories import programme_of, terms_of, voucher_of, with_pool
from services.voucher.application.queries import DayUse, LedgerLine, ProgrammeUse, TenantUse
from services.voucher.domain.programme import Programme, Terms
from services.voucher.domain.voucher import Status, Voucher

# Each programme's transfers and claims are found by its own index, so a page costs what is on it.
_USES = text(
    """
    SELECT programme_id, tenant_id AS funder_id, name, opens_at, closes_at, is_closed,
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
    FROM programme JOIN pool USING (tenant_id, programme_id)
    WHERE CAST(:programme_id AS uuid) IS NULL OR programme_id = :programme_id
    ORDER BY opens_at DESC, programme_id LIMIT :limit OFFSET :offset
    """
)


class PostgresQueries:
    """The queries on one connection."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def programmes(self, limit: int, offset: int) -> Sequence[Programme]:
        """The caller's own programmes, newest first."""
        query = with_pool().order_by(
            tables.programme.c.opens_at.desc(), tables.programme.c.programme_id
        )
        rows = await self._connection.execute(query.limit(limit).offset(offset))
        return [programme_of(row) for row in rows.mappings()]

    async def terms(self, programme_id: UUID) -> Terms | None:
        """Any programme's terms, which are public."""
        query = select(tables.programme).where(tables.programme.c.programme_id == programme_id)
        row = (await self._connection.execute(query)).mappings().first()
        return terms_of(row) if row else None

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
            .where(table.c.programme_id == programme_id, table.c.transfer_id > after)
            .order_by(table.c.transfer_id)
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

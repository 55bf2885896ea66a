"""Vouchers of whose end somebody has to hear, on PostgreSQL."""

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, DateTime, and_, exists, literal, select
from sqlalchemy.ext.asyncio import AsyncConnection

from services.voucher.adapters.giving_tables import voucher_reminder
from services.voucher.adapters.tables import voucher
from services.voucher.adapters.voucher_repository import voucher_of
from services.voucher.domain.voucher import HELD, Voucher
from shared.database.bulk import insert

#: So long before its end, but not before half of its time is over.
AHEAD = timedelta(days=14)

_TOLD = exists().where(
    and_(
        voucher_reminder.c.tenant_id == voucher.c.tenant_id,
        voucher_reminder.c.voucher_id == voucher.c.voucher_id,
        voucher_reminder.c.expires_at == voucher.c.expires_at,
    )
)


def is_due(now: datetime) -> ColumnElement[bool]:
    """Which vouchers end soon and were not told of."""
    moment = literal(now, DateTime(timezone=True))
    half_is_over = moment - voucher.c.created_at >= voucher.c.expires_at - moment
    return and_(
        voucher.c.status.in_(HELD),
        voucher.c.expires_at > now,
        voucher.c.expires_at <= now + AHEAD,
        half_is_over,
        ~_TOLD,
    )


class ReminderRepository:
    """Reminders of the vouchers of the tenants that the transaction acts for."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def due(self, now: datetime, limit: int) -> Sequence[Voucher]:
        """Held vouchers that end soon and of which nobody was reminded; without those told of right now."""
        query = select(voucher).where(is_due(now)).order_by(voucher.c.expires_at).limit(limit)
        locked = query.with_for_update(skip_locked=True)
        rows = (await self._connection.execute(locked)).mappings()
        return [voucher_of(row) for row in rows]

    async def keep(self, vouchers: Collection[Voucher]) -> None:
        """These were told of. Raises when another worker has just told of one."""
        rows = [
            {
                "tenant_id": each.tenant_id,
                "voucher_id": each.voucher_id,
                "expires_at": each.expires_at,
            }
            for each in vouchers
        ]
        await insert(self._connection, voucher_reminder, rows)

"""Vouchers on PostgreSQL."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import RowMapping, func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from services.voucher.adapters import tables
from services.voucher.domain.eligibility import Item, Refusal
from services.voucher.domain.voucher import HELD, USING, Status, Voucher
from shared.database.bulk import Row, upsert


class VoucherRepository:
    """Vouchers; a tenant sees its own, a funder those on its programmes."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def for_bookings(self, booking_ids: Collection[UUID]) -> Mapping[UUID, Voucher]:
        """Existing vouchers by booking."""
        table = tables.voucher
        rows = await self._connection.execute(
            select(table).where(table.c.booking_id == func.any(list(booking_ids)))
        )
        return {row["booking_id"]: voucher_of(row) for row in rows.mappings()}

    async def get_many(self, voucher_ids: Collection[UUID]) -> Mapping[UUID, Voucher]:
        """Existing vouchers by id."""
        table = tables.voucher
        rows = await self._connection.execute(
            select(table).where(table.c.voucher_id == func.any(list(voucher_ids)))
        )
        return {row["voucher_id"]: voucher_of(row) for row in rows.mappings()}

    async def assigned_to(self, person_ids: Collection[UUID]) -> Sequence[Voucher]:
        """Vouchers assigned to these people, the one that ends first coming first."""
        table = tables.voucher
        query = (
            select(table)
            .where(
                table.c.person_id == func.any(list(person_ids)), table.c.status == Status.ASSIGNED
            )
            .order_by(table.c.expires_at, table.c.voucher_id)
        )
        return [voucher_of(row) for row in (await self._connection.execute(query)).mappings()]

    async def used(
        self, programme_ids: Collection[UUID], person_ids: Collection[UUID]
    ) -> Mapping[tuple[UUID, UUID], int]:
        """How many vouchers are held or redeemed, by programme and person."""
        table = tables.voucher
        query = (
            select(table.c.programme_id, table.c.person_id, func.count().label("used"))
            .where(
                table.c.programme_id == func.any(list(programme_ids)),
                table.c.person_id == func.any(list(person_ids)),
                table.c.status.in_(USING),
            )
            .group_by(table.c.programme_id, table.c.person_id)
        )
        rows = await self._connection.execute(query)
        return {(row.programme_id, row.person_id): row.used for row in rows}

    async def due(self, now: datetime, limit: int) -> Sequence[Voucher]:
        """Held vouchers whose time is over."""
        table = tables.voucher
        query = (
            select(table)
            .where(table.c.status.in_(HELD), table.c.expires_at <= now)
            .order_by(table.c.expires_at)
            .limit(limit)
        )
        return [voucher_of(row) for row in (await self._connection.execute(query)).mappings()]

    async def save(self, vouchers: Collection[Voucher]) -> None:
        """Keep new and changed vouchers."""
        await upsert(self._connection, tables.voucher, map(_voucher_row, vouchers))


def voucher_of(row: RowMapping) -> Voucher:
    """The voucher in a row."""
    return Voucher(
        tenant_id=row["tenant_id"],
        voucher_id=row["voucher_id"],
        booking_id=row["booking_id"],
        person_id=row["person_id"],
        status=Status(row["status"]),
        created_at=row["created_at"],
        programme_id=row["programme_id"],
        funder_id=row["funder_id"],
        pool_id=row["pool_id"],
        item=_item(row),
        provider_id=row["provider_id"],
        units=row["units"],
        redeemed_units=row["redeemed_units"],
        reversed_units=row["reversed_units"],
        redeemed_entry=row["redeemed_entry"],
        is_late=row["is_late"],
        expires_at=row["expires_at"],
        redeemed_at=row["redeemed_at"],
        completed_at=row["completed_at"],
        refusal=_refusal(row),
        version=row["version"],
    )


def _refusal(row: RowMapping) -> Refusal | None:
    if row["reason"] is None:
        return None
    return Refusal(row["reason"], row["explanation"], row["reason_parameters"] or {})


def _item(row: RowMapping) -> Item | None:
    if row["offer_id"] is None:
        return None
    fields = frozenset(row["competence_fields"])
    return Item(row["offer_id"], row["offer_kind"], fields, row["price_cents"])


def _voucher_row(voucher: Voucher) -> Row:
    item = voucher.item
    return {
        "tenant_id": voucher.tenant_id,
        "voucher_id": voucher.voucher_id,
        "booking_id": voucher.booking_id,
        "person_id": voucher.person_id,
        "programme_id": voucher.programme_id,
        "funder_id": voucher.funder_id,
        "pool_id": voucher.pool_id,
        "status": voucher.status,
        "units": voucher.units,
        "redeemed_units": voucher.redeemed_units,
        "reversed_units": voucher.reversed_units,
        "redeemed_entry": voucher.redeemed_entry,
        "is_late": voucher.is_late,
        "provider_id": voucher.provider_id,
        "offer_id": item.offer_id if item else None,
        "offer_kind": item.offer_kind if item else None,
        "price_cents": item.price_cents if item else None,
        "competence_fields": sorted(item.competence_fields) if item else [],
        "reason": voucher.refusal.reason if voucher.refusal else None,
        "explanation": voucher.refusal.explanation if voucher.refusal else None,
        "reason_parameters": dict(voucher.refusal.parameters) if voucher.refusal else None,
        "created_at": voucher.created_at,
        "expires_at": voucher.expires_at,
        "redeemed_at": voucher.redeemed_at,
        "completed_at": voucher.completed_at,
        "version": voucher.version,
    }

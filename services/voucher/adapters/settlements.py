"""What is settled, on PostgreSQL: the ledger's entries in order, and the statements that settle them."""

from collections.abc import Sequence
from datetime import date, datetime
from operator import attrgetter
from typing import TypedDict
from uuid import UUID

from sqlalchemy import RowMapping, func, select, text
from sqlalchemy.ext.asyncio import AsyncConnection

from services.voucher.adapters import billing_tables as tables
from services.voucher.adapters.statement_rows import statement_row
from services.voucher.application.settlement_ports import IssuedBill, Settled
from services.voucher.domain.settlement import Movement, Redemption
from services.voucher.domain.statement import Side
from services.voucher.domain.terms import Terms, Unit
from shared.database.bulk import Row, insert, upsert

#: Rows a statement: no statement may last longer than a minute.
_AT_ONCE = 10_000

_BEGIN = text(
    """
    INSERT INTO settlement (tenant_id, programme_id, side, entry)
    VALUES (:funder_id, :programme_id, :side, 0) ON CONFLICT DO NOTHING
    """
)
_SO_FAR = """
    SELECT entry, last_day FROM settlement
    WHERE tenant_id = :funder_id AND programme_id = :programme_id AND side = :side
"""
_NUMBERS = text(
    """
    INSERT INTO number_series (series, year, last) VALUES (:series, :year, :count)
    ON CONFLICT (series, year) DO UPDATE SET last = number_series.last + :count
    RETURNING last - :count + 1
    """
)
# An entry's number follows the order of commits, its time that of the clocks: the first entry of the
# next period ends this one, so that nothing is settled twice or left out.
_LAST = text(
    """
    SELECT COALESCE(
        (SELECT min(entry) - 1 FROM transfer WHERE tenant_id = :funder_id AND programme_id = :programme_id
         AND entry > :settled AND at >= :end),
        (SELECT entries FROM book WHERE tenant_id = :funder_id AND programme_id = :programme_id)
    )
    """
)
_USE = """
    used.entry AS used_entry, used.at AS used_at, used.units AS used_units, used.voucher_id, used.beneficiary_id,
    voucher.booking_id, voucher.offer_id, voucher.provider_id, voucher.price_cents
"""
_REDEMPTIONS = text(
    f"""
    SELECT used.entry, used.at, used.units, 0 AS units_before, NULL AS billed, {_USE}
    FROM transfer AS used
    JOIN voucher ON voucher.tenant_id = used.beneficiary_id AND voucher.voucher_id = used.voucher_id
    WHERE used.tenant_id = :funder_id AND used.programme_id = :programme_id
      AND used.kind IN ('redeem', 'late_redeem') AND used.entry > :settled AND used.entry <= :last
    """
)
_REVERSALS = text(
    f"""
    SELECT moved.entry, moved.at, moved.units, statement.number AS billed, {_USE}, used.units - COALESCE((
        SELECT sum(units)::bigint FROM transfer AS earlier
        WHERE earlier.tenant_id = :funder_id AND earlier.programme_id = :programme_id
          AND earlier.reverses = moved.reverses AND earlier.entry < moved.entry
    ), 0) AS units_before
    FROM transfer AS moved
    JOIN transfer AS used ON used.tenant_id = :funder_id AND used.programme_id = :programme_id
         AND used.entry = moved.reverses
    JOIN voucher ON voucher.tenant_id = used.beneficiary_id AND voucher.voucher_id = used.voucher_id
    LEFT JOIN statement_claim AS claim ON claim.side = :side AND claim.programme_id = :programme_id
         AND claim.entry = moved.reverses
    LEFT JOIN statement ON statement.tenant_id = claim.tenant_id AND statement.statement_id = claim.statement_id
    WHERE moved.tenant_id = :funder_id AND moved.programme_id = :programme_id
      AND moved.reverses IS NOT NULL AND moved.entry > :settled AND moved.entry <= :last
    """
)


class _Key(TypedDict):
    funder_id: UUID
    programme_id: UUID
    side: Side


class SettlementRepository:
    """Statements are only ever added, with the entries that they settle."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def so_far(self, funder_id: UUID, programme_id: UUID, side: Side) -> Settled:
        """How far it is settled, without a lock."""
        key: _Key = {"funder_id": funder_id, "programme_id": programme_id, "side": side}
        row = (await self._connection.execute(text(_SO_FAR), key)).first()
        return Settled(**key, entry=row.entry, last=row.last_day) if row else Settled(**key)

    async def lock(self, funder_id: UUID, programme_id: UUID, side: Side) -> Settled:
        """How far it is settled, locked until the unit of work ends."""
        key: _Key = {"funder_id": funder_id, "programme_id": programme_id, "side": side}
        await self._connection.execute(_BEGIN, key)
        row = (await self._connection.execute(text(f"{_SO_FAR} FOR UPDATE"), key)).one()
        return Settled(**key, entry=row.entry, last=row.last_day)

    async def settled_to(self, programme_id: UUID) -> date | None:
        """The last day that is settled with anybody."""
        table = tables.settlement
        query = select(func.max(table.c.last_day)).where(table.c.programme_id == programme_id)
        day: date | None = (await self._connection.execute(query)).scalar_one()
        return day

    async def movements(self, settled: Settled, terms: Terms, end: datetime) -> Sequence[Movement]:
        """The redemptions and reversals after what is settled and before the first entry at or after `end`."""
        row = {
            "funder_id": settled.funder_id,
            "programme_id": settled.programme_id,
            "settled": settled.entry,
        }
        row["last"] = (await self._connection.execute(_LAST, {**row, "end": end})).scalar_one()
        used = (await self._connection.execute(_REDEMPTIONS, row)).mappings().all()
        row["side"] = settled.side
        taken_back = (await self._connection.execute(_REVERSALS, row)).mappings().all()
        return sorted(
            (_movement(each, terms) for each in (*used, *taken_back)), key=attrgetter("entry")
        )

    async def numbers(self, series: str, year: int, count: int) -> int:
        """The first of `count` numbers; whoever else wants some waits for the commit, so there is no gap."""
        row = {"series": series, "year": year, "count": count}
        first: int = (await self._connection.execute(_NUMBERS, row)).scalar_one()
        return first

    async def issue(self, settled: Settled, issued: Sequence[IssuedBill]) -> None:
        """Keep statements with the entries that they settle, and how far that is."""
        row = {
            "tenant_id": settled.funder_id,
            "programme_id": settled.programme_id,
            "side": settled.side,
            "entry": settled.entry,
            "last_day": settled.last,
        }
        await upsert(self._connection, tables.settlement, [row])
        statements = [statement_row(each.statement) for each in issued]
        await insert(self._connection, tables.statement, statements)
        for each in issued:
            rows = _claim_rows(each)
            for at in range(0, len(rows), _AT_ONCE):
                await insert(self._connection, tables.statement_claim, rows[at : at + _AT_ONCE])


def _movement(row: RowMapping, terms: Terms) -> Movement:
    redemption = Redemption(
        entry=row["used_entry"],
        at=row["used_at"],
        units=row["used_units"],
        voucher_id=row["voucher_id"],
        booking_id=row["booking_id"],
        beneficiary_id=row["beneficiary_id"],
        offer_id=row["offer_id"],
        provider_id=row["provider_id"],
        costs_cents=_costs(row, terms),
    )
    return Movement(
        entry=row["entry"],
        at=row["at"],
        units=row["units"],
        redemption=redemption,
        units_before=row["units_before"],
        billed=row["billed"],
    )


def _costs(row: RowMapping, terms: Terms) -> int | None:
    if terms.unit is Unit.CENT:
        units: int = row["used_units"]
        return units
    cents: int | None = row["price_cents"]
    return cents if cents is None or terms.cap_cents is None else min(cents, terms.cap_cents)


def _claim_rows(issued: IssuedBill) -> list[Row]:
    statement = issued.statement
    return [
        {
            "tenant_id": statement.tenant_id,
            "side": statement.side,
            "programme_id": statement.programme_id,
            "entry": claim.movement.entry,
            "statement_id": statement.statement_id,
            "funder_id": statement.funder_id,
            "redeemed_entry": claim.movement.redemption.entry,
            "at": claim.movement.at,
            "units": claim.movement.units,
            "cents": claim.cents,
            "voucher_id": claim.movement.redemption.voucher_id,
            "booking_id": claim.movement.redemption.booking_id,
            "beneficiary_id": claim.movement.redemption.beneficiary_id,
            "offer_id": claim.movement.redemption.offer_id,
        }
        for claim in issued.bill.claims
    ]

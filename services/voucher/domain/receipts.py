"""The list of receipts: what a programme took in and paid out, line by line out of its ledger."""

from collections.abc import Iterator
from datetime import date, datetime
from enum import StrEnum
from typing import NamedTuple
from uuid import UUID
from zoneinfo import ZoneInfo

from services.voucher.domain.ledger import Account, Kind, Transfer

#: Whose days a funder's papers have.
SEAT = ZoneInfo("Europe/Berlin")

_GRANTS = (Kind.GRANT, Kind.TOP_UP)


class Side(StrEnum):
    """Income and expense stand apart."""

    INCOME = "income"
    EXPENSE = "expense"


class Use(NamedTuple):
    """What a voucher was used for: the attendance, and the credential that came of it and still holds.

    `cents` is what it is expected to cost in a programme that counts vouchers, if the price is known.
    """

    tenant_id: UUID
    units: int
    booking_id: UUID | None = None
    provider_id: UUID | None = None
    offer_kind: str | None = None
    competence_fields: tuple[str, ...] = ()
    cents: int | None = None
    completed_at: datetime | None = None
    credential_id: UUID | None = None
    credential_event_id: UUID | None = None


class Invoiced(NamedTuple):
    """What the funder's invoice or credit note with this number has for a line, in cents; below zero for a reversal."""

    cents: int
    statement: str


class Line(NamedTuple):
    """A line of the ledger, what it paid for, if it paid for something, and what was invoiced for it, once it was."""

    transfer: Transfer
    use: Use | None = None
    invoiced: Invoiced | None = None


class Receipt(NamedTuple):
    """One payment, in units of the programme and in cents where they are known; below zero when it was taken back.

    The cents are those of the `statement` that it is on, else those that are to be expected.
    """

    side: Side
    day: date
    units: int
    cents: int | None
    line: Line
    statement: str | None = None


def receipts_of(line: Line, *, in_cents: bool) -> Iterator[Receipt]:
    """The payments that a line stands for: none, when units only moved inside the programme.

    What is reversed after the programme's end is taken back from the provider and given back to the funder: two.
    """
    transfer = line.transfer
    if transfer.kind in _GRANTS:
        yield _receipt(Side.INCOME, 1, line, in_cents=in_cents)
    if transfer.credit == Account.REDEEMED:
        yield _receipt(Side.EXPENSE, 1, line, in_cents=in_cents)
    if transfer.debit == Account.REDEEMED:
        yield _receipt(Side.EXPENSE, -1, line, in_cents=in_cents)
    if transfer.credit == Account.RETURNED:
        yield _receipt(Side.INCOME, -1, line, in_cents=in_cents)


def _receipt(side: Side, sign: int, line: Line, *, in_cents: bool) -> Receipt:
    transfer, use = line.transfer, line.use
    day, units = transfer.at.astimezone(SEAT).date(), sign * transfer.units
    if side is Side.EXPENSE and line.invoiced:
        return Receipt(side, day, units, line.invoiced.cents, line, line.invoiced.statement)
    cents = transfer.units if in_cents else use.cents if use and side is Side.EXPENSE else None
    return Receipt(side, day, units, None if cents is None else sign * cents, line)

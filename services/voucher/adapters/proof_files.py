"""The files of a proof of use that have everything: one JSON document, and its receipts as CSV; a line at a time."""

from collections.abc import AsyncIterator

import orjson

from services.voucher.application.proof_document import Lines, allocation, receipts
from services.voucher.domain.proof import Proof
from services.voucher.domain.receipts import Side
from shared.http import spreadsheets

COLUMNS = (
    "side",
    "number",
    "day",
    "payer",
    "payee",
    "reason",
    "comment",
    "position",
    "units",
    "cents",
    "entry",
    "reverses",
    "event_id",
    "pool_id",
    "voucher_id",
    "booking_id",
    "attended_at",
    "credential_id",
    "credential_event_id",
)


async def json_file(proof: Proof, lines: Lines) -> AsyncIterator[bytes]:
    """The whole document: its head, then income, expenses and allocations as lists."""
    yield orjson.dumps(proof.head)[:-1]
    for name, side in (("income", Side.INCOME), ("expenses", Side.EXPENSE)):
        start = f',"{name}":[\n'.encode()
        async for row in receipts(proof, lines, side):
            yield start + orjson.dumps(row)
            start = b",\n"
        yield b"]" if start == b",\n" else start + b"]"
    start = b',"allocations":[\n'
    async for line in lines(None):
        yield start + orjson.dumps(allocation(line))
        start = b",\n"
    yield (b"" if start == b",\n" else start) + b"]}\n"


async def csv_file(proof: Proof, lines: Lines) -> AsyncIterator[bytes]:
    """The receipts: all income first, then all expenses, each by the day."""
    yield spreadsheets.line(COLUMNS)
    for side in Side:
        async for row in receipts(proof, lines, side):
            cells = (side.value, *(row[name] for name in COLUMNS[1:]))
            yield spreadsheets.line("" if cell is None else cell for cell in cells)

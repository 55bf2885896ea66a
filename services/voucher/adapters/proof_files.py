"""The files of a proof of use that have everything: one JSON document, and its receipts as CSV."""

from collections.abc import Sequence

import orjson

from services.voucher.application.proof_document import Row, Section
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
    "statement",
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

_SIDES = {Section.INCOME: Side.INCOME, Section.EXPENSES: Side.EXPENSE}


class JsonFile:
    """The whole document: its head, then the lists, a line of text for each row."""

    def __init__(self) -> None:
        self._section: Section | None = None
        self._between = b""

    def start(self, proof: Proof) -> bytes:
        """The head, left open."""
        return orjson.dumps(proof.head)[:-1]

    def rows(self, section: Section, rows: Sequence[Row]) -> bytes:
        """The next rows of a list."""
        start = b""
        if section is not self._section:
            start = (b"]" if self._section else b"") + f',"{section}":[\n'.encode()
            self._section, self._between = section, b""
        if not rows:
            return start
        start, self._between = start + self._between, b",\n"
        return start + b",\n".join(map(orjson.dumps, rows))

    def end(self) -> bytes:
        """Close what is open."""
        return b"]}\n"


class CsvFile:
    """The receipts: all income first, then all expenses, each by the day."""

    def start(self, proof: Proof) -> bytes:  # noqa: ARG002  # a table has no head
        """The names of the columns."""
        return spreadsheets.line(COLUMNS)

    def rows(self, section: Section, rows: Sequence[Row]) -> bytes:
        """The next rows of a side; allocations are no payments."""
        side = _SIDES.get(section)
        if side is None:
            return b""
        return spreadsheets.lines((side, *map(row.get, COLUMNS[1:])) for row in rows)

    def end(self) -> bytes:
        """Nothing."""
        return b""

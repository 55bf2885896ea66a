"""Lines of CSV (RFC 4180) that a spreadsheet takes for texts, whatever stands in them."""

import csv
from collections.abc import Iterable
from datetime import datetime
from io import StringIO
from typing import Any

#: A spreadsheet would take a cell that begins so for a formula.
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


def line(cells: Iterable[Any]) -> bytes:
    """One line; times as ISO 8601, None as an empty cell."""
    return lines([cells])


def lines(rows: Iterable[Iterable[Any]]) -> bytes:
    """Many lines."""
    text = StringIO()
    csv.writer(text).writerows([_harmless(cell) for cell in cells] for cells in rows)
    return text.getvalue().encode()


def _harmless(cell: Any) -> str | int | None:
    if cell is None or isinstance(cell, int):
        return cell  # a number below zero begins like a formula, and is none
    shown = cell.isoformat() if isinstance(cell, datetime) else str(cell)
    return f"'{shown}" if shown.startswith(_FORMULA) else shown

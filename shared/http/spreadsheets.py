"""Lines of CSV (RFC 4180) that a spreadsheet takes for texts, whatever stands in them."""

import csv
from collections.abc import Iterable
from datetime import datetime
from io import StringIO
from typing import Any

#: A spreadsheet would take a cell that begins so for a formula.
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


def line(cells: Iterable[Any]) -> bytes:
    """One line; times as ISO 8601."""
    text = StringIO()
    csv.writer(text).writerow([_harmless(each) for each in cells])
    return text.getvalue().encode()


def _harmless(cell: Any) -> str:
    shown = cell.isoformat() if isinstance(cell, datetime) else str(cell)
    return f"'{shown}" if shown.startswith(_FORMULA) else shown

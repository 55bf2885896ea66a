"""How a measurement is printed and kept: ours beside the peer, of the same run, as a ratio."""

import json
import statistics
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from rich.console import Console
from rich.table import Table

BENCH = Path("var/bench")


@dataclass(frozen=True, slots=True)
class Row:
    """Medians over `runs` runs, and their ratio."""

    name: str
    ours: float
    peer: float
    ratio: float
    unit: str
    runs: int

    @classmethod
    def of(cls, name: str, ours: Sequence[float], peer: Sequence[float], unit: str) -> "Row":
        """A row from paired runs; the ratio is the median of the pairs' ratios."""
        ratios = [mine / theirs for mine, theirs in zip(ours, peer, strict=True)]
        return cls(
            name,
            round(statistics.median(ours), 1),
            round(statistics.median(peer), 1),
            round(statistics.median(ratios), 2),
            unit,
            len(ours),
        )


def publish(name: str, rows: Sequence[Row]) -> None:
    """Print the table and write var/bench/NAME.json."""
    table = Table(title=name)
    for heading in ("name", "ours", "peer", "ratio", "unit", "runs"):
        table.add_column(heading, justify="left" if heading in {"name", "unit"} else "right")
    for row in rows:
        table.add_row(
            row.name,
            f"{row.ours:,.1f}",
            f"{row.peer:,.1f}",
            f"{row.ratio:.2f}",
            row.unit,
            str(row.runs),
        )
    Console().print(table)
    BENCH.mkdir(parents=True, exist_ok=True)
    (BENCH / f"{name}.json").write_text(json.dumps([asdict(row) for row in rows], indent=2) + "\n")

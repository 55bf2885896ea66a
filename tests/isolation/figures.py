"""What the suite tried, counted as it goes, and printed at the end of the run."""

from collections import Counter

FIGURES: Counter[str] = Counter()


def tried(what: str, times: int = 1) -> None:
    """Count something that was tried and refused."""
    FIGURES[what] += times


def summary() -> list[str]:
    """A line for each."""
    return [f"{count:>7,}  {what}" for what, count in FIGURES.items()]

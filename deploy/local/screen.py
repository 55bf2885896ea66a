"""What a person sees while the platform starts: a live table, or lines without a terminal."""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.live import Live
from rich.table import Table
from rich.text import Text

COLOURS = {
    "ready": "green",
    "failed": "bold red",
    "stopped": "dim",
    "waiting": "dim",
    "cancelled": "dim",
    "absent": "dim",
}


class Screen:
    """One line per component, with its state, the seconds it took and its address."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._began = time.monotonic()
        self._lock = threading.Lock()
        self._rows: dict[str, tuple[str, str, float]] = {}
        self._live: Live | None = None

    def report(self, component: str, state: str, detail: str) -> None:
        """A component has come to a new state, or says more about the present one."""
        seconds = time.monotonic() - self._began
        with self._lock:
            self._rows[component] = (state, detail, seconds)
        if self._live is None and state != "waiting":
            self._console.print(
                f"{seconds:5.1f} s  {component:<19} {state:<12} {detail}".rstrip(),
                highlight=False,
                markup=False,
                soft_wrap=True,
            )

    @contextmanager
    def shown(self) -> Iterator[None]:
        """Keep the table on the screen meanwhile; without a terminal do nothing."""
        if not self._console.is_terminal:
            yield
            return
        with Live(
            console=self._console, get_renderable=self._table, refresh_per_second=8
        ) as self._live:
            try:
                yield
            finally:
                self._live.refresh()
        self._live = None

    def _table(self) -> Table:
        table = Table(box=None, pad_edge=False, show_header=False)
        for style in ("bold", "", "dim", ""):
            table.add_column(style=style, no_wrap=style != "")
        now = time.monotonic() - self._began
        with self._lock:
            rows = dict(self._rows)
        for component, (state, detail, seconds) in rows.items():
            done = state in ("ready", "failed", "stopped", "absent", "cancelled")
            passed = "" if state == "absent" else f"{seconds if done else now:5.1f} s"
            table.add_row(component, Text(state, COLOURS.get(state, "yellow")), passed, detail)
        return table

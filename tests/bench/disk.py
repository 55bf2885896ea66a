"""How long the disk alone keeps a write of 8 kB waiting, in the seconds in which something else is measured."""

import os
import statistics
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

PAGE = b"\0" * 8_192
EVERY_SECONDS = 0.01
MOMENT_SECONDS = 0.001


class Disk:
    """Writes a page again and again, and asks the disk to keep it."""

    def __init__(self) -> None:
        self.writes: list[tuple[float, float]] = []

    @property
    def p99_milliseconds(self) -> float:
        """What 99 of 100 writes would not have waited longer for, had they come at any moment.

        Not a percentile of the probe's own writes: while the disk stands still for half a second the probe
        waits once, but whatever comes in that time waits with it.
        """
        return statistics.quantiles(self._waits(), n=100)[98] * 1_000

    def _waits(self) -> Iterator[float]:
        moment = self.writes[0][0]
        for begun, ended in self.writes:
            while moment < ended:
                yield ended - max(moment, begun)
                moment += MOMENT_SECONDS


@contextmanager
def watching_disk(folder: Path) -> Iterator[Disk]:
    """Watch the disk below a folder while the block lasts."""
    disk, ended = Disk(), threading.Event()
    path = folder / "disk-probe"
    probe = os.open(path, os.O_CREAT | os.O_WRONLY)

    def watch() -> None:
        while not ended.wait(EVERY_SECONDS):
            started = time.perf_counter()
            os.pwrite(probe, PAGE, 0)
            os.fdatasync(probe)
            disk.writes.append((started, time.perf_counter()))

    thread = threading.Thread(target=watch)
    thread.start()
    try:
        yield disk
    finally:
        ended.set()
        thread.join()
        os.close(probe)
        path.unlink()

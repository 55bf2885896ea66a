"""How long the disk alone takes to keep 8 kB, in the seconds in which something else is measured."""

import os
import statistics
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

PAGE = b"\0" * 8_192
EVERY_SECONDS = 0.01


class Disk:
    """Writes a page again and again, and asks the disk to keep it."""

    def __init__(self) -> None:
        self.seconds: list[float] = []

    @property
    def p99_milliseconds(self) -> float:
        """The time that 99 of 100 did not exceed."""
        return statistics.quantiles(self.seconds, n=100)[98] * 1_000


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
            disk.seconds.append(time.perf_counter() - started)

    thread = threading.Thread(target=watch)
    thread.start()
    try:
        yield disk
    finally:
        ended.set()
        thread.join()
        os.close(probe)
        path.unlink()

"""Follow several log files at once, across their rotation."""

import sys
import time
from pathlib import Path

LINES_BEFORE = 20
POLL_SECONDS = 0.3


class Tail:
    """One growing file, opened anew when it was replaced or cut."""

    def __init__(self, file: Path) -> None:
        self._file = file
        self._stream = file.open(errors="replace")

    def close(self) -> None:
        self._stream.close()

    def last_lines(self, count: int) -> list[str]:
        return self._stream.readlines()[-count:]

    def new_lines(self) -> list[str]:
        lines = self._stream.readlines()
        if not lines and self._was_replaced():
            self._stream.close()
            self._stream = self._file.open(errors="replace")
            lines = self._stream.readlines()
        return lines

    def _was_replaced(self) -> bool:
        try:
            now = self._file.stat()
        except FileNotFoundError:
            return False
        return now.st_size < self._stream.tell() or (
            now.st_ino != Path(f"/dev/fd/{self._stream.fileno()}").stat().st_ino
        )


def files_of(logs: Path, component: str) -> list[Path]:
    """`voucher` is its api, worker and migration; `voucher-api` is itself."""
    exact = logs / f"{component}.log"
    return [exact] if exact.exists() else sorted(logs.glob(f"{component}-*.log"))


def follow(logs: Path, component: str) -> int:
    """Print the end of the logs and whatever comes, until Ctrl-C."""
    files = files_of(logs, component)
    if not files:
        known = ", ".join(sorted(file.stem for file in logs.glob("*.log"))) or "none yet"
        print(f"No log of {component}. There are: {known}", file=sys.stderr)
        return 2
    tails = {file.stem: Tail(file) for file in files}
    for name, each in tails.items():
        _print(name, each.last_lines(LINES_BEFORE), many=len(tails) > 1)
    try:
        while True:
            for name, each in tails.items():
                _print(name, each.new_lines(), many=len(tails) > 1)
            time.sleep(POLL_SECONDS)
    except KeyboardInterrupt:
        return 0


def _print(name: str, lines: list[str], *, many: bool) -> None:
    for line in lines:
        print(f"{name} | {line.rstrip()}" if many else line.rstrip(), flush=True)

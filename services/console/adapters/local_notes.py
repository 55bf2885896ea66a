"""What the console keeps of the local platform: a file a service, written whole, by one process at a time."""

import fcntl
import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Final

LEASE: Final = timedelta(seconds=15)


@dataclass(slots=True)
class Notes:
    """The book as text, how often it was written, who drives, how many processes, which migration was started."""

    book: str = "{}"
    version: int = 0
    holder: str = ""
    until: str = ""
    wanted: dict[str, int] = field(default_factory=dict)
    migration: str = ""

    def leased(self, holder: str, now: datetime) -> bool:
        """Give the lease to the holder, unless somebody else has it."""
        if self.holder != holder and self.until and datetime.fromisoformat(self.until) > now:
            return False
        self.holder, self.until = holder, (now + LEASE).isoformat()
        return True


class LocalNotes:
    """The notes of every service, in one folder."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def read(self, service: str) -> Notes:
        """Empty if there are none."""
        file = self._file(service)
        if not file.exists():
            return Notes()
        found: dict[str, Any] = json.loads(file.read_text())
        return Notes(**found)

    @contextmanager
    def changing(self, service: str) -> Iterator[Notes]:
        """Change them; nobody else does meanwhile, and a reader sees the old or the new ones."""
        self._folder.mkdir(parents=True, exist_ok=True)
        file = self._file(service)
        with file.with_suffix(".lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            notes = self.read(service)
            yield notes
            fresh = file.with_suffix(".new")
            fresh.write_text(json.dumps(asdict(notes)))
            fresh.replace(file)

    def _file(self, service: str) -> Path:
        return self._folder / f"{service}.json"

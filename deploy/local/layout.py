"""Where the local platform keeps its files, and who may reach them."""

import hashlib
import os
import stat
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Final

REPOSITORY: Final = Path(__file__).resolve().parents[2]
CACHE: Final = REPOSITORY / "var" / "cache"
UNPRIVILEGED_UID: Final = 65534
SOCKET_PATH_LIMIT: Final = 90
# Both are open to everybody: own_folder refuses what somebody else has put there.
OUTSIDE: Final = Path("/var/tmp")  # noqa: S108
SHORTEST_TEMPORARY: Final = Path("/tmp")  # noqa: S108


@dataclass(frozen=True, slots=True)
class Layout:
    """The folders of one platform: below `root`, but for the socket and `outside`."""

    root: Path

    @property
    def logs(self) -> Path:
        return self.root / "log"

    @property
    def passwords(self) -> Path:
        return self.root / "secrets.json"

    @property
    def ports(self) -> Path:
        return self.root / "ports.json"

    @property
    def running(self) -> Path:
        """A link for each program of a service, to the release that it runs."""
        return self.root / "run"

    @property
    def releases(self) -> Path:
        """Releases that can be rolled out: a folder each, and a description beside it."""
        return self.root / "releases"

    @property
    def digest(self) -> str:
        return hashlib.sha256(str(self.root.resolve()).encode()).hexdigest()[:10]

    @property
    def outside(self) -> Path:
        """For PostgreSQL, when its unprivileged user can't enter the folders above `root`."""
        return OUTSIDE / f"lernverbund-{self.digest}"

    @property
    def socket(self) -> Path:
        """A short path: the system allows about a hundred characters."""
        folder = Path(tempfile.gettempdir()) / f"lernverbund-{os.geteuid()}-{self.digest}"
        if len(str(folder)) > SOCKET_PATH_LIMIT - len("/supervisor.sock"):
            folder = SHORTEST_TEMPORARY / folder.name
        return folder / "supervisor.sock"


def own_folder(folder: Path, mode: int) -> Path:
    """Make a folder where everybody may write, and refuse one that somebody else made."""
    folder.mkdir(mode=mode, exist_ok=True)
    found = folder.lstat()
    if not stat.S_ISDIR(found.st_mode) or found.st_uid != os.geteuid():
        raise PermissionError(f"{folder} belongs to somebody else; remove it first")
    folder.chmod(mode)
    return folder


def write_private(file: Path, text: str) -> None:
    """For the owner's eyes only, from the first byte on."""
    descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w") as out:
        out.write(text)


def everybody_may_enter(path: Path) -> bool:
    """Whether a user without rights of its own gets through every folder on the way to `path`."""
    existing = [each for each in (path, *path.parents) if each.is_dir()]
    return all(each.stat().st_mode & stat.S_IXOTH for each in existing)

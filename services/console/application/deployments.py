"""What runs where, and how it is changed: the port to whatever keeps the services' processes."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from services.console.domain.release import Release
from services.console.domain.rollout import Migrating
from services.console.domain.rollout_book import Book
from services.console.domain.sentence import Sentence

#: What a service runs as.
ROLES = ("api", "worker")


class DeploymentsError(Exception):
    """The keeper of the processes does not answer, or does not do it; the sentence says why."""

    def __init__(self, says: Sentence) -> None:
        super().__init__(str(says))
        self.says = says


class StaleBookError(Exception):
    """Somebody else has written the book meanwhile: read it again."""


@dataclass(frozen=True, slots=True)
class Replica:
    """A process, the release that it was started from, and whether it can do its work."""

    name: str
    release: str
    is_ready: bool


@dataclass(frozen=True, slots=True)
class Autoscaled:
    """Something else scales the role, between these."""

    least: int
    most: int


@dataclass(frozen=True, slots=True)
class Role:
    """The api or the worker of a service: what it shall run, what it does run, and how many may be asked for."""

    service: str
    role: str
    release: str
    wanted: int
    most: int
    replicas: tuple[Replica, ...]
    autoscaled: Autoscaled | None = None

    def releases(self) -> tuple[str, ...]:
        """Of the processes that run."""
        return tuple(sorted({each.release for each in self.replicas}))

    @property
    def is_half_deployed(self) -> bool:
        """Whether a process runs that is of another release than it shall be."""
        return any(each.release != self.release for each in self.replicas)


@dataclass(frozen=True, slots=True)
class Kept:
    """A service's book as it was read; `mark` tells whether it is still the same when it is written."""

    book: Book
    mark: str


class Deployments(Protocol):
    """Each raises DeploymentsError."""

    async def roles(self) -> Sequence[Role]:
        """What runs, of every service."""

    async def releases(self) -> Mapping[str, Release]:
        """What can be rolled out, by name."""

    async def migrate(self, service: str, release: str, key: str) -> Migrating:
        """Start a release's migration unless it was started under this key; how it does."""

    async def bring(self, service: str, release: str) -> bool:
        """Take the next step towards a release in every process; whether it is in place, ready, and alone."""

    async def read(self, service: str) -> Kept:
        """The service's book."""

    async def write(self, service: str, book: Book, mark: str) -> None:
        """Keep the book. Raises StaleBookError."""

    async def lease(self, service: str, holder: str, now: datetime) -> bool:
        """Whether the holder alone may move this service's rollout on now; it is asked for again and again."""

    async def restart(self, service: str, role: str) -> None:
        """Start a role's processes anew, in place."""

    async def scale(self, service: str, role: str, replicas: int) -> None:
        """Have a role run so many processes."""

    async def aclose(self) -> None:
        """Close every connection."""

"""What keeps the processes, in memory."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from services.console.application.deployments import (
    Autoscaled,
    DeploymentsError,
    Kept,
    Replica,
    Role,
    StaleBookError,
)
from services.console.domain.release import MigrationKind, MigrationStep, Release
from services.console.domain.rollout import Migrating
from services.console.domain.rollout_book import Book
from services.console.domain.sentence import Sentence

MADE = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)
FIRST = MigrationStep("0001", "First tables", MigrationKind.EXPAND)
WIDEN = MigrationStep("0002", "A column more", MigrationKind.EXPAND)
DROP = MigrationStep("0003", "Drop the old column", MigrationKind.CONTRACT)


def release(name: str, *steps: MigrationStep) -> Release:
    return Release(name, f"What {name} brings", MADE, {"voucher": steps})


def role(name: str, *releases: str, wanted: str = "a", autoscaled: bool = False) -> Role:
    """A role of voucher with a ready process of each release."""
    replicas = tuple(
        Replica(f"voucher-{name}-{number}", each, is_ready=True)
        for number, each in enumerate(releases)
    )
    between = Autoscaled(2, 6) if autoscaled else None
    return Role("voucher", name, wanted, len(releases), 2, replicas, between)


class FakeDeployments:
    """Release `a` runs; `b` widens, `c` drops."""

    def __init__(self) -> None:
        self.shown: Sequence[Role] = (role("api", "a"), role("worker", "a"))
        self.offered = [
            release("a", FIRST),
            release("b", FIRST, WIDEN),
            release("c", FIRST, WIDEN, DROP),
        ]
        self.books: dict[str, tuple[Book, int]] = {}
        self.holder = ""
        self.in_place = False
        self.migration = Migrating.DONE
        self.is_silent = False
        #: What was asked to be done: the method and its arguments.
        self.done: list[tuple[Any, ...]] = []

    async def roles(self) -> Sequence[Role]:
        self._speak()
        return self.shown

    async def releases(self) -> Mapping[str, Release]:
        self._speak()
        return {each.name: each for each in self.offered}

    async def migrate(self, service: str, release: str, key: str) -> Migrating:
        self.done.append(("migrate", service, release, key))
        return self.migration

    async def bring(self, service: str, release: str) -> bool:
        self._speak()
        self.done.append(("bring", service, release))
        return self.in_place

    async def read(self, service: str) -> Kept:
        self._speak()
        book, version = self.books.get(service, (Book(), 0))
        return Kept(book, str(version))

    async def write(self, service: str, book: Book, mark: str) -> None:
        _, version = self.books.get(service, (Book(), 0))
        if mark != str(version):
            raise StaleBookError
        self.books[service] = (book, version + 1)

    async def lease(self, _service: str, holder: str, _now: datetime) -> bool:
        self.holder = self.holder or holder
        return self.holder == holder

    async def restart(self, service: str, role: str) -> None:
        self.done.append(("restart", service, role))

    async def scale(self, service: str, role: str, replicas: int) -> None:
        self.done.append(("scale", service, role, replicas))

    async def aclose(self) -> None:
        """Nothing is open."""

    def _speak(self) -> None:
        if self.is_silent:
            raise DeploymentsError(Sentence("supervisord does not answer."))

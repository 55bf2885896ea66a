"""Where nobody has said who keeps the processes: nothing of what runs can be changed from here."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import NoReturn

from services.console.application.deployments import DeploymentsError, Kept, Role
from services.console.domain.release import Release
from services.console.domain.rollout import Migrating
from services.console.domain.rollout_book import Book
from services.console.domain.sentence import Sentence


class Unmanaged:
    """Shows nothing, and refuses every change."""

    async def roles(self) -> Sequence[Role]:
        """None is known."""
        return ()

    async def releases(self) -> Mapping[str, Release]:
        """None is known."""
        return {}

    async def read(self, _service: str) -> Kept:
        """Empty."""
        return Kept(Book(), "")

    async def migrate(self, _service: str, _release: str, _key: str) -> Migrating:
        """Refused."""
        _refuse()

    async def bring(self, _service: str, _release: str) -> bool:
        """Refused."""
        _refuse()

    async def write(self, _service: str, _book: Book, _mark: str) -> None:
        """Refused."""
        _refuse()

    async def lease(self, _service: str, _holder: str, _now: datetime) -> bool:
        """Refused."""
        _refuse()

    async def restart(self, _service: str, _role: str) -> None:
        """Refused."""
        _refuse()

    async def scale(self, _service: str, _role: str, _replicas: int) -> None:
        """Refused."""
        _refuse()

    async def aclose(self) -> None:
        """Nothing is open."""


def _refuse() -> NoReturn:
    raise DeploymentsError(
        Sentence(
            "The console was not told who keeps the processes here (DEPLOYMENTS): change them there."
        )
    )

"""Looks at every service all the time, once for all browsers, and never so that a service feels it."""

import asyncio
import logging
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager, suppress

from services.console.application.board import Board
from services.console.application.ports import Statuses
from services.console.domain.errors import (
    IssuerSilentError,
    LoginRefusedError,
    ServiceRefusedError,
    ServiceSilentError,
    ServiceStrangeError,
    ServiceTroubleError,
)
from services.console.domain.observation import Failing
from services.console.domain.service_health import needs_waiting
from shared.clock import Clock
from shared.crash import crash

log = logging.getLogger(__name__)

#: From the beginning of a look to that of the next.
EVERY_SECONDS = 0.75
#: A slow service gets this many times the rest that its answer took, so that the console is no burden to it.
REST, REST_MOST_SECONDS = 4, 3.0
WAITING_EVERY_SECONDS = 2.0
CHECK_EVERY_SECONDS, CHECK_SECONDS = 2.0, 1.5

#: What a service's problem document says when its database does not answer.
WITHOUT_DATABASE = "unavailable"

#: A look at something that is not a service; it raises when that does not answer.
Look = Callable[[], Awaitable[None]]


class Poller:
    """One a process: each service has its own loop, so that a slow one delays no other."""

    def __init__(
        self,
        statuses: Statuses,
        board: Board,
        checks: Mapping[str, Look],
        clock: Clock,
    ) -> None:
        self._statuses, self._board = statuses, board
        self._checks, self._clock = checks, clock

    async def run(self) -> None:
        """Look until it is cancelled."""
        async with asyncio.TaskGroup() as group:
            for service in self._board.services:
                group.create_task(self._watch(service))
                group.create_task(self._watch_waiting(service))
            for name, look in self._checks.items():
                group.create_task(self._watch_part(name, look))

    async def _watch(self, service: str) -> None:
        clock = asyncio.get_running_loop().time
        while True:
            begin = clock()
            await self.look(service)
            took = clock() - begin
            await asyncio.sleep(max(EVERY_SECONDS - took, min(REST * took, REST_MOST_SECONDS)))

    async def look(self, service: str) -> None:
        """Ask a service once how it is."""
        asked_at = self._clock()
        try:
            self._board.told(service, await self._statuses.status(service))
        except ServiceSilentError as error:
            how = Failing.NO_DATABASE if error.code == WITHOUT_DATABASE else Failing.SILENT
            self._board.failed(service, how, asked_at)
        except ServiceStrangeError:
            self._board.failed(service, Failing.STRANGE, asked_at)
        except ServiceRefusedError:
            self._board.failed(service, Failing.REFUSED, asked_at)
        except (IssuerSilentError, LoginRefusedError) as error:
            log.info("the console has no token to ask %s with: %s", service, error)

    async def _watch_waiting(self, service: str) -> None:
        while True:
            if needs_waiting(self._board.observation(service)):
                await self.look_what_waits(service)
                await asyncio.sleep(WAITING_EVERY_SECONDS)
            else:
                await asyncio.sleep(EVERY_SECONDS / 3)

    async def look_what_waits(self, service: str) -> None:
        """Ask a service what waits for it at the broker."""
        try:
            self._board.waits(service, await self._statuses.waiting(service))
        except (ServiceTroubleError, IssuerSilentError, LoginRefusedError) as error:
            log.info("what waits for %s is not known: %s", service, error)

    async def _watch_part(self, name: str, look: Look) -> None:
        while True:
            await self.look_at(name, look)
            await asyncio.sleep(CHECK_EVERY_SECONDS)

    async def look_at(self, name: str, look: Look) -> None:
        """Look once at a part that all share."""
        try:
            async with asyncio.timeout(CHECK_SECONDS):
                await look()
        except Exception as error:  # noqa: BLE001  # it may fail in any way; its kind is what is told
            self._board.checked(name, type(error).__name__)
        else:
            self._board.checked(name, "")


@asynccontextmanager
async def watching(poller: Poller) -> AsyncIterator[None]:
    """Look while the block lasts. A console that cannot look any more ends, and is started again."""

    async def look() -> None:
        try:
            await poller.run()
        except Exception:  # noqa: BLE001  # whatever it is, a new process starts afresh
            crash("the console cannot look at the services any more")

    task = asyncio.create_task(look())
    try:
        yield
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task

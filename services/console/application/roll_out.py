"""Moves rollouts on: a look at the platform, what follows from it, and the next step there.

What stands in the book is all that it knows, so another console goes on where one has ended.
"""

import asyncio
import logging
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager, suppress
from datetime import datetime

from services.console.application import measuring
from services.console.application.deployments import (
    ROLES,
    Deployments,
    DeploymentsError,
    StaleBookError,
)
from services.console.domain.rollout import Phase, Rollout, Rules, Seen
from services.console.domain.rollout_way import advance
from services.console.domain.sentence import Sentence
from services.console.domain.status import Status

log = logging.getLogger(__name__)

#: What a service last said of itself; None if that is too old to say anything of now.
StatusOf = Callable[[str], Status | None]
TICK_SECONDS = 1.0


@asynccontextmanager
async def driving(driver: "Driver", services: Sequence[str]) -> AsyncIterator[None]:
    """Drive while the block lasts."""
    task = asyncio.create_task(driver.run(services))
    try:
        yield
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task


class Driver:
    """Drives every service's rollout; of several consoles only the one that has the lease does."""

    def __init__(
        self,
        deployments: Deployments,
        status_of: StatusOf,
        rules: Rules,
        clock: Callable[[], datetime],
        holder: str,
    ) -> None:
        self._deployments, self._status_of = deployments, status_of
        self._rules, self._clock, self._holder = rules, clock, holder

    async def run(self, services: Sequence[str]) -> None:
        """Until it is cancelled."""
        while True:
            await asyncio.gather(*map(self._try, services))
            await asyncio.sleep(TICK_SECONDS)

    async def _try(self, service: str) -> None:
        try:
            await self.tick(service)
        except (DeploymentsError, StaleBookError) as error:
            log.warning("the rollout of %s waits: %s", service, error)
        except Exception:
            log.exception("the rollout of %s was not moved on", service)

    async def tick(self, service: str) -> None:
        """Look once, and move on what has to be."""
        kept = await self._deployments.read(service)
        rollout = kept.book.current
        if rollout is None or not rollout.is_open or rollout.phase is Phase.PAUSED:
            return
        if not await self._deployments.lease(service, self._holder, self._clock()):
            return
        moved = advance(rollout, await self._look(rollout), self._clock(), self._rules)
        if moved == rollout:
            return
        # The lease may have changed the mark; what was decided holds for the book that was read.
        fresh = await self._deployments.read(service)
        if fresh.book == kept.book:
            await self._deployments.write(service, kept.book.moved(moved), fresh.mark)

    async def _look(self, rollout: Rollout) -> Seen:
        service = rollout.service
        match rollout.phase:
            case Phase.PREFLIGHT:
                status = self._status_of(service)
                sample = measuring.of_all(status) if status else None
                return Seen(obstacle=await self._obstacle(rollout), sample=sample)
            case Phase.MIGRATE:
                state = await self._deployments.migrate(service, rollout.after, rollout.rollout_id)
                return Seen(migration=state)
            case Phase.SOAK:
                status = self._status_of(service)
                return Seen(sample=measuring.of_release(status, rollout.after) if status else None)
            case _:
                aim = rollout.aim or rollout.before
                return Seen(in_place=await self._deployments.bring(service, aim))

    async def _obstacle(self, rollout: Rollout) -> Sentence | None:
        if rollout.after not in await self._deployments.releases():
            says = {"release": rollout.after}
            return Sentence("%(release)s is not among the releases that are on offer.", says)
        roles = {
            each.role for each in await self._deployments.roles() if each.service == rollout.service
        }
        if missing := set(ROLES) - roles:
            figures = {"roles": ", ".join(sorted(missing))}
            return Sentence("Nothing runs here as %(roles)s: there is nothing to replace.", figures)
        return None

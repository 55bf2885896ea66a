"""SIGKILL for the real processes; supervisord starts them anew, as it does outside of tests."""

import asyncio
import os
import re
import signal
import time
from collections import Counter
from dataclasses import dataclass

from deploy.local.stack import Stack
from deploy.local.supervision import Process
from tests.chaos.plan import Kill
from tests.support.waiting import until

RECOVERY_SECONDS = 120.0
_ENDED = re.compile(r"exited: (\S+) \((exit status [^;]*); not expected\)")


@dataclass(slots=True)
class Death:
    """A kill that happened, and how long until the component did its work again."""

    kill: Kill
    at: float
    ready_after: float | None = None


class Killer:
    """Kills components of a stack whose supervisord runs all of them."""

    def __init__(self, stack: Stack) -> None:
        self._supervisor = stack.supervisor
        self._components = {each.name: each for each in stack.components}
        self._recoveries: list[asyncio.Task[None]] = []
        self._log = stack.layout.root / "supervisord.log"
        self._known = len(self._log.read_text())
        self.deaths: list[Death] = []

    async def strike(self, kill: Kill) -> Death:
        """Kill the component's process: of PostgreSQL the postmaster, whose sessions end with it."""
        process = await self._running(kill.component)
        os.kill(process.pid, signal.SIGKILL)
        death = Death(kill, time.monotonic())
        self.deaths.append(death)
        self._recoveries.append(asyncio.create_task(self._recover(death, process.pid)))
        return death

    @property
    def ended_by_themselves(self) -> dict[str, int]:
        """Processes that nobody killed and that ended all the same; supervisord noted it."""
        ended = _ENDED.findall(self._log.read_text()[self._known :])
        return dict(Counter(f"{name}: {how}" for name, how in ended))

    async def recovered(self) -> None:
        """Wait until everything that was killed is ready."""
        await asyncio.gather(*self._recoveries)

    async def _running(self, component: str) -> Process:
        """As soon as it has a process; one that is about to start is killed while it starts."""
        return await until(
            lambda: self._process(component), lambda each: bool(each.pid), seconds=RECOVERY_SECONDS
        )

    async def _process(self, component: str) -> Process:
        return (await asyncio.to_thread(self._supervisor.processes))[component]

    async def _recover(self, death: Death, killed: int) -> None:
        name = death.kill.component
        await until(
            lambda: self._process(name),
            lambda each: each.pid not in {0, killed},
            seconds=RECOVERY_SECONDS,
        )
        await until(
            lambda: asyncio.to_thread(self._components[name].ready), bool, seconds=RECOVERY_SECONDS
        )
        death.ready_after = time.monotonic() - death.at

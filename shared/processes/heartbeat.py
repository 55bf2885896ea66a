"""A process's heartbeat: every two seconds it writes how it is and what it did into its service's database."""

import asyncio
import logging
import platform
import time
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager, suppress
from typing import Any
from uuid import uuid4

from shared.clock import utc_now
from shared.database.engine import transaction
from shared.http.health import Checks, outcomes
from shared.operations import processes
from shared.operations.processes import BEAT_SECONDS, WINDOWS, Beat, Identity
from shared.processes.foundation import Foundation
from shared.telemetry.recent import Counts, Recent, Work, look

log = logging.getLogger(__name__)

FAREWELL_SECONDS = 2.0


@asynccontextmanager
async def beating(foundation: Foundation[Any], kind: str, checks: Checks) -> AsyncIterator[None]:
    """Beat while the block lasts, and say at its end that the process stops."""
    name = f"{kind}@{platform.node()}:{foundation.settings.http_port}"
    heart = _Heart(foundation, Identity(kind, name, uuid4(), utc_now()), checks)
    task = asyncio.create_task(heart.run())
    try:
        yield
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task
        await heart.stop()


class _Heart:
    def __init__(self, foundation: Foundation[Any], process: Identity, checks: Checks) -> None:
        self._engine = foundation.engine
        self._process = process
        self._checks = checks
        self._recent = Recent(max(WINDOWS))

    async def run(self) -> None:
        while True:
            try:
                await self._beat()
            except Exception as error:  # noqa: BLE001  # no process ends because it cannot be seen
                log.warning("the heartbeat was not written: %s", type(error).__name__)
            await asyncio.sleep(BEAT_SECONDS)

    async def _beat(self) -> None:
        checks = await outcomes(self._checks)
        self._recent.add(look(time.monotonic()))
        said = Beat(checks, figures(self._recent), self._recent.finished())
        async with transaction(self._engine) as connection:
            await processes.beat(connection, self._process, said)

    async def stop(self) -> None:
        try:
            async with asyncio.timeout(FAREWELL_SECONDS), transaction(self._engine) as connection:
                await processes.stop(connection, self._process)
        except Exception as error:  # noqa: BLE001  # as above: it is found out a little later
            log.warning("the end was not written: %s", type(error).__name__)


def figures(recent: Recent) -> Mapping[str, Any]:
    """What is kept of a process's looks: the lag, and what it did in each window."""
    windows = {str(seconds): _shown(recent.since(seconds)) for seconds in WINDOWS}
    return {"lag": recent.newest.lag, "windows": windows}


def _shown(work: Work) -> Mapping[str, Any]:
    return {
        "events": _with_text_bounds(work.events),
        "requests": _with_text_bounds(work.requests),
        "counters": work.counters,
    }


def _with_text_bounds(counts: Counts) -> Mapping[str, Mapping[str, int]]:
    """JSON has no infinity, and no numbers as names."""
    return {
        label: {str(bound): int(count) for bound, count in bounds.items()}
        for label, bounds in counts.items()
    }

"""What the worker does for webhooks: it delivers readings, and runs errands."""

import asyncio
import logging
import secrets
from datetime import timedelta
from random import SystemRandom

from services.feed.adapters.errand_events import write_errand
from services.feed.adapters.showing import shown
from services.feed.adapters.unit_of_work import PostgresUnitOfWork
from services.feed.adapters.webhook_reads import WebhookReads
from services.feed.adapters.webhook_sender import WebhookSender
from services.feed.application.deliver_webhooks import WebhookDeliverer
from services.feed.application.run_errands import ErrandRunner
from services.feed.domain.errand import Errand
from services.feed.domain.subscription import Way
from services.feed.entrypoints.delivering import Delivering
from shared.clock import utc_now
from shared.processes.foundation import Foundation
from shared.processes.jobs import Job

log = logging.getLogger(__name__)

#: Readings that one worker is at; half of them at most may be of endpoints that fail.
AT_ONCE = 384
ERRANDS_AT_ONCE = 32
CODE_BYTES = 16
PAUSE = timedelta(seconds=1)
ERRAND_PAUSE = timedelta(milliseconds=500)


def webhook_jobs(foundation: Foundation[PostgresUnitOfWork], sender: WebhookSender) -> list[Job]:
    """The jobs; each may run in several workers at once."""
    deliverer = WebhookDeliverer(
        foundation.units,
        foundation.reader.reads(WebhookReads),
        sender,
        shown,
        utc_now,
        SystemRandom().random,
        troubled_at_once=AT_ONCE // 2,
    )
    delivering = Delivering(foundation, Way.WEBHOOK, deliverer.deliver, at_once=AT_ONCE)
    errands = Errands(foundation, sender)
    return [
        Job("deliver_webhooks", PAUSE, delivering.run),
        Job("run_errands", PAUSE, errands.run),
    ]


class Errands:
    """One worker's share of the errands, many at once, so that an endpoint that hangs holds up no other's."""

    def __init__(self, foundation: Foundation[PostgresUnitOfWork], sender: WebhookSender) -> None:
        self._units = foundation.units
        self._runner = ErrandRunner(foundation.units, sender, write_errand, _make_code, utc_now)
        self._under_way: set[asyncio.Task[None]] = set()

    async def run(self) -> None:
        """Run whatever is asked for, for ever."""
        try:
            while True:
                await self._begin()
                await asyncio.sleep(ERRAND_PAUSE.total_seconds())
        finally:
            for task in self._under_way:
                task.cancel()
            await asyncio.gather(*self._under_way, return_exceptions=True)

    async def run_once(self) -> None:
        """Run what is asked for now, to the end."""
        await self._begin()
        await asyncio.gather(*self._under_way)

    async def _begin(self) -> None:
        free = ERRANDS_AT_ONCE - len(self._under_way)
        if not free:
            return
        async with self._units(operator=True) as work:
            claimed = await work.errands.claim(free)
        for errand in claimed:
            task = asyncio.create_task(self._take(errand))
            self._under_way.add(task)
            task.add_done_callback(self._under_way.discard)

    async def _take(self, errand: Errand) -> None:
        """Whatever happens to one, the others go on; it comes again after its lease."""
        try:
            await self._runner.run(errand)
        except Exception:
            log.exception("an errand was not finished, it is run again later")


def _make_code() -> str:
    return secrets.token_urlsafe(CODE_BYTES)

"""The worker's part in onboarding: it begins as soon as something is due, and takes many tenants at once."""

import asyncio
import logging
from datetime import timedelta
from uuid import UUID

from services.member.adapters.process_repository import DUE
from services.member.adapters.scopes import processes_due, tenants_to_close
from services.member.adapters.unit_of_work import PostgresUnitOfWork
from services.member.application.close_tenant import close_tenant
from services.member.application.outside import ConnectOutside, Outside
from services.member.application.take_steps import StepTaker
from services.member.domain.onboarding import LEASE, Direction
from shared.clock import utc_now
from shared.database.listening import listening
from shared.database.outage import is_outage
from shared.processes.foundation import Foundation

log = logging.getLogger(__name__)

AT_ONCE = 24
#: Looked at without being woken: for what waited, what a dead worker left, and what was not heard.
POLL_SECONDS = 1.0
DRAIN_SECONDS = 5.0

Key = tuple[UUID, Direction]


class OnboardingWorker:
    """One worker's share; run it as a task, cancel it to stop. What it left is due again after its lease."""

    def __init__(
        self,
        foundation: Foundation[PostgresUnitOfWork],
        connect: ConnectOutside,
        lease: timedelta = LEASE,
    ) -> None:
        self._foundation = foundation
        self._connect = connect
        self._lease = lease
        self._under_way: dict[Key, asyncio.Task[None]] = {}

    async def run(self) -> None:
        """Take whatever is due, for ever. An outage of the database ends it; it is run again."""
        wake = asyncio.Event()
        url = self._foundation.settings.database_url
        async with (
            self._connect() as outside,
            listening(url, DUE, lambda _payload: wake.set()) as ears,
        ):
            try:
                while not ears.is_closed():
                    wake.clear()
                    await self._begin(outside)
                    await self._pause(wake)
            finally:
                await self._stop()

    async def run_once(self) -> None:
        """Take what is due now, to the end."""
        async with self._connect() as outside:
            await self._begin(outside)
            await asyncio.gather(*self._under_way.values())

    async def _begin(self, outside: Outside) -> None:
        engine, units = self._foundation.engine, self._foundation.units
        for tenant_id in await tenants_to_close(engine, AT_ONCE):
            async with units([tenant_id]) as work:
                await close_tenant(work, tenant_id, utc_now())
        taker = StepTaker(units, outside, utc_now, is_outage, self._lease)
        free = AT_ONCE - len(self._under_way)
        due = await processes_due(engine, utc_now(), AT_ONCE + free) if free else ()
        for key in [key for key in due if key not in self._under_way][:free]:
            self._under_way[key] = asyncio.create_task(self._take(taker, key))

    async def _take(self, taker: StepTaker, key: Key) -> None:
        """Whatever happens to one tenant, the others go on; its steps are due again after the lease."""
        try:
            await taker.take(*key)
        except Exception as error:
            if is_outage(error):
                log.warning("the steps of a tenant met an outage, they are taken again later")
            else:
                log.exception("the steps of a tenant were not marked, they are taken again later")
        finally:
            del self._under_way[key]

    async def _pause(self, wake: asyncio.Event) -> None:
        """Until somebody wakes it, a tenant is through, or it is time to look."""
        woken = asyncio.create_task(wake.wait())
        try:
            waited = {woken, *self._under_way.values()}
            await asyncio.wait(waited, timeout=POLL_SECONDS, return_when=asyncio.FIRST_COMPLETED)
        finally:
            woken.cancel()

    async def _stop(self) -> None:
        """What is under way may come to its end, so that nothing has to wait for a lease; but not for ever."""
        tasks = list(self._under_way.values())
        if tasks:
            await asyncio.wait(tasks, timeout=DRAIN_SECONDS)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

"""A tenant gets onto the platform, or off it, without a hand: look, do, mark, many steps at once."""

import asyncio
import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from services.member.application import outgoing
from services.member.application.outside import Outside, OutsideError
from services.member.application.ports import OpenUnit, UnitOfWork
from services.member.application.steps import ACTIONS
from services.member.domain.onboarding import LEASE, Direction, Process, Step
from services.member.domain.tenant import Tenant
from shared.envelope import Cause

log = logging.getLogger(__name__)

OUTAGE = "outage: The database was away or a connection broke. It is tried again."
UNEXPECTED = "unexpected: Nobody foresaw this; the worker's log says more. It is tried again."


@dataclass(frozen=True, slots=True)
class StepTaker:
    """Takes the steps of tenants. Several may be at it: a lease keeps them from each other's steps."""

    opened: OpenUnit
    outside: Outside
    clock: Callable[[], datetime]
    is_outage: Callable[[BaseException], bool]
    lease: timedelta = LEASE

    async def take(self, tenant_id: UUID, direction: Direction) -> None:
        """Take what is due, and what becomes due by it. A failure is tried again later."""
        async with self.opened([tenant_id]) as work:
            tenant = await work.tenants.lock(tenant_id)
            process = await work.processes.get(tenant_id, direction)
            if tenant is None or process is None:
                return
            steps = await self._claim(work, process)
        await self._take_all(tenant, direction, steps)

    async def _claim(self, work: UnitOfWork, process: Process) -> Sequence[Step]:
        steps = process.claim(self.clock(), self.lease)
        await work.processes.save(process)
        return steps

    async def _take_all(self, tenant: Tenant, direction: Direction, steps: Sequence[Step]) -> None:
        """All of them come to their end, also when one meets an outage; that is raised afterwards."""
        taken = [self._take(tenant, direction, step) for step in steps]
        for error in await asyncio.gather(*taken, return_exceptions=True):
            if error:
                raise error

    async def _take(self, tenant: Tenant, direction: Direction, step: Step) -> None:
        """Do one step, outside any transaction, and mark it."""
        try:
            await ACTIONS[direction][step](self.opened, self.outside, tenant, self.clock())
        except OutsideError as error:
            await self._fail(tenant.tenant_id, direction, step, str(error))
        except Exception as error:
            if self.is_outage(error):
                log.warning("the step %s of a tenant met an outage, it is taken again later", step)
                reason = OUTAGE
            else:
                log.exception("the step %s of a tenant failed unexpectedly", step)
                reason = UNEXPECTED
            await self._fail(tenant.tenant_id, direction, step, reason)
        else:
            await self._mark(tenant, direction, step)

    async def _mark(self, acted: Tenant, direction: Direction, step: Step) -> None:
        """Remember the step; the last one activates and announces the tenant in the same transaction."""
        tenant_id = acted.tenant_id
        async with self.opened([tenant_id]) as work:
            tenant = await work.tenants.lock(tenant_id)
            process = await work.processes.get(tenant_id, direction)
            assert tenant, "a tenant is never deleted on its way"
            assert process, "what has begun is there"
            tenant.organization_id = tenant.organization_id or acted.organization_id
            tenant.applicant = tenant.applicant or acted.applicant
            process.finish(step, self.clock())
            if direction is Direction.OPENING and process.is_complete:
                self._activate(work, tenant)
            await work.tenants.save(tenant)
            steps = await self._claim(work, process)
        await self._take_all(tenant, direction, steps)

    def _activate(self, work: UnitOfWork, tenant: Tenant) -> None:
        if tenant.activate(self.clock()):
            work.publish(outgoing.tenant_activated(tenant, Cause(str(tenant.tenant_id))))

    async def _fail(self, tenant_id: UUID, direction: Direction, step: Step, reason: str) -> None:
        async with self.opened([tenant_id]) as work:
            await work.tenants.lock(tenant_id)
            process = await work.processes.get(tenant_id, direction)
            assert process, "what has begun is there"
            process.fail(step, reason, self.clock())
            await work.processes.save(process)

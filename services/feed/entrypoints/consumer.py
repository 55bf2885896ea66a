"""From events to use cases: the only place that knows other services' contracts."""

from collections.abc import Collection, Mapping, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncEngine

from services.catalogue.contracts import events as catalogue
from services.certificate.contracts import events as certificate
from services.feed.adapters.scopes import listeners
from services.feed.adapters.unit_of_work import PostgresUnitOfWork
from services.feed.application.learn_tenants import LearnTenant, learn_tenants
from services.feed.application.project import broadcast_types, concerned, project
from services.feed.contracts import events as own
from services.feed.domain.public_types import PUBLIC
from services.feed.domain.tenant import Tenant
from services.member.contracts import events as member
from services.voucher.contracts import events as voucher
from shared.auth.operator_access import keep_accesses
from shared.envelope import Event, Received
from shared.inbox.consumer import BatchConsumer, Handler
from shared.processes.foundation import Foundation


async def when_tenant_told(
    work: PostgresUnitOfWork, events: Sequence[Received[member.TenantTold]]
) -> None:
    """Keep whether the tenant may read."""
    await learn_tenants(work, [_learn_tenant(received) for received in events])


async def when_tenant_deleted(
    work: PostgresUnitOfWork, events: Sequence[Received[member.TenantDeletedV1]]
) -> None:
    """Keep nothing of the tenant."""
    for received in events:
        await work.tenants.forget(received.tenant_id)


async def nothing_else(_work: PostgresUnitOfWork, _events: Sequence[Received[Any]]) -> None:
    """It is in the logs, and that is all."""


#: What member tells of tenants: each says all of it, so the newest is what counts.
TENANT_EVENTS: tuple[type[member.TenantTold], ...] = (
    member.TenantActivatedV1,
    member.TenantChangedV1,
    member.TenantSuspendedV1,
    member.TenantResumedV1,
    member.TenantLeavingV1,
    member.TenantLeftV1,
)
ACCESSES: tuple[type[Event], ...] = (
    member.OperatorAccessGrantedV1,
    member.OperatorAccessEndedV1,
)
_PUBLIC: tuple[type[Event], ...] = tuple(
    event
    for service in (member, catalogue, voucher, certificate, own)
    for event in service.EVENTS
    if event.TYPE in PUBLIC
)

HANDLERS: Mapping[type[Event], Handler[PostgresUnitOfWork]] = {
    **dict.fromkeys(_PUBLIC, nothing_else),
    **dict.fromkeys(TENANT_EVENTS, when_tenant_told),
    **dict.fromkeys(ACCESSES, keep_accesses),
    member.TenantDeletedV1: when_tenant_deleted,
}

#: What this service keeps of others, and can rebuild by a replay.
COPIES: Collection[type[Event]] = (*TENANT_EVENTS, *ACCESSES)


def create_consumer(
    foundation: Foundation[PostgresUnitOfWork],
) -> BatchConsumer[PostgresUnitOfWork]:
    """The consumer of this service."""
    scope = _Scope(foundation.engine)
    return BatchConsumer(
        foundation.engine,
        foundation.units,
        HANDLERS,
        scope=scope.of,
        copies=COPIES,
        together=project,
    )


class _Scope:
    """An event is appended to the log of every tenant that it concerns."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine

    async def of(self, events: Sequence[Received[Any]]) -> Collection[UUID]:
        """The tenants of the events, those whom they concern, and who listens to broadcasts."""
        tenants = {each.tenant_id for each in events}
        for each in events:
            tenants.update(concerned(each).tenants)
        if types := broadcast_types(events):
            tenants.update(await listeners(self._engine, types))
        return tenants


def _learn_tenant(received: Received[member.TenantTold]) -> LearnTenant:
    event = received.event
    tenant = Tenant(received.tenant_id, event.name, event.kind, event.status)
    return LearnTenant(tenant, received.envelope.sequence)

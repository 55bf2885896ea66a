"""From events to use cases: the only place that knows other services' contracts."""

from collections.abc import Collection, Mapping, Sequence
from typing import Any, ClassVar
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncEngine

from services.catalogue.contracts import events as catalogue
from services.certificate.contracts import events as certificate
from services.feed.adapters.scopes import listeners
from services.feed.adapters.unit_of_work import PostgresUnitOfWork
from services.feed.application.keep_shared import keep_shared
from services.feed.application.learn_names import LearnName, learn_names
from services.feed.application.learn_quotas import LearnQuota, learn_quotas
from services.feed.application.learn_tenants import LearnTenant, learn_tenants
from services.feed.application.project import audiences, broadcast_types, project
from services.feed.contracts import events as own
from services.feed.domain.person_name import NamedPerson, PersonName
from services.feed.domain.public_types import PUBLIC
from services.feed.domain.quota import Quota
from services.feed.domain.tenant import Tenant
from services.member.contracts import events as member
from services.voucher.contracts import events as voucher
from shared.auth.operator_access import keep_accesses
from shared.envelope import Event, Received
from shared.inbox import letters
from shared.inbox.consumer import BatchConsumer, Handler
from shared.processes.foundation import Foundation


class PersonErased(Event):
    """A tombstone on the topic of people. It has an event's headers and no data."""

    TYPE: ClassVar[str] = f"{member.PersonDescribedV1.TYPE}, erased"
    TOPIC: ClassVar[str] = member.PersonDescribedV1.TOPIC


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


async def when_tenant_limited(
    work: PostgresUnitOfWork, events: Sequence[Received[member.TenantLimitedV1]]
) -> None:
    """Keep how much of the feed the tenant may use."""
    await learn_quotas(work, [_learn_quota(received) for received in events])


async def when_person_described(
    work: PostgresUnitOfWork, events: Sequence[Received[member.PersonDescribedV1]]
) -> None:
    """Keep what a person is called, if the tenant agreed to that."""
    await learn_names(work, [_learn_name(received) for received in events])


async def when_person_erased(
    work: PostgresUnitOfWork, events: Sequence[Received[PersonErased]]
) -> None:
    """Forget what a person was called, in what could not be handled too."""
    await learn_names(work, [_forget_name(received) for received in events])
    keys = [received.envelope.key for received in events]
    await letters.erase(work.connection, PersonErased.TOPIC, keys)


async def when_shared(work: PostgresUnitOfWork, events: Sequence[Received[Any]]) -> None:
    """Keep what is for everybody, for those who subscribe later."""
    await keep_shared(work, events)


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

#: What a tenant may share with every other.
SHARED: tuple[type[Event], ...] = (
    catalogue.OfferPublishedV1,
    catalogue.CompetenceModelPublishedV1,
    voucher.ProgrammeOpenedV1,
)

HANDLERS: Mapping[type[Event], Handler[PostgresUnitOfWork]] = {
    **dict.fromkeys(_PUBLIC, nothing_else),
    **dict.fromkeys(SHARED, when_shared),
    **dict.fromkeys(TENANT_EVENTS, when_tenant_told),
    **dict.fromkeys(ACCESSES, keep_accesses),
    member.TenantDeletedV1: when_tenant_deleted,
    member.TenantLimitedV1: when_tenant_limited,
    member.PersonDescribedV1: when_person_described,
}

_WITH_TOMBSTONES: Mapping[type[Event], Handler[PostgresUnitOfWork]] = {
    **HANDLERS,
    PersonErased: when_person_erased,
}

#: What this service keeps of others, and can rebuild by a replay.
COPIES: Collection[type[Event]] = (
    *TENANT_EVENTS,
    *ACCESSES,
    member.TenantLimitedV1,
    member.PersonDescribedV1,
    PersonErased,
    *SHARED,
)


def create_consumer(
    foundation: Foundation[PostgresUnitOfWork],
) -> BatchConsumer[PostgresUnitOfWork]:
    """The consumer of this service."""
    scope = _Scope(foundation.engine)
    return BatchConsumer(
        foundation.engine,
        foundation.units,
        _WITH_TOMBSTONES,
        scope=scope.of,
        copies=COPIES,
        together=project,
        tombstones=[PersonErased],
    )


class _Scope:
    """An event is appended to the log of every tenant that it concerns."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine

    async def of(self, events: Sequence[Received[Any]]) -> Collection[UUID]:
        """The tenants of the events, those whom they concern, and who listens to broadcasts."""
        tenants = {each.tenant_id for each in events}
        heard = audiences(events)
        for _, _, audience in heard:
            tenants.update(audience.tenants)
        if types := broadcast_types(heard):
            tenants.update(await listeners(self._engine, types))
        return tenants


def _learn_tenant(received: Received[member.TenantTold]) -> LearnTenant:
    event = received.event
    tenant = Tenant(received.tenant_id, event.name, event.kind, event.status)
    return LearnTenant(tenant, received.envelope.sequence)


def _learn_quota(received: Received[member.TenantLimitedV1]) -> LearnQuota:
    event = received.event
    quota = Quota(received.tenant_id, event.events_per_day, event.subscriptions)
    return LearnQuota(quota, received.envelope.sequence)


def _learn_name(received: Received[member.PersonDescribedV1]) -> LearnName:
    event = received.event
    name = PersonName(event.given_name, event.family_name, event.email)
    person = NamedPerson(received.tenant_id, event.person_id, name)
    return LearnName(person, received.envelope.sequence)


def _forget_name(received: Received[PersonErased]) -> LearnName:
    person = NamedPerson(received.tenant_id, UUID(received.envelope.aggregate), None)
    return LearnName(person, received.envelope.sequence)

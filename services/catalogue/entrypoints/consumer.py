"""From events to use cases: the only place that knows other services' contracts."""

from collections.abc import Collection, Mapping, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncEngine

from services.catalogue.adapters.scopes import providers
from services.catalogue.adapters.unit_of_work import PostgresUnitOfWork
from services.catalogue.application.learn_agreements import LearnAgreement, learn_agreements
from services.catalogue.application.learn_people import LearnPerson, learn_people
from services.catalogue.application.learn_tenants import LearnTenant, learn_tenants
from services.catalogue.application.settle_bookings import (
    DeclineBooking,
    GrantBooking,
    SettleBooking,
    decline_bookings,
    grant_bookings,
    lapse_bookings,
)
from services.catalogue.domain.agreement import Agreement
from services.catalogue.domain.member import Person, Tenant
from services.member.contracts.events import (
    TENANT_EVENTS,
    AgreementChangedV1,
    AgreementEndedV1,
    AgreementStartedV1,
    OperatorAccessEndedV1,
    OperatorAccessGrantedV1,
    PersonErasedV1,
    PersonLeftV1,
    PersonRegisteredV1,
    TenantTold,
)
from services.voucher.contracts.events import VoucherExpiredV1, VoucherRefusedV1, VoucherReservedV1
from shared.auth.operator_access import keep_accesses
from shared.clock import utc_now
from shared.envelope import Event, Received
from shared.inbox.consumer import BatchConsumer, Handler, tenants_of
from shared.processes.foundation import Foundation


async def when_tenant_told(
    work: PostgresUnitOfWork, events: Sequence[Received[TenantTold]]
) -> None:
    """Keep who may book and publish."""
    await learn_tenants(work, [_learn_tenant(received) for received in events])


async def when_person_registered(
    work: PostgresUnitOfWork, events: Sequence[Received[PersonRegisteredV1]]
) -> None:
    """Keep who may be booked for."""
    await learn_people(work, [_learn_person(received) for received in events])


async def when_person_gone(
    work: PostgresUnitOfWork, events: Sequence[Received[PersonLeftV1 | PersonErasedV1]]
) -> None:
    """Let nobody book for who has left or is erased."""
    await learn_people(work, [_learn_gone(received) for received in events])


async def when_agreement_shares(
    work: PostgresUnitOfWork,
    events: Sequence[Received[AgreementStartedV1] | Received[AgreementChangedV1]],
) -> None:
    """Keep what is shared, and with whom."""
    await learn_agreements(work, [_learn_agreement(received) for received in events])


async def when_agreement_ended(
    work: PostgresUnitOfWork, events: Sequence[Received[AgreementEndedV1]]
) -> None:
    """Share nothing under it any more."""
    await learn_agreements(work, [_forget_agreement(received) for received in events])


async def when_voucher_reserved(
    work: PostgresUnitOfWork, events: Sequence[Received[VoucherReservedV1]]
) -> None:
    """Confirm the booking, or put it on the waiting list."""
    await grant_bookings(work, [_grant_booking(received) for received in events], utc_now())


async def when_voucher_refused(
    work: PostgresUnitOfWork, events: Sequence[Received[VoucherRefusedV1]]
) -> None:
    """Decline the booking."""
    await decline_bookings(work, [_decline_booking(received) for received in events], utc_now())


async def when_voucher_expired(
    work: PostgresUnitOfWork, events: Sequence[Received[VoucherExpiredV1]]
) -> None:
    """End the booking; who waits moves up."""
    await lapse_bookings(work, [_settle_booking(received) for received in events], utc_now())


HANDLERS: Mapping[type[Event], Handler[PostgresUnitOfWork]] = {
    **dict.fromkeys(TENANT_EVENTS, when_tenant_told),
    PersonRegisteredV1: when_person_registered,
    PersonLeftV1: when_person_gone,
    PersonErasedV1: when_person_gone,
    AgreementStartedV1: when_agreement_shares,
    AgreementChangedV1: when_agreement_shares,
    AgreementEndedV1: when_agreement_ended,
    VoucherReservedV1: when_voucher_reserved,
    VoucherRefusedV1: when_voucher_refused,
    VoucherExpiredV1: when_voucher_expired,
    OperatorAccessGrantedV1: keep_accesses,
    OperatorAccessEndedV1: keep_accesses,
}

#: What this service keeps of others, and can rebuild by a replay.
COPIES: Collection[type[Event]] = (
    *TENANT_EVENTS,
    PersonRegisteredV1,
    PersonLeftV1,
    PersonErasedV1,
    AgreementStartedV1,
    AgreementChangedV1,
    AgreementEndedV1,
    OperatorAccessGrantedV1,
    OperatorAccessEndedV1,
)


def create_consumer(
    foundation: Foundation[PostgresUnitOfWork],
) -> BatchConsumer[PostgresUnitOfWork]:
    """The consumer of this service."""
    scope = _Scope(foundation.engine)
    return BatchConsumer(
        foundation.engine, foundation.units, HANDLERS, scope=scope.of, copies=COPIES
    )


class _Scope:
    """An answer changes a booking of its tenant and the places of the booking's provider."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine

    async def of(self, events: Sequence[Received[Any]]) -> Collection[UUID]:
        """The tenants of the events, and the providers of their bookings."""
        tenants = await tenants_of(events)
        booking_ids = {each.event.booking_id for each in events if _is_answer(each)}
        if not booking_ids:
            return tenants
        return {*tenants, *await providers(self._engine, tenants, booking_ids)}


def _is_answer(received: Received[Any]) -> bool:
    return isinstance(received.event, VoucherReservedV1 | VoucherRefusedV1 | VoucherExpiredV1)


def _learn_tenant(received: Received[TenantTold]) -> LearnTenant:
    tenant = Tenant(received.tenant_id, received.event.name, received.event.status)
    return LearnTenant(tenant, received.envelope.sequence)


def _learn_person(received: Received[PersonRegisteredV1]) -> LearnPerson:
    person = Person(received.tenant_id, received.event.person_id)
    return LearnPerson(person, received.envelope.sequence)


def _learn_gone(received: Received[PersonLeftV1 | PersonErasedV1]) -> LearnPerson:
    person = Person(received.tenant_id, received.event.person_id, is_there=False)
    return LearnPerson(person, received.envelope.sequence)


def _learn_agreement(
    received: Received[AgreementStartedV1] | Received[AgreementChangedV1],
) -> LearnAgreement:
    event = received.event
    agreement = Agreement(
        tenant_id=received.tenant_id,
        agreement_id=event.agreement_id,
        parts={party.tenant_id: party.part for party in event.parties},
        offers=frozenset((offer.provider_id, offer.offer_id) for offer in event.offers),
        ends_at=event.ends_at,
    )
    return LearnAgreement(agreement, received.envelope.sequence)


def _forget_agreement(received: Received[AgreementEndedV1]) -> LearnAgreement:
    agreement = Agreement(
        received.tenant_id, received.event.agreement_id, {}, frozenset(), ends_at=None
    )
    return LearnAgreement(agreement, received.envelope.sequence)


def _grant_booking(received: Received[VoucherReservedV1]) -> GrantBooking:
    event = received.event
    return GrantBooking(received.tenant_id, event.booking_id, received.cause, event.voucher_id)


def _decline_booking(received: Received[VoucherRefusedV1]) -> DeclineBooking:
    event = received.event
    return DeclineBooking(received.tenant_id, event.booking_id, received.cause, event.reason)


def _settle_booking(received: Received[VoucherExpiredV1]) -> SettleBooking:
    return SettleBooking(received.tenant_id, received.event.booking_id, received.cause)

"""Kafka records of other services' events, as the feed's consumer gets them."""

from itertools import count
from types import SimpleNamespace
from typing import Any
from uuid import UUID, uuid4

from services.catalogue.contracts.events import (
    BookingCancelledV1,
    BookingConfirmedV1,
    BookingRequestedV1,
    OfferPublishedV1,
)
from services.member.contracts.events import (
    PersonDescribedV1,
    PersonErasedV1,
    PersonForgottenV1,
    PersonRegisteredV1,
    TenantActivatedV1,
    TenantDeletedV1,
    TenantLimitedV1,
)
from shared.clock import utc_now
from shared.envelope import Cause, Envelope, Event, Outgoing

_offsets = count()


def record(event: Event, tenant_id: UUID, aggregate: UUID, sequence: int = 1) -> Any:
    outgoing = Outgoing(event, tenant_id, str(aggregate), sequence, Cause(str(aggregate)))
    envelope = Envelope.seal(outgoing, source="/test", time=utc_now())
    return SimpleNamespace(
        topic=event.TOPIC,
        partition=0,
        offset=next(_offsets),
        key=envelope.key.encode(),
        headers=[(name, value.encode()) for name, value in envelope.headers().items()],
        value=envelope.data,
    )


def activated(tenant_id: UUID, status: str = "active", sequence: int = 1) -> Any:
    event = TenantActivatedV1(
        name="Speyer",
        kind="municipality",
        official_key=None,
        state="DE-RP",
        regions=(),
        status=status,
    )
    return record(event, tenant_id, tenant_id, sequence)


def deleted(tenant_id: UUID, sequence: int = 2) -> Any:
    return record(TenantDeletedV1(), tenant_id, tenant_id, sequence)


def requested(tenant_id: UUID, booking_id: UUID | None = None, sequence: int = 1) -> Any:
    booking_id = booking_id or uuid4()
    event = BookingRequestedV1(
        booking_id=booking_id,
        person_id=uuid4(),
        offer_id=uuid4(),
        offer_kind="workshop",
        provider_id=tenant_id,
        programme_id=None,
    )
    return record(event, tenant_id, booking_id, sequence)


def cancelled(tenant_id: UUID, booking_id: UUID, sequence: int) -> Any:
    event = BookingCancelledV1(
        booking_id=booking_id, person_id=uuid4(), offer_id=uuid4(), reason="ill"
    )
    return record(event, tenant_id, booking_id, sequence)


def described(tenant_id: UUID, person_id: UUID, given_name: str, sequence: int = 1) -> Any:
    event = PersonDescribedV1(
        person_id=person_id, given_name=given_name, family_name="Beispiel", email="b@example.org"
    )
    return record(event, tenant_id, person_id, sequence)


def forgotten(tenant_id: UUID, person_id: UUID, sequence: int = 2) -> Any:
    return record(PersonForgottenV1(), tenant_id, person_id, sequence)


def limited(tenant_id: UUID, events: int, subscriptions: int, sequence: int) -> Any:
    event = TenantLimitedV1(events_per_day=events, subscriptions=subscriptions)
    return record(event, tenant_id, tenant_id, sequence)


def registered(tenant_id: UUID, person_id: UUID, sequence: int = 1) -> Any:
    event = PersonRegisteredV1(person_id=person_id, roles=("learner",))
    return record(event, tenant_id, person_id, sequence)


def erased(tenant_id: UUID, person_id: UUID, sequence: int = 2) -> Any:
    return record(PersonErasedV1(person_id=person_id), tenant_id, person_id, sequence)


def confirmed(tenant_id: UUID, provider_id: UUID, person_id: UUID) -> Any:
    booking_id = uuid4()
    event = BookingConfirmedV1(
        booking_id=booking_id, person_id=person_id, offer_id=uuid4(), provider_id=provider_id
    )
    return record(event, tenant_id, booking_id)


def offered(tenant_id: UUID, offer_id: UUID, visibility: str) -> Any:
    event = OfferPublishedV1(
        offer_id=offer_id,
        kind="workshop",
        title="Datenschutz",
        competences=(),
        duration_minutes=90,
        visibility=visibility,
    )
    return record(event, tenant_id, offer_id)

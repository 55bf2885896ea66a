"""From events to use cases: the only place that knows other services' contracts."""

from base64 import b64decode
from collections.abc import Collection, Mapping, Sequence
from typing import ClassVar
from uuid import UUID

from services.catalogue.contracts.events import ParticipationCompletedV1
from services.certificate.adapters.unit_of_work import PostgresUnitOfWork
from services.certificate.application.create_issuers import CreateIssuer, create_issuers
from services.certificate.application.issue_credentials import issue_credentials
from services.certificate.application.learn_brands import LearnBrand, learn_brands
from services.certificate.application.learn_people import LearnPerson, learn_people
from services.certificate.application.record_awards import RecordAward, record_awards
from services.certificate.domain.award import Origin, Provider, Recipient
from services.certificate.domain.brand import Brand, Colours, Logo
from services.member.contracts.events import (
    TENANT_EVENTS,
    OperatorAccessEndedV1,
    OperatorAccessGrantedV1,
    PersonDescribedV1,
    TenantBrandedV1,
    TenantDeletedV1,
    TenantTold,
)
from shared.auth.operator_access import keep_accesses
from shared.clock import utc_now
from shared.envelope import Event, Received
from shared.inbox import letters
from shared.inbox.consumer import BatchConsumer, Handler
from shared.processes.foundation import Foundation

#: Signatures in one transaction; the schedule issues what is beyond it.
ISSUED_AT_ONCE = 100
#: The pictures that are shown. Should member accept others one day, they are not until this says so.
LOGO_TYPES = frozenset({"image/png", "image/svg+xml"})


class PersonErased(Event):
    """A tombstone on the topic of people. It has an event's headers and no data."""

    TYPE: ClassVar[str] = f"{PersonDescribedV1.TYPE}, erased"
    TOPIC: ClassVar[str] = PersonDescribedV1.TOPIC


async def when_tenant_told(
    work: PostgresUnitOfWork, events: Sequence[Received[TenantTold]]
) -> None:
    """Make the tenant an issuer, keep whether it may act, and issue what waited for its key."""
    now = utc_now()
    await create_issuers(work, [_create_issuer(received) for received in events], now)
    await issue_credentials(work, now, ISSUED_AT_ONCE)


async def when_tenant_branded(
    work: PostgresUnitOfWork, events: Sequence[Received[TenantBrandedV1]]
) -> None:
    """Keep how a tenant looks."""
    await learn_brands(work, [_learn_brand(received) for received in events])


async def when_tenant_deleted(
    work: PostgresUnitOfWork, events: Sequence[Received[TenantDeletedV1]]
) -> None:
    """Forget how a tenant looked. Its name and keys stay: what it signed is verified with them."""
    await learn_brands(work, [_forget_brand(received) for received in events])


async def when_person_described(
    work: PostgresUnitOfWork, events: Sequence[Received[PersonDescribedV1]]
) -> None:
    """Keep how a person is written to, and issue what waited for it."""
    await learn_people(work, [_learn_person(received) for received in events])
    await issue_credentials(work, utc_now(), ISSUED_AT_ONCE)


async def when_person_erased(
    work: PostgresUnitOfWork, events: Sequence[Received[PersonErased]]
) -> None:
    """Forget how a person was written to, in what could not be handled too."""
    await learn_people(work, [_forget_person(received) for received in events])
    keys = [received.envelope.key for received in events]
    await letters.erase(work.connection, PersonErased.TOPIC, keys)


async def when_participation_completed(
    work: PostgresUnitOfWork, events: Sequence[Received[ParticipationCompletedV1]]
) -> None:
    """Keep each completion as an award, and issue those that wait for nothing."""
    await record_awards(work, [_record_award(received) for received in events])
    await issue_credentials(work, utc_now(), ISSUED_AT_ONCE)


HANDLERS: Mapping[type[Event], Handler[PostgresUnitOfWork]] = {
    **dict.fromkeys(TENANT_EVENTS, when_tenant_told),
    TenantBrandedV1: when_tenant_branded,
    TenantDeletedV1: when_tenant_deleted,
    PersonDescribedV1: when_person_described,
    ParticipationCompletedV1: when_participation_completed,
    OperatorAccessGrantedV1: keep_accesses,
    OperatorAccessEndedV1: keep_accesses,
}

_WITH_TOMBSTONES: Mapping[type[Event], Handler[PostgresUnitOfWork]] = {
    **HANDLERS,
    PersonErased: when_person_erased,
}

#: What this service keeps of others, and can rebuild by a replay.
COPIES: Collection[type[Event]] = (
    TenantBrandedV1,
    TenantDeletedV1,
    PersonDescribedV1,
    PersonErased,
    OperatorAccessGrantedV1,
    OperatorAccessEndedV1,
)


def create_consumer(
    foundation: Foundation[PostgresUnitOfWork],
) -> BatchConsumer[PostgresUnitOfWork]:
    """The consumer of this service."""
    return BatchConsumer(
        foundation.engine,
        foundation.units,
        _WITH_TOMBSTONES,
        copies=COPIES,
        tombstones=[PersonErased],
    )


def _create_issuer(received: Received[TenantTold]) -> CreateIssuer:
    return CreateIssuer(
        received.tenant_id,
        received.event.name,
        received.envelope.sequence,
        received.cause,
        received.event.status,
    )


def _learn_brand(received: Received[TenantBrandedV1]) -> LearnBrand:
    event = received.event
    colours = Colours(event.primary_colour, event.text_colour)
    brand = Brand(event.display_name, colours, _logo(event))
    return LearnBrand(received.tenant_id, brand, received.envelope.sequence)


def _logo(event: TenantBrandedV1) -> Logo | None:
    if event.logo is None or event.logo_type not in LOGO_TYPES:
        return None
    return Logo(event.logo_type, b64decode(event.logo, validate=True))


def _forget_brand(received: Received[TenantDeletedV1]) -> LearnBrand:
    return LearnBrand(received.tenant_id, None, received.envelope.sequence)


def _learn_person(received: Received[PersonDescribedV1]) -> LearnPerson:
    event = received.event
    recipient = Recipient(f"{event.given_name} {event.family_name}".strip(), event.email)
    return LearnPerson(received.tenant_id, event.person_id, recipient, received.envelope.sequence)


def _forget_person(received: Received[PersonErased]) -> LearnPerson:
    person_id = UUID(received.envelope.aggregate)
    return LearnPerson(received.tenant_id, person_id, None, received.envelope.sequence)


def _record_award(received: Received[ParticipationCompletedV1]) -> RecordAward:
    event, achievement, cause = received.event, received.event.achievement, received.cause
    return RecordAward(
        tenant_id=received.tenant_id,
        booking_id=event.booking_id,
        person_id=event.person_id,
        offer_id=event.offer_id,
        provider=Provider(event.provider_id, event.provider_name),
        name=achievement.name,
        description=achievement.description,
        criteria=achievement.criteria,
        competences=achievement.competences,
        duration_minutes=achievement.duration_minutes,
        completed_at=event.completed_at,
        origin=Origin(cause.correlation_id, cause.causation_id, cause.traceparent),
    )

"""From events to use cases: the only place that knows other services' contracts."""

from collections.abc import Collection, Mapping, Sequence

from services.catalogue.contracts.events import ParticipationCompletedV1
from services.certificate.contracts.events import CredentialIssuedV1
from services.member.adapters.unit_of_work import PostgresUnitOfWork
from services.member.application.keep_records import KeepRecord, keep_records
from services.member.domain.record import Certificate, Completion
from shared.envelope import Event, Received
from shared.inbox.consumer import BatchConsumer, Handler
from shared.processes.foundation import Foundation


async def when_participation_completed(
    work: PostgresUnitOfWork, events: Sequence[Received[ParticipationCompletedV1]]
) -> None:
    """Keep what each person completed."""
    await keep_records(work, [_keep_completion(received) for received in events])


async def when_credential_issued(
    work: PostgresUnitOfWork, events: Sequence[Received[CredentialIssuedV1]]
) -> None:
    """Keep where each certificate is."""
    await keep_records(work, [_keep_certificate(received) for received in events])


HANDLERS: Mapping[type[Event], Handler[PostgresUnitOfWork]] = {
    ParticipationCompletedV1: when_participation_completed,
    CredentialIssuedV1: when_credential_issued,
}

#: What this service keeps of others, and can rebuild by a replay.
COPIES: Collection[type[Event]] = tuple(HANDLERS)


def create_consumer(
    foundation: Foundation[PostgresUnitOfWork],
) -> BatchConsumer[PostgresUnitOfWork]:
    """The consumer of this service."""
    return BatchConsumer(foundation.engine, foundation.units, HANDLERS, copies=COPIES)


def _keep_completion(received: Received[ParticipationCompletedV1]) -> KeepRecord:
    event = received.event
    news = Completion(event.completed_at, event.achievement.name)
    return KeepRecord(received.tenant_id, event.booking_id, event.person_id, news)


def _keep_certificate(received: Received[CredentialIssuedV1]) -> KeepRecord:
    event = received.event
    news = Certificate(event.issued_at, event.url)
    return KeepRecord(received.tenant_id, event.booking_id, event.person_id, news)

"""From events to use cases: the only place that knows other services' contracts."""

from collections.abc import Collection, Mapping, Sequence

from services.catalogue.contracts.events import CompetenceModelPublishedV1, ParticipationCompletedV1
from services.certificate.contracts.events import CredentialIssuedV1, IssuerCreatedV1
from services.member.adapters.unit_of_work import PostgresUnitOfWork
from services.member.application.confirm_issuers import confirm_issuers
from services.member.application.keep_records import KeepRecord, keep_records
from services.member.application.learn_competences import LearnCompetences, learn_competences
from services.member.domain.competence import CompetenceModel
from services.member.domain.record import Certificate, Completion
from shared.clock import utc_now
from shared.envelope import Event, Received
from shared.inbox.consumer import BatchConsumer, Handler
from shared.processes.foundation import Foundation

#: The visibility of what every tenant may name.
COOPERATIVE = "cooperative"


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


async def when_issuer_created(
    work: PostgresUnitOfWork, events: Sequence[Received[IssuerCreatedV1]]
) -> None:
    """The tenants can sign certificates."""
    await confirm_issuers(work, {received.tenant_id for received in events}, utc_now())


async def when_competence_model_published(
    work: PostgresUnitOfWork, events: Sequence[Received[CompetenceModelPublishedV1]]
) -> None:
    """Keep which competences targets and assessments may name."""
    await learn_competences(work, [_learn_competences(received) for received in events])


HANDLERS: Mapping[type[Event], Handler[PostgresUnitOfWork]] = {
    ParticipationCompletedV1: when_participation_completed,
    CredentialIssuedV1: when_credential_issued,
    IssuerCreatedV1: when_issuer_created,
    CompetenceModelPublishedV1: when_competence_model_published,
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
    news = Completion(event.completed_at, event.achievement.name, event.offer_id)
    return KeepRecord(received.tenant_id, event.booking_id, event.person_id, news)


def _keep_certificate(received: Received[CredentialIssuedV1]) -> KeepRecord:
    event = received.event
    news = Certificate(event.issued_at, event.url)
    return KeepRecord(received.tenant_id, event.booking_id, event.person_id, news)


def _learn_competences(received: Received[CompetenceModelPublishedV1]) -> LearnCompetences:
    event = received.event
    model = CompetenceModel(
        received.tenant_id, event.model_id, event.visibility == COOPERATIVE, event.competences
    )
    return LearnCompetences(model, received.envelope.sequence)

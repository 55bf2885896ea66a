"""From events to use cases: the only place that knows other services' contracts."""

from collections.abc import Collection, Mapping, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncEngine

from services.catalogue.contracts.events import (
    BookingCancelledV1,
    BookingRequestedV1,
    ParticipationCompletedV1,
)
from services.certificate.contracts.events import CredentialIssuedV1, CredentialRevokedV1
from services.member.contracts.events import (
    TENANT_EVENTS,
    OperatorAccessEndedV1,
    OperatorAccessGrantedV1,
    PersonErasedV1,
    PersonLeftV1,
    PersonLinkedV1,
    PersonRegisteredV1,
    TenantTold,
)
from services.voucher.adapters.scopes import funders
from services.voucher.adapters.unit_of_work import PostgresUnitOfWork
from services.voucher.application.giving_ports import LinkedAccount
from services.voucher.application.keep_evidence import KeepEvidence, keep_evidence
from services.voucher.application.learn_people import LearnPerson, learn_people
from services.voucher.application.learn_tenants import LearnTenant, learn_tenants
from services.voucher.application.reserve_vouchers import ReserveVoucher, reserve_vouchers
from services.voucher.application.settle_vouchers import (
    SettleVoucher,
    redeem_vouchers,
    release_vouchers,
)
from services.voucher.domain.eligibility import Beneficiary, Item
from services.voucher.domain.evidence import Finding
from services.voucher.domain.person import Person
from shared.auth.operator_access import keep_accesses
from shared.clock import utc_now
from shared.envelope import Event, Received
from shared.inbox.consumer import BatchConsumer, Handler, tenants_of
from shared.processes.foundation import Foundation


async def when_tenant_told(
    work: PostgresUnitOfWork, events: Sequence[Received[TenantTold]]
) -> None:
    """Keep what eligibility needs to know, and whether the tenant may act."""
    await learn_tenants(work, [_learn_tenant(received) for received in events])


async def when_person_registered(
    work: PostgresUnitOfWork, events: Sequence[Received[PersonRegisteredV1]]
) -> None:
    """Keep the roles, which programmes may ask for."""
    await learn_people(work, [_learn_person(received) for received in events])


async def when_person_gone(
    work: PostgresUnitOfWork, events: Sequence[Received[PersonLeftV1]]
) -> None:
    """Keep that the person is not there any more."""
    await learn_people(work, [_learn_gone(received) for received in events])


async def when_booking_requested(
    work: PostgresUnitOfWork, events: Sequence[Received[BookingRequestedV1]]
) -> None:
    """Reserve or refuse a voucher for each booking."""
    await reserve_vouchers(work, [_reserve_voucher(received) for received in events], utc_now())


async def when_booking_cancelled(
    work: PostgresUnitOfWork, events: Sequence[Received[BookingCancelledV1]]
) -> None:
    """Give back what was held."""
    await release_vouchers(work, [_settle_voucher(received) for received in events], utc_now())


async def when_participation_completed(
    work: PostgresUnitOfWork, events: Sequence[Received[ParticipationCompletedV1]]
) -> None:
    """Use up what was held."""
    await redeem_vouchers(work, [_settle_voucher(received) for received in events], utc_now())


async def when_credential_told(
    work: PostgresUnitOfWork, events: Sequence[Received[CredentialIssuedV1 | CredentialRevokedV1]]
) -> None:
    """Keep what came of a use that a programme paid for."""
    await keep_evidence(work, [_keep_evidence(received) for received in events])


async def when_person_linked(
    work: PostgresUnitOfWork, events: Sequence[Received[PersonLinkedV1]]
) -> None:
    """Keep whose account is whose."""
    await work.accounts.learn([_learn_account(received) for received in events])


async def when_person_erased(
    work: PostgresUnitOfWork, events: Sequence[Received[PersonErasedV1]]
) -> None:
    """Keep nothing of the person but the opaque id."""
    await work.accounts.learn([_forget_account(received) for received in events])
    await work.requests.forget_words([received.event.person_id for received in events])
    await learn_people(work, [_learn_gone(received) for received in events])


HANDLERS: Mapping[type[Event], Handler[PostgresUnitOfWork]] = {
    **dict.fromkeys(TENANT_EVENTS, when_tenant_told),
    PersonLinkedV1: when_person_linked,
    PersonErasedV1: when_person_erased,
    PersonRegisteredV1: when_person_registered,
    PersonLeftV1: when_person_gone,
    BookingRequestedV1: when_booking_requested,
    BookingCancelledV1: when_booking_cancelled,
    ParticipationCompletedV1: when_participation_completed,
    CredentialIssuedV1: when_credential_told,
    CredentialRevokedV1: when_credential_told,
    OperatorAccessGrantedV1: keep_accesses,
    OperatorAccessEndedV1: keep_accesses,
}

#: What this service keeps of others, and can rebuild by a replay.
COPIES: Collection[type[Event]] = (
    *TENANT_EVENTS,
    PersonLinkedV1,
    PersonRegisteredV1,
    PersonLeftV1,
    PersonErasedV1,
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
    """A claim changes a voucher of its tenant and a pool of its funder."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine

    async def of(self, events: Sequence[Received[Any]]) -> Collection[UUID]:
        """The tenants of the events, and the funders."""
        return {*await tenants_of(events), *await funders(self._engine)}


def _learn_tenant(received: Received[TenantTold]) -> LearnTenant:
    event = received.event
    tenant = Beneficiary(
        received.tenant_id,
        event.name,
        event.kind,
        event.state,
        frozenset(event.regions),
        event.status,
    )
    return LearnTenant(tenant, received.envelope.sequence)


def _learn_account(received: Received[PersonLinkedV1]) -> LinkedAccount:
    event, sequence = received.event, received.envelope.sequence
    return LinkedAccount(received.tenant_id, event.person_id, event.account, sequence)


def _forget_account(received: Received[PersonErasedV1]) -> LinkedAccount:
    return LinkedAccount(
        received.tenant_id, received.event.person_id, None, received.envelope.sequence
    )


def _learn_person(received: Received[PersonRegisteredV1]) -> LearnPerson:
    person = Person(received.tenant_id, received.event.person_id, frozenset(received.event.roles))
    return LearnPerson(person, received.envelope.sequence)


def _learn_gone(received: Received[PersonLeftV1 | PersonErasedV1]) -> LearnPerson:
    person = Person(received.tenant_id, received.event.person_id, is_there=False)
    return LearnPerson(person, received.envelope.sequence)


def _reserve_voucher(received: Received[BookingRequestedV1]) -> ReserveVoucher:
    event = received.event
    return ReserveVoucher(
        tenant_id=received.tenant_id,
        booking_id=event.booking_id,
        person_id=event.person_id,
        item=Item(
            event.offer_id,
            event.offer_kind,
            frozenset(event.competence_fields),
            event.price_cents,
        ),
        programme_id=event.programme_id,
        cause=received.cause,
        provider_id=event.provider_id,
    )


def _settle_voucher(
    received: Received[BookingCancelledV1] | Received[ParticipationCompletedV1],
) -> SettleVoucher:
    event = received.event
    completed_at = event.completed_at if isinstance(event, ParticipationCompletedV1) else None
    return SettleVoucher(
        received.tenant_id, event.booking_id, event.person_id, received.cause, completed_at
    )


def _keep_evidence(received: Received[CredentialIssuedV1 | CredentialRevokedV1]) -> KeepEvidence:
    event = received.event
    finding, at = (
        (Finding.ISSUED, event.issued_at)
        if isinstance(event, CredentialIssuedV1)
        else (Finding.REVOKED, event.revoked_at)
    )
    return KeepEvidence(event.booking_id, event.credential_id, finding, at, received.envelope.id)

"""What the worker does by the clock."""

import logging
from datetime import datetime, timedelta
from uuid import UUID

from services.member.adapters.invariants import INVARIANTS, violated_invariants
from services.member.adapters.scopes import (
    agreements_to_settle,
    people_due,
    tenants_to_delete,
    tenants_to_end,
    tenants_to_review,
    tenants_with_people,
)
from services.member.adapters.unit_of_work import PostgresUnitOfWork
from services.member.application.agree import settle_agreement
from services.member.application.change_tenant import review_tenant
from services.member.application.finish_due_people import finish_due_people
from services.member.application.forget_assessments import forget_overdue_assessments
from services.member.application.leave import delete_tenant, end_membership
from services.member.application.outside import ConnectProvider
from services.member.domain.errors import OfficialKeyTakenError
from services.member.domain.statutes import STATUTES, day_of
from services.member.entrypoints.access_schedule import access_jobs
from services.member.entrypoints.onboarding_worker import OnboardingWorker
from shared.clock import utc_now
from shared.database.engine import transaction
from shared.envelope import Cause
from shared.operations import invariants
from shared.processes.foundation import Foundation
from shared.processes.jobs import Job

log = logging.getLogger(__name__)

AT_ONCE = 200
FINISHED_AT_ONCE = 1_000


def create_schedule(
    foundation: Foundation[PostgresUnitOfWork],
    onboarding: OnboardingWorker,
    connect_provider: ConnectProvider,
) -> list[Job]:
    """The jobs of this service; each may run in several workers at once."""

    async def finish() -> None:
        now = utc_now()
        due = await people_due(foundation.engine, now.date(), FINISHED_AT_ONCE)
        for tenant_id, person_ids in due.items():
            async with foundation.units([tenant_id]) as work:
                await finish_due_people(work, tenant_id, person_ids, now)

    async def check() -> None:
        async with transaction(foundation.engine, operator=True) as connection:
            violated = await violated_invariants(connection)
            await invariants.keep(connection, INVARIANTS, violated)

    return [
        *access_jobs(foundation, connect_provider),
        # It runs until it meets an outage, and then anew.
        Job("onboard_tenants", timedelta(seconds=0.5), onboarding.run),
        *_memberships(foundation),
        Job("finish_due_people", timedelta(minutes=1), finish),
        _settle_agreements(foundation),
        _forget_assessments(foundation),
        Job("check_invariants", timedelta(minutes=1), check),
    ]


def _memberships(foundation: Foundation[PostgresUnitOfWork]) -> list[Job]:
    """What happens to members on a day; each job takes what is due, however late it comes."""

    async def end() -> None:
        now = utc_now()
        for tenant_id in await tenants_to_end(foundation.engine, day_of(now), AT_ONCE):
            async with foundation.units([tenant_id]) as work:
                await end_membership(work, tenant_id, now, STATUTES)

    async def delete() -> None:
        now = utc_now()
        for tenant_id in await tenants_to_delete(foundation.engine, day_of(now), AT_ONCE):
            await delete_tenant(foundation.units, tenant_id, now)

    async def review() -> None:
        now = utc_now()
        for tenant_id in await tenants_to_review(foundation.engine, day_of(now), AT_ONCE):
            await _review(foundation, tenant_id, now)

    return [
        Job("end_memberships", timedelta(seconds=10), end),
        Job("delete_tenants", timedelta(minutes=10), delete),
        Job("review_tenants", timedelta(seconds=2), review),
    ]


async def _review(
    foundation: Foundation[PostgresUnitOfWork], tenant_id: UUID, now: datetime
) -> None:
    try:
        async with foundation.units([tenant_id]) as work:
            await review_tenant(work, tenant_id, now, Cause(str(tenant_id)))
    except OfficialKeyTakenError:
        # Whoever has the key until today is looked at in the same round; this one comes next time.
        log.info("a tenant's new key is still another's; it is looked at again")


def _settle_agreements(foundation: Foundation[PostgresUnitOfWork]) -> Job:
    async def settle() -> None:
        now = utc_now()
        due = await agreements_to_settle(foundation.engine, now, AT_ONCE)
        for tenant_id, agreement_id in due:
            cause = Cause(str(agreement_id))
            await settle_agreement(foundation.units, tenant_id, agreement_id, cause, now)

    return Job("settle_agreements", timedelta(seconds=1), settle)


def _forget_assessments(foundation: Foundation[PostgresUnitOfWork]) -> Job:
    async def forget() -> None:
        for tenant_id in await tenants_with_people(foundation.engine):
            async with foundation.units([tenant_id]) as work:
                number = await forget_overdue_assessments(work, tenant_id, utc_now())
            if number:
                log.info("assessments deleted after their period: %d", number)

    return Job("forget_assessments", timedelta(hours=6), forget)

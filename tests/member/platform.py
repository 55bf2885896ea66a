"""The member service's worker and a tenant's systems on the real Keycloak and Kafka."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from functools import partial
from uuid import UUID, uuid4

from aiokafka import AIOKafkaConsumer
from kafka.admin import KafkaAdminClient

from deploy.local.stack import Stack
from services.member.adapters.unit_of_work import PostgresUnitOfWork
from services.member.bootstrap import connect_outside
from services.member.domain.onboarding import LEASE, Direction, Process
from services.member.domain.statutes import STATUTES, day_of
from services.member.domain.tenant import Party, Status, Tenant
from services.member.entrypoints.onboarding_worker import OnboardingWorker
from services.member.settings import MemberSettings
from shared.clock import utc_now
from shared.database.unit_of_work import UnitsOfWork
from shared.messaging.connection import connection_options
from shared.processes.foundation import Foundation, lay_foundation
from tests.member.builders import NOW, tenant
from tests.support.waiting import until

Postgres = UnitsOfWork[PostgresUnitOfWork]


def member_settings(stack: Stack, **changes: object) -> MemberSettings:
    environment = {
        name.lower(): value for name, value in stack.service_environment("member").items()
    }
    return MemberSettings.model_validate({**environment, **changes})


@asynccontextmanager
async def worker_of(
    settings: MemberSettings,
) -> AsyncIterator[tuple[OnboardingWorker, Foundation[PostgresUnitOfWork]]]:
    """A worker whose steps a test has taken when it wants."""
    foundation = lay_foundation("member", settings, PostgresUnitOfWork)
    async with foundation.running():
        connect = partial(connect_outside, settings, foundation.authenticator)
        yield OnboardingWorker(foundation, connect, LEASE), foundation


async def approve(units: Postgres, **changes: object) -> Tenant:
    """A tenant that an operator has just approved."""
    made = tenant(**changes)
    made.approve(NOW)
    async with units([made.tenant_id]) as work:
        await work.tenants.add(made)
        process = Process.opening(made.tenant_id, NOW, has_account=bool(made.applicant))
        await work.processes.begin(process)
    return made


async def process_of(units: Postgres, tenant_id: UUID, direction: Direction) -> Process:
    async with units([tenant_id]) as work:
        found = await work.processes.get(tenant_id, direction)
    assert found
    return found


async def status_of(units: Postgres, tenant_id: UUID) -> Status:
    async with units([tenant_id]) as work:
        found = await work.tenants.get(tenant_id)
    assert found
    return found.status


async def leave(units: Postgres, tenant_id: UUID) -> None:
    """The cooperative excludes the tenant, and its last day is over."""
    now = utc_now()
    async with units([tenant_id]) as work:
        found = await work.tenants.lock(tenant_id)
        assert found
        found.give_notice(Party.COOPERATIVE, "fees", now, STATUTES, day_of(now))
        assert found.leave(now + timedelta(days=1), STATUTES)
        await work.tenants.save(found)


async def active(units: Postgres, tenant_id: UUID) -> None:
    await until(
        lambda: status_of(units, tenant_id), lambda status: status is Status.ACTIVE, seconds=90
    )


async def closed(units: Postgres, tenant_id: UUID) -> None:
    async def is_complete() -> bool:
        async with units([tenant_id]) as work:
            process = await work.processes.get(tenant_id, Direction.CLOSING)
        return process is not None and process.is_complete

    await until(is_complete, bool)


@asynccontextmanager
async def broker_admin(stack: Stack) -> AsyncIterator[KafkaAdminClient]:
    """The broker as its administrator sees it."""
    settings = member_settings(stack)
    admin = await asyncio.to_thread(
        KafkaAdminClient,
        bootstrap_servers=settings.kafka_bootstrap_servers,
        security_protocol=settings.kafka_security_protocol,
        sasl_mechanism="SCRAM-SHA-512",
        sasl_plain_username="admin",
        sasl_plain_password=stack.admin_password("kafka"),
    )
    try:
        yield admin
    finally:
        await asyncio.to_thread(admin.close)


@asynccontextmanager
async def consuming(
    stack: Stack, user: str, password: str, topic: str, group: str = ""
) -> AsyncIterator[AIOKafkaConsumer]:
    """A tenant's own system, which reads with what it was handed out."""
    settings = member_settings(stack, kafka_username=user, kafka_password=password)
    consumer = AIOKafkaConsumer(
        topic,
        **connection_options(settings),
        group_id=group or f"{user}-{uuid4().hex[:6]}",
        auto_offset_reset="earliest",
        enable_auto_commit=False,
        request_timeout_ms=5_000,
    )
    try:
        await consumer.start()
        yield consumer
    finally:
        await consumer.stop()

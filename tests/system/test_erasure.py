"""A person is erased: the tombstone goes through the real broker, and whoever printed the name forgets it."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Any
from uuid import UUID, uuid4

import pytest
from aiokafka import AIOKafkaConsumer
from pydantic import SecretStr
from sqlalchemy import text

from deploy.local.stack import Stack
from services.certificate import bootstrap
from services.certificate.entrypoints.consumer import create_consumer
from services.certificate.settings import CertificateSettings
from services.member.adapters.unit_of_work import PostgresUnitOfWork
from services.member.application.erase_people import erase_people
from services.member.application.register_people import register_people
from services.member.contracts.topics import MEMBER_PEOPLE
from services.member.domain.person import ErasureReason
from shared.clock import utc_now
from shared.database.engine import transaction
from shared.database.unit_of_work import units_of_work
from shared.envelope import Cause
from shared.inbox import letters
from shared.inbox.records import Failure
from shared.messaging.connection import connection_options
from shared.outbox.relay import Relay
from tests.conftest import EngineFor
from tests.member.builders import active_tenant, description, registration
from tests.support.kafka import settings_of

WAIT_SECONDS = 60.0


async def records_of(stack: Stack, key: bytes, count: int) -> Sequence[Any]:
    """The records of a key on the topic of people, as they are."""
    administrator = settings_of(stack, "member").model_copy(
        update={
            "kafka_username": "admin",
            "kafka_password": SecretStr(stack.admin_password("kafka")),
        }
    )
    consumer = AIOKafkaConsumer(
        MEMBER_PEOPLE.name,
        **connection_options(administrator),
        auto_offset_reset="earliest",
        enable_auto_commit=False,
    )
    found: list[Any] = []
    async with consumer, asyncio.timeout(WAIT_SECONDS):
        while len(found) < count:
            fetched = await consumer.getmany(timeout_ms=200)
            found += [each for group in fetched.values() for each in group if each.key == key]
    return found


@asynccontextmanager
async def relaying(stack: Stack) -> AsyncIterator[None]:
    running = asyncio.create_task(Relay(settings_of(stack, "member")).run())
    try:
        yield
    finally:
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)


@pytest.mark.parametrize("is_sent_before", [True, False])
async def test_a_tombstone_reaches_the_service_that_prints_names(
    platform: Stack, engine_for: EngineFor, is_sent_before: bool
) -> None:
    tenant = active_tenant()
    tenant_id, person_id, name = tenant.tenant_id, uuid4(), f"Einmalig{uuid4().hex}"
    key = f"{tenant_id}:{person_id}".encode()
    units = units_of_work(engine_for("member"), PostgresUnitOfWork, source="/member")
    command = registration(person_id=person_id, description=description(family_name=name))
    async with units([tenant_id]) as work:
        await work.tenants.add(tenant)
        await register_people(work, tenant_id, [command], Cause("test"))
    before = 1 if is_sent_before else 0
    if is_sent_before:
        async with relaying(platform):
            await records_of(platform, key, 1)
    async with units([tenant_id]) as work:
        now = utc_now()
        await erase_people(work, tenant_id, [person_id], ErasureReason.ASKED, now)
    async with relaying(platform):
        records = await records_of(platform, key, before + 1)
    described = [each for each in records if each.value is not None]
    assert records[-1].value is None
    assert not is_sent_before or name.encode() in described[0].value
    await handle(platform, engine_for, tenant_id, records, described)


async def handle(
    stack: Stack,
    engine_for: EngineFor,
    tenant_id: UUID,
    records: Sequence[Any],
    described: Sequence[Any],
) -> None:
    """The certificate service keeps the name, in a dead letter too, until the tombstone comes."""
    engine = engine_for("certificate")
    environment = stack.service_environment("certificate").items()
    foundation = bootstrap._foundation(
        CertificateSettings.model_validate({name.lower(): value for name, value in environment})
    )
    names = text("SELECT name FROM person")
    dead = text("SELECT count(*) FROM dead_letter WHERE key = :key")
    async with foundation.running():
        consumer = create_consumer(foundation)
        await consumer.process(described)
        async with transaction(engine, [tenant_id]) as connection:
            await letters.bury(connection, [Failure(each, "a test", 1) for each in described])
            known = (await connection.execute(names)).scalars().all()
            assert len(known) == len(described)
        await consumer.process([records[-1]])
        async with transaction(engine, [tenant_id]) as connection:
            assert (await connection.execute(names)).scalars().all() == [None]
            kept = await connection.execute(dead, {"key": records[-1].key})
            assert kept.scalar_one() == 0

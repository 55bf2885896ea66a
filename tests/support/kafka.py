"""Speaking to the real broker in tests: publishing as a service, and reading everything."""

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from uuid import UUID

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer
from pydantic import SecretStr

from deploy.local.stack import Stack
from shared.envelope import Cause, Envelope, Event, Outgoing
from shared.messaging.connection import connection_options
from shared.settings import Settings

WAIT_SECONDS = 60.0
POLL_SECONDS = 0.05


def settings_of(stack: Stack, service: str) -> Settings:
    """The settings of a service's processes in this stack."""
    environment = {
        name.lower(): value for name, value in stack.service_environment(service).items()
    }
    return Settings.model_validate(environment)


@dataclass
class Publisher:
    """Publishes events as the service that owns the topic would."""

    producer: AIOKafkaProducer
    sent: list[Envelope] = field(default_factory=list)

    async def publish(
        self, event: Event, tenant_id: UUID, aggregate: UUID, *, sequence: int = 1, again: int = 0
    ) -> Envelope:
        """Send an event, and the same record `again` more times. Returns its envelope."""
        outgoing = Outgoing(event, tenant_id, str(aggregate), sequence, Cause(str(aggregate)))
        envelope = Envelope.seal(outgoing, source="/test", time=datetime.now(UTC))
        for _ in range(1 + again):
            await self.send(event.TOPIC, envelope)
        return envelope

    async def send(self, topic: str, envelope: Envelope) -> None:
        """Send an envelope as it is."""
        headers = [(name, value.encode()) for name, value in envelope.headers().items()]
        await self.producer.send(topic, envelope.data, key=envelope.key.encode(), headers=headers)

    async def send_raw(
        self,
        topic: str,
        key: bytes | None,
        value: bytes | None,
        headers: Sequence[tuple[str, bytes]] = (),
    ) -> None:
        """Send what no service would."""
        await self.producer.send_and_wait(topic, value, key=key, headers=list(headers))

    async def flush(self) -> None:
        """Wait until the broker has everything."""
        await self.producer.flush()


@asynccontextmanager
async def publishing(stack: Stack, service: str) -> AsyncIterator[Publisher]:
    """A publisher with the rights of a service."""
    producer = AIOKafkaProducer(
        **connection_options(settings_of(stack, service)), acks="all", linger_ms=5
    )
    async with producer:
        yield Publisher(producer)


async def read_all(
    stack: Stack, topic: str, enough: Callable[[list[Envelope]], bool]
) -> list[Envelope]:
    """Every event of a topic from its beginning, read until there is enough; fails after a minute."""
    settings = settings_of(stack, "voucher").model_copy(
        update={
            "kafka_username": "admin",
            "kafka_password": SecretStr(stack.admin_password("kafka")),
        }
    )
    consumer = AIOKafkaConsumer(
        topic,
        **connection_options(settings),
        auto_offset_reset="earliest",
        enable_auto_commit=False,
    )
    envelopes: list[Envelope] = []
    async with consumer, asyncio.timeout(WAIT_SECONDS):
        while not enough(envelopes):
            batches = await consumer.getmany(timeout_ms=200)
            for records in batches.values():
                envelopes += [
                    Envelope.parse(each.headers, each.key, each.value) for each in records
                ]
    return envelopes

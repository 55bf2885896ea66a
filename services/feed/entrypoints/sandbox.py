"""The sandbox: an ordinary tenant whose log gets a steady trickle of made-up events.

They come in where Kafka's records do, so they take the way of every event, and each takes effect once
however many workers tell it.
"""

import json
from uuid import UUID

from services.feed.adapters.unit_of_work import PostgresUnitOfWork
from services.feed.domain.sandbox import STEP, MadeUp, told_until
from shared.clock import utc_now
from shared.envelope import Cause, Envelope
from shared.inbox.consumer import BatchConsumer
from shared.inbox.records import KeptRecord
from shared.processes.foundation import Foundation
from shared.processes.jobs import Job

#: A topic that does not exist, so that nobody takes what is made up for what was sent.
TOPIC = "sandbox"


def trickle(
    foundation: Foundation[PostgresUnitOfWork],
    consumer: BatchConsumer[PostgresUnitOfWork],
    tenant_id: UUID,
) -> Job:
    """The job that tells on. It waits for the tenant to join."""

    async def tell() -> None:
        async with foundation.units([tenant_id]) as work:
            is_known = await work.tenants.lock(tenant_id) is not None
        if is_known:
            told = told_until(tenant_id, utc_now())
            await consumer.process([_record(tenant_id, each) for each in told])

    return Job("trickle_sandbox", STEP / 3, tell)


def _record(tenant_id: UUID, event: MadeUp) -> KeptRecord:
    envelope = Envelope(
        id=event.event_id,
        type=event.type,
        source=event.source,
        tenant_id=tenant_id,
        aggregate=str(event.aggregate),
        sequence=event.sequence,
        time=event.at,
        cause=Cause(str(event.story)),
        data=json.dumps(event.data).encode(),
    )
    headers = [(name, value.encode()) for name, value in envelope.headers().items()]
    return KeptRecord(TOPIC, 0, 0, envelope.key.encode(), envelope.data, headers)

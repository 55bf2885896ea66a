"""The worker's part in sending to tenants' topics."""

from datetime import timedelta

from services.feed.adapters.log_reader import LogReader
from services.feed.adapters.tenant_topics import TenantTopics
from services.feed.adapters.unit_of_work import PostgresUnitOfWork
from services.feed.application.send_to_kafka import KafkaSender
from services.feed.domain.subscription import Way
from services.feed.entrypoints.delivering import Delivering
from shared.clock import utc_now
from shared.processes.foundation import Foundation
from shared.processes.jobs import Job

AT_ONCE = 64


def kafka_delivery(foundation: Foundation[PostgresUnitOfWork]) -> Job:
    """It runs until it meets an outage of the database, and then anew."""
    topics = TenantTopics(foundation.settings)
    reads = foundation.reader.reads(LogReader)
    sender = KafkaSender(foundation.units, reads, topics, utc_now)
    delivering = Delivering(foundation, Way.KAFKA, sender.send, at_once=AT_ONCE)

    async def deliver() -> None:
        async with topics.running(delivering.may_send):
            await delivering.run()

    return Job("deliver_to_kafka", timedelta(seconds=1), deliver)

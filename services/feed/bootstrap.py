"""Puts the feed service together."""

import asyncio
from functools import partial

from fastapi import FastAPI

from services.feed.adapters.cursor_codec import CursorCodec
from services.feed.adapters.delivery_queries import DeliveryQueries
from services.feed.adapters.epochs import EpochGuard
from services.feed.adapters.oversight_queries import OversightQueries
from services.feed.adapters.publication import Publication
from services.feed.adapters.queries import PostgresQueries
from services.feed.adapters.secret_vault import SecretVault
from services.feed.adapters.snapshot_reader import SnapshotReader
from services.feed.adapters.tails import Tails
from services.feed.adapters.unit_of_work import PostgresUnitOfWork
from services.feed.adapters.webhook_sender import WebhookSender
from services.feed.contracts.expectations import EXPECTATIONS
from services.feed.contracts.topics import PERSONAL, READS
from services.feed.domain.errors import FeedError
from services.feed.entrypoints import (
    api,
    contracts,
    deliveries,
    endpoints,
    epochs,
    kafka,
    named_people,
    oversight,
    pull,
    snapshot,
    stream,
    subscriptions,
)
from services.feed.entrypoints.beginning import Beginning
from services.feed.entrypoints.consumer import create_consumer
from services.feed.entrypoints.contract_pages import ContractPages
from services.feed.entrypoints.sandbox import trickle
from services.feed.entrypoints.schedule import create_schedule
from services.feed.entrypoints.stream import Streams
from services.feed.entrypoints.webhook_schedule import webhook_jobs
from services.feed.settings import FeedSettings
from shared.crash import crash
from shared.outbound.client import Outbound
from shared.outbound.guard import Guard
from shared.outbound.names import resolving
from shared.processes.api import create_api as create_api_process
from shared.processes.foundation import Foundation, lay_foundation
from shared.processes.worker import create_worker as create_worker_process


def create_api(settings: FeedSettings) -> FastAPI:
    """The api process."""
    foundation = _foundation(settings)
    publication = Publication(settings.public_url)
    return create_api_process(
        foundation,
        description="What leaves the platform: subscriptions, and the log that they read.",
        reads=READS,
        personal=PERSONAL,
        expects=EXPECTATIONS,
        routers=[
            api.router,
            subscriptions.router,
            named_people.router,
            pull.router,
            stream.router,
            epochs.router,
            snapshot.router,
            kafka.router,
            contracts.router,
            endpoints.router,
            deliveries.router,
            oversight.router,
        ],
        domain_error=FeedError,
        statuses=api.STATUSES,
        state={
            "engine": foundation.engine,
            "reads": foundation.reader.reads(PostgresQueries),
            "webhook_reads": foundation.reader.reads(DeliveryQueries),
            "oversight_reads": foundation.reader.reads(OversightQueries),
            "vault": _vault(settings),
            "guard": _guard(settings),
            "publication": publication,
            "contract_pages": ContractPages(publication),
            "snapshot_reads": foundation.reader.reads(SnapshotReader),
            "snapshots": asyncio.Semaphore(snapshot.AT_ONCE),
            "kafka_bootstrap_servers": settings.kafka_bootstrap_servers,
            "streams": Streams(Tails(foundation.engine, settings.database_url)),
            "cursors": CursorCodec(settings.feed_cursor_key.get_secret_value()),
        },
    )


def create_worker(settings: FeedSettings) -> FastAPI:
    """The worker process."""
    guard = EpochGuard(partial(crash, "the database was restored, or promoted"))
    foundation = _foundation(settings, guard)
    consumer = create_consumer(foundation)
    sandbox = settings.feed_sandbox_tenant
    made_up = [trickle(foundation, consumer, sandbox)] if sandbox else []
    return create_worker_process(
        foundation,
        consumer=consumer,
        topics=READS,
        schedule=[
            *create_schedule(foundation, guard),
            *webhook_jobs(foundation, _sender(settings)),
            *made_up,
        ],
        prepare=Beginning(foundation, consumer, guard).run,
    )


def _foundation(
    settings: FeedSettings, guard: EpochGuard | None = None
) -> Foundation[PostgresUnitOfWork]:
    """A guard that was told of no epoch lets everything pass."""
    unit = partial(PostgresUnitOfWork, guard=guard or EpochGuard(lambda: None))
    return lay_foundation("feed", settings, unit)


def _vault(settings: FeedSettings) -> SecretVault:
    return SecretVault(settings.feed_master_key.get_secret_value())


def _guard(settings: FeedSettings) -> Guard:
    return Guard(
        resolving(settings.dns_nameserver), allow_loopback=settings.allow_loopback_endpoints
    )


def _sender(settings: FeedSettings) -> WebhookSender:
    return WebhookSender(Outbound(_guard(settings)), _vault(settings))

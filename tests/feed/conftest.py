"""The feed on a real PostgreSQL, as its processes see it."""

from collections.abc import AsyncIterator, Callable

import pytest
from fastapi import FastAPI
from pydantic import SecretStr
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from services.feed.adapters.unit_of_work import PostgresUnitOfWork
from services.feed.bootstrap import _foundation, create_api
from services.feed.entrypoints.consumer import create_consumer
from services.feed.settings import FeedSettings
from shared.inbox.consumer import BatchConsumer
from shared.processes.foundation import Foundation
from tests.feed.webhooks import TenantHook, Worker, webhook

KEY = "A" * 43 + "="


@pytest.fixture(scope="session")
def engine(engine_for: Callable[[str], AsyncEngine]) -> AsyncEngine:
    return engine_for("feed")


@pytest.fixture
def settings(engine: AsyncEngine) -> FeedSettings:
    return FeedSettings(
        database_url=engine.url.render_as_string(hide_password=False),
        redis_url="redis://127.0.0.1:1/0",
        feed_master_key=SecretStr(KEY),
        feed_cursor_key=SecretStr(KEY),
        database_pool_size=8,
        allow_loopback_endpoints=True,
    )


@pytest.fixture
async def foundation(settings: FeedSettings) -> AsyncIterator[Foundation[PostgresUnitOfWork]]:
    made = _foundation(settings)
    async with made.running():
        yield made


@pytest.fixture
def consumer(foundation: Foundation[PostgresUnitOfWork]) -> BatchConsumer[PostgresUnitOfWork]:
    return create_consumer(foundation)


@pytest.fixture
async def app(settings: FeedSettings) -> AsyncIterator[FastAPI]:
    app = create_api(settings)
    async with app.router.lifespan_context(app):
        yield app


@pytest.fixture
async def worker(foundation: Foundation[PostgresUnitOfWork], settings: FeedSettings) -> Worker:
    """Who does all that is to be done for webhooks; what other tests left is gone."""
    async with foundation.units(operator=True) as work:
        for table in ("reading", "errand"):
            await work.connection.execute(text(f"DELETE FROM {table}"))
    return Worker(foundation, settings)


@pytest.fixture
async def bare(
    app: FastAPI, consumer: BatchConsumer[PostgresUnitOfWork], worker: Worker
) -> AsyncIterator[TenantHook]:
    """A tenant, and an endpoint that listens; no subscription yet."""
    async with webhook(app, consumer, worker) as made:
        yield made


@pytest.fixture
async def hooked(bare: TenantHook) -> TenantHook:
    """A tenant with a webhook that is proved."""
    await bare.set_up()
    return bare

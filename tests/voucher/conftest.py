"""The voucher service's api process on a real PostgreSQL."""

from collections.abc import AsyncIterator

import httpx
import pytest_asyncio
from pydantic import SecretStr

from services.voucher.adapters.unit_of_work import PostgresUnitOfWork
from services.voucher.bootstrap import create_api
from services.voucher.settings import VoucherSettings
from shared.cache import TenantCache
from shared.database.unit_of_work import units_of_work
from tests.conftest import EngineFor
from tests.voucher.office import CountingRedis, Office


@pytest_asyncio.fixture(loop_scope="session")
async def office(engine_for: EngineFor) -> AsyncIterator[Office]:
    """A ministry and two cities that act over HTTP. Redis is in memory."""
    engine = engine_for("voucher")
    settings = VoucherSettings(
        database_url=engine.url.render_as_string(hide_password=False),
        redis_url="redis://127.0.0.1:1/0",
        voucher_code_key=SecretStr("A" * 43 + "="),
        database_pool_size=4,
    )
    app = create_api(settings)
    async with app.router.lifespan_context(app):
        app.state.cache = TenantCache(CountingRedis(), "voucher")  # type: ignore[arg-type]  # a part of it
        transport = httpx.ASGITransport(app, raise_app_exceptions=False)
        async with httpx.AsyncClient(transport=transport, base_url="http://voucher") as client:
            opened = units_of_work(engine, PostgresUnitOfWork, source="/test")
            made = Office(app, client, opened)
            await made.join()
            yield made

"""The parts that every process of a service shares, made from its settings."""

import gc
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Generic

import httpx
from redis.asyncio import Redis
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine
from tenacity import AsyncRetrying, retry_if_exception, stop_after_delay, wait_fixed

from shared.auth.tokens import Authenticator
from shared.cache import TenantCache
from shared.database.engine import create_engine
from shared.database.isolation import verify_isolation
from shared.database.outage import is_outage
from shared.database.reading import Reader
from shared.database.unit_of_work import U, UnitsOfWork, units_of_work
from shared.settings import Settings
from shared.telemetry.setup import end_telemetry

IO_SECONDS = 5.0
START_SECONDS, START_POLL_SECONDS = 60.0, 0.5
#: A batch makes a hundred thousand objects that it needs to its end: to search them rarely spares a tenth.
GARBAGE_THRESHOLD = 20_000


@dataclass(frozen=True, slots=True)
class Foundation(Generic[U]):
    """One process's settings, connections and way to open units of work."""

    service: str
    settings: Settings
    engine: AsyncEngine
    reader: Reader
    units: UnitsOfWork[U]
    cache: TenantCache
    authenticator: Authenticator
    _redis: Redis
    _http: httpx.AsyncClient

    async def check_database(self) -> None:
        """Raises when the database does not answer."""
        async with self.engine.connect() as connection:
            await connection.execute(text("SELECT 1"))

    async def _prove_isolation(self) -> None:
        """An outage at start is waited out: a process that ends for it costs more than one that waits."""
        starting = AsyncRetrying(
            retry=retry_if_exception(is_outage),
            wait=wait_fixed(START_POLL_SECONDS),
            stop=stop_after_delay(START_SECONDS),
            reraise=True,
        )
        async for attempt in starting:
            with attempt:
                async with self.engine.connect() as connection:
                    await verify_isolation(connection)

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Prove isolation on entry, close every connection on exit."""
        try:
            await self._prove_isolation()
            async with self.reader.running():
                gc.set_threshold(GARBAGE_THRESHOLD)
                gc.freeze()  # what is there now stays: to search it for garbage stops a process for 0.1 s
                yield
        finally:
            await self._http.aclose()
            await self._redis.aclose()
            await self.engine.dispose()
            await end_telemetry()


def lay_foundation(
    service: str, settings: Settings, unit: Callable[[AsyncConnection], U]
) -> Foundation[U]:
    """Make the parts; nothing connects before it is used."""
    engine = create_engine(settings)
    http = httpx.AsyncClient(timeout=IO_SECONDS)
    redis = Redis.from_url(settings.redis_url, socket_timeout=IO_SECONDS)
    return Foundation(
        service=service,
        settings=settings,
        engine=engine,
        reader=Reader(settings),
        units=units_of_work(engine, unit, source=f"/{service}"),
        cache=TenantCache(redis, service),
        authenticator=Authenticator(settings.oidc_issuer, settings.oidc_audience, http),
        _redis=redis,
        _http=http,
    )

"""Reads for tenants on asyncpg itself: by way of SQLAlchemy a read costs five times as much (ADR 0012)."""

from collections.abc import AsyncIterator, Callable, Collection
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import TypeVar
from uuid import UUID

import asyncpg
import orjson

from shared.database.engine import SESSION
from shared.settings import Settings

_BEGIN = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY; SELECT set_config('app.tenants', '{tenants}', true), set_config('app.operator', '{operator}', true)"

Q = TypeVar("Q")

#: `reads(tenants)` or `reads(tenants, operator=True)`, as a context manager; gives a service's queries.
Reads = Callable[..., AbstractAsyncContextManager[Q]]


class Reader:
    """The connections that a process reads with."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Be ready to read while the block lasts; nothing connects before it is used."""
        async with asyncpg.create_pool(
            self._settings.database_url.replace("postgresql+asyncpg://", "postgresql://"),
            min_size=0,
            max_size=self._settings.database_pool_size,
            server_settings=SESSION,
            init=_read_json,
            reset=_leave_no_transaction,
        ) as self._pool:
            yield

    def reads(self, queries: Callable[[asyncpg.Connection], Q]) -> Reads[Q]:
        """How a process reads: each block sees one state of the tenants that it declares, or nothing."""

        @asynccontextmanager
        async def open_queries(
            tenants: Collection[UUID] = (), *, operator: bool = False
        ) -> AsyncIterator[Q]:
            acting = ",".join(tenant.hex for tenant in tenants)
            begin = _BEGIN.format(tenants=acting, operator="on" if operator else "")
            async with self._pool.acquire() as connection:
                try:
                    await connection.execute(begin)
                    yield queries(connection)
                finally:  # also of what failed: the pool would end it too, and log an error of its own
                    await connection.execute("COMMIT")

        return open_queries


async def _read_json(connection: asyncpg.Connection) -> None:
    await connection.set_type_codec(
        "jsonb", encoder=_dump, decoder=orjson.loads, schema="pg_catalog"
    )


def _dump(value: object) -> str:
    return orjson.dumps(value).decode()


async def _leave_no_transaction(connection: asyncpg.Connection) -> None:
    """Before anybody else has the connection, what the last one declared is over, however it ended."""
    if connection.is_in_transaction():
        await connection.execute("ROLLBACK")

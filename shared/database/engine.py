"""One engine a process, and transactions that declare whom they act for."""

from collections.abc import AsyncIterator, Collection
from contextlib import asynccontextmanager
from uuid import UUID

import orjson
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine

from shared.settings import Settings

#: No session can hold a transaction open for ever.
SESSION = {
    "statement_timeout": "30s",
    "idle_in_transaction_session_timeout": "60s",
    "jit": "off",
}

_DECLARE = text(
    "SELECT set_config('app.tenants', :tenants, true), set_config('app.operator', :operator, true)"
)


def _dump(value: object) -> str:
    return orjson.dumps(value).decode()


def create_engine(settings: Settings) -> AsyncEngine:
    """An engine for transactions that write."""
    return create_async_engine(
        settings.database_url,
        pool_size=settings.database_pool_size,
        max_overflow=0,
        hide_parameters=True,  # an error's text goes into a log, and a parameter may be a name
        json_serializer=_dump,
        json_deserializer=orjson.loads,
        connect_args={"server_settings": SESSION},
    )


@asynccontextmanager
async def transaction(
    engine: AsyncEngine,
    tenants: Collection[UUID] = (),
    *,
    operator: bool = False,
    snapshot: bool = False,
) -> AsyncIterator[AsyncConnection]:
    """A transaction that acts for `tenants`, declared once; with none declared no tenant row is seen.

    `operator` opens what a table's own policy grants to the cooperative's staff, nothing else.
    With `snapshot` all statements see the database as it was at the first.
    Commits when the block ends, rolls back when it raises.
    """
    seeing = engine.execution_options(isolation_level="REPEATABLE READ") if snapshot else engine
    async with seeing.begin() as connection:
        await connection.execute(
            _DECLARE,
            {"tenants": ",".join(map(str, tenants)), "operator": "on" if operator else ""},
        )
        yield connection

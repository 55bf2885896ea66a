"""Telling an outage of the database from an error, on made-up errors and on sessions that really end."""

import asyncio
import logging
from collections.abc import AsyncIterator

import asyncpg
import pytest
import pytest_asyncio
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError
from sqlalchemy.ext.asyncio import AsyncEngine

from deploy.local.stack import Stack
from shared.database.engine import create_engine
from shared.database.outage import is_outage
from shared.settings import Settings
from tests.conftest import EngineFor


@pytest_asyncio.fixture(loop_scope="session")
async def single(stack: Stack, engine_for: EngineFor) -> AsyncIterator[AsyncEngine]:
    """An engine with one connection, whose loss is what is looked for."""
    engine_for("voucher")
    url = stack.service_environment("voucher")["DATABASE_URL"]
    pooled = create_engine(Settings(database_url=url, database_pool_size=1))
    logging.getLogger("sqlalchemy.pool").setLevel(logging.CRITICAL)
    yield pooled
    await pooled.dispose()


def _state(sqlstate: str) -> Exception:
    error = asyncpg.PostgresError()
    error.sqlstate = sqlstate
    return error  # type: ignore[no-any-return]


def _wrapped(sqlstate: str, *, broken: bool = False) -> Exception:
    return DBAPIError("SELECT 1", {}, _state(sqlstate), connection_invalidated=broken)


@pytest.mark.parametrize(
    "error",
    [
        ConnectionRefusedError(),
        TimeoutError(),
        PoolTimeoutError(),
        asyncpg.InterfaceError("connection is closed"),
        asyncpg.InternalClientError(
            "cannot switch to state 12; another operation (2) is in progress"
        ),
        _state("08006"),
        _state("40001"),
        _wrapped("40P01"),
        _wrapped("53300"),
        _wrapped("55P03"),
        _wrapped("57P01"),
        _wrapped("", broken=True),
    ],
    ids=repr,
)
def test_what_passes_is_an_outage(error: Exception) -> None:
    assert is_outage(error)


@pytest.mark.parametrize(
    "error",
    [
        ValueError(),
        KeyError("code"),
        RuntimeError("08006"),
        asyncpg.DataError("invalid input for query argument"),
        _state("23505"),
        _wrapped("23505"),
        _wrapped("22P02"),
        _wrapped("42501"),
        _wrapped("57014"),
        _wrapped(""),
    ],
    ids=repr,
)
def test_what_stays_is_no_outage(error: Exception) -> None:
    assert not is_outage(error)


async def test_a_cancelled_task_is_no_outage() -> None:
    assert not is_outage(asyncio.CancelledError())


async def test_a_lost_connection_is_an_outage(single: AsyncEngine, engine_for: EngineFor) -> None:
    with pytest.raises(Exception) as lost:  # noqa: PT011  # whatever the driver makes of it
        async with single.begin() as connection:
            pid = (await connection.execute(text("SELECT pg_backend_pid()"))).scalar_one()
            async with engine_for("voucher").begin() as other:
                await other.execute(text("SELECT pg_terminate_backend(:pid)"), {"pid": pid})
            await connection.execute(text("SELECT 1"))
    assert is_outage(lost.value)


async def test_a_session_is_lost_between_the_servers_farewell_and_the_closed_socket(
    single: AsyncEngine,
) -> None:
    farewell = b"SFATAL\0VFATAL\0C57P01\0Mterminating connection due to administrator command\0\0"
    with pytest.raises(Exception) as lost:  # noqa: PT011  # whatever the driver makes of it
        async with single.begin() as connection:
            session = (await connection.get_raw_connection()).driver_connection
            assert isinstance(session, asyncpg.Connection)
            session._protocol.data_received(b"E" + (len(farewell) + 4).to_bytes(4) + farewell)
            await connection.execute(text("SELECT 1"))
    assert is_outage(lost.value)

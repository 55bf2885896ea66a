"""One pool of connections for all tenants, under load: what one transaction declared, no other ever has."""

import asyncio
import random
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Collection, Sequence
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from typing import Any
from uuid import UUID, uuid4

import asyncpg
import pytest
import pytest_asyncio
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from deploy.local.stack import Stack
from services.member.adapters.unit_of_work import PostgresUnitOfWork
from shared.database.engine import create_engine, transaction
from shared.database.reading import Reader
from shared.database.unit_of_work import units_of_work
from shared.settings import Settings
from tests.conftest import EngineFor
from tests.isolation.figures import tried
from tests.member.builders import active_tenant

TRANSACTIONS, CONNECTIONS, TENANTS, AT_ONCE = 2_000, 5, 20, 50
_OWN = "SELECT tenant_id FROM tenant"
_SLOW = "SELECT pg_sleep(0.002)"
_BROKEN = "SELECT 1 / 0"

#: Asks the database, and gives the first column of what it answers.
Ask = Callable[[str], Awaitable[Collection[Any]]]


class GivenUpError(Exception):
    """The caller fails in the middle."""


@dataclass(frozen=True)
class Way:
    """A way to the database: `acting` declares tenants, `bare` is a connection that declares nothing."""

    name: str
    acting: Callable[[Collection[UUID]], AbstractAsyncContextManager[Ask]]
    bare: Callable[[], AbstractAsyncContextManager[Ask]]
    breaks_with: str


@pytest.fixture(scope="module")
def settings(stack: Stack, engine_for: EngineFor) -> Settings:
    """Few connections."""
    engine_for("member")
    url = stack.service_environment("member")["DATABASE_URL"]
    return Settings(database_url=url, database_pool_size=CONNECTIONS)


@asynccontextmanager
async def _transactions(settings: Settings) -> AsyncIterator[Way]:
    engine = create_engine(settings)

    def asked(connection: AsyncConnection) -> Ask:
        async def ask(query: str) -> Collection[Any]:
            return (await connection.execute(text(query))).scalars().all()

        return ask

    @asynccontextmanager
    async def acting(tenants: Collection[UUID]) -> AsyncIterator[Ask]:
        async with transaction(engine, tenants) as connection:
            yield asked(connection)

    @asynccontextmanager
    async def bare() -> AsyncIterator[Ask]:
        async with engine.connect() as connection:
            yield asked(connection)

    yield Way("transactions", acting, bare, "DBAPIError")
    await engine.dispose()


@asynccontextmanager
async def _reads(settings: Settings) -> AsyncIterator[Way]:
    reader = Reader(settings)

    def asked(connection: asyncpg.Connection) -> Ask:
        async def ask(query: str) -> Collection[Any]:
            return [row[0] for row in await connection.fetch(query)]

        return ask

    @asynccontextmanager
    async def bare() -> AsyncIterator[Ask]:
        async with reader._pool.acquire() as connection:
            yield asked(connection)

    async with reader.running():
        yield Way("reads", reader.reads(asked), bare, "DivisionByZeroError")


@pytest_asyncio.fixture(loop_scope="session", params=[_transactions, _reads])
async def way(request: pytest.FixtureRequest, settings: Settings) -> AsyncIterator[Way]:
    """As use cases go, and as queries go."""
    async with request.param(settings) as opened:
        yield opened


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def tenants(engine_for: EngineFor) -> Sequence[UUID]:
    opened = units_of_work(engine_for("member"), PostgresUnitOfWork, source="/member")
    made = [active_tenant(tenant_id=uuid4()) for _ in range(TENANTS)]
    for each in made:
        async with opened([each.tenant_id]) as work:
            await work.tenants.add(each)
    return [each.tenant_id for each in made]


async def _transact(way: Way, tenant_id: UUID | None, ending: str) -> None:
    """See only one's own; then end well, fail in the database, fail outside of it, or take too long."""
    expected = {tenant_id} if tenant_id else set()
    async with way.acting(expected) as ask:
        for _ in range(2):
            assert set(await ask(_OWN)) == expected
            await ask(_SLOW)
        if ending == "broken":
            await ask(_BROKEN)
        if ending == "given up":
            raise GivenUpError


async def test_nobody_ever_has_what_another_transaction_declared(
    way: Way, tenants: Sequence[UUID]
) -> None:
    chance = random.Random(20261121)
    endings: Counter[str] = Counter()
    places = asyncio.Semaphore(AT_ONCE)

    async def run(number: int) -> None:
        tenant_id = None if number % 10 == 0 else tenants[number % TENANTS]
        ending = chance.choices(("well", "broken", "given up", "cancelled"), (7, 1, 1, 1))[0]
        async with places:
            task = asyncio.create_task(_transact(way, tenant_id, ending))
            if ending == "cancelled":
                await asyncio.sleep(chance.random() * 0.02)
                task.cancel()
            await asyncio.wait([task])
        if task.cancelled():
            endings["cancelled"] += 1
            return
        error = task.exception()
        assert not isinstance(error, AssertionError), error
        endings["well" if error is None else type(error).__name__] += 1

    await asyncio.gather(*(run(number) for number in range(TRANSACTIONS)))
    assert sum(endings.values()) == TRANSACTIONS
    assert set(endings) == {"well", "cancelled", way.breaks_with, "GivenUpError"}, endings
    async with AsyncExitStack() as every_connection:
        for _ in range(CONNECTIONS):
            ask = await every_connection.enter_async_context(way.bare())
            assert list(await ask(_OWN)) == []
    tried(f"{way.name} of {TENANTS} tenants over {CONNECTIONS} connections", TRANSACTIONS)


async def test_a_read_that_fails_is_ended_without_a_complaint(
    settings: Settings, caplog: pytest.LogCaptureFixture
) -> None:
    async with _reads(settings) as way:
        for ending in ("broken", "given up"):
            with pytest.raises((asyncpg.DivisionByZeroError, GivenUpError)):
                await _transact(way, None, ending)
    assert caplog.messages == []

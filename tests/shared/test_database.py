"""Transactions that act for tenants, bulk writes, isolation's self-test, and what an outage is."""

from collections.abc import AsyncIterator
from typing import Any
from uuid import UUID, uuid4

import pytest
import pytest_asyncio
from sqlalchemy import BigInteger, Column, MetaData, Table, Text, Uuid, select, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine

from deploy.local.stack import Stack
from shared.database import bulk
from shared.database.engine import create_engine, transaction
from shared.database.isolation import IsolationError, isolate, verify_isolation
from shared.settings import Settings
from tests.conftest import EngineFor

toy = Table(
    "toy",
    MetaData(),
    Column("tenant_id", Uuid, primary_key=True),
    Column("toy_id", Text, primary_key=True),
    Column("name", Text),
    Column("parts", JSONB),
    Column("version", BigInteger),
)


@pytest.fixture
def engine(engine_for: EngineFor) -> AsyncEngine:
    """As the voucher service, which owns nothing."""
    return engine_for("voucher")


@pytest_asyncio.fixture(loop_scope="session")
async def owned(stack: Stack, engine: AsyncEngine) -> AsyncIterator[AsyncConnection]:
    """A transaction as owner of voucher's database, which is rolled back."""
    owner = create_async_engine(stack.migration_environment("voucher")["DATABASE_URL"])
    async with owner.connect() as connection, connection.begin() as begun:
        yield connection
        await begun.rollback()
    await owner.dispose()


@pytest_asyncio.fixture(loop_scope="session")
async def toys(owned: AsyncConnection) -> AsyncConnection:
    """A transaction with a table of its own, which ends with it."""
    await owned.execute(
        text(
            "CREATE TABLE toy (tenant_id uuid, toy_id text, name text, parts jsonb,"
            " version bigint, PRIMARY KEY (tenant_id, toy_id))"
        )
    )
    return owned


TENANT = uuid4()


def _toy(toy_id: str = "ball", version: int = 1, **changes: Any) -> bulk.Row:
    usual = {"tenant_id": TENANT, "toy_id": toy_id, "name": "Ball", "parts": {"skin": 1}}
    return {**usual, "version": version, **changes}


async def _kept(connection: AsyncConnection) -> list[tuple[Any, ...]]:
    columns = (toy.c.toy_id, toy.c.name, toy.c.parts, toy.c.version)
    rows = await connection.execute(select(*columns).order_by(toy.c.toy_id))
    return [tuple(row) for row in rows]


async def test_rows_come_back_as_they_were_inserted(toys: AsyncConnection) -> None:
    parts = {"ümlaut": [1, None, {"deep": True}], "text": 'quote " and \\ and {,}'}
    rows = [_toy("a", name="with, comma {and} 'quote'", parts=parts), _toy("b", name="NULL")]
    await bulk.insert(toys, toy, rows)
    assert await _kept(toys) == [
        ("a", "with, comma {and} 'quote'", parts, 1),
        ("b", "NULL", {"skin": 1}, 1),
    ]


async def test_nothing_stays_nothing(toys: AsyncConnection) -> None:
    await bulk.insert(toys, toy, [_toy(name=None, parts=None)])
    assert await _kept(toys) == [("ball", None, None, 1)]
    missing = await toys.execute(text("SELECT count(*) FROM toy WHERE parts IS NULL"))
    assert missing.scalar_one() == 1, "NULL, not JSON's null"


@pytest.mark.parametrize("parts", [{"skin": [1]}, "plain", None])
async def test_what_is_the_same_in_many_rows_is_in_each_of_them(
    toys: AsyncConnection, parts: Any
) -> None:
    ids = [f"{n:03}" for n in range(2 * bulk.MANY)]
    same = [_toy(each, name=None, parts=parts) for each in ids]
    await bulk.insert(toys, toy, same)
    assert await _kept(toys) == [(each, None, parts, 1) for each in ids]
    await bulk.upsert(toys, toy, [{**each, "name": "Doll", "version": 2} for each in same])
    assert await _kept(toys) == [(each, "Doll", parts, 2) for each in ids]


async def test_a_json_text_stays_a_text(toys: AsyncConnection) -> None:
    await bulk.insert(toys, toy, [_toy(parts="plain")])
    assert await _kept(toys) == [("ball", "Ball", "plain", 1)]


async def test_no_rows_are_no_statement(toys: AsyncConnection) -> None:
    await bulk.insert(toys, toy, [])
    await bulk.upsert(toys, toy, iter([]), newer_by="version")
    assert await _kept(toys) == []


async def test_a_duplicate_insert_raises(toys: AsyncConnection) -> None:
    with pytest.raises(DBAPIError, match="duplicate key"):
        await bulk.insert(toys, toy, [_toy(), _toy()])


async def test_an_upsert_replaces_what_is_there(toys: AsyncConnection) -> None:
    await bulk.upsert(toys, toy, [_toy("a"), _toy("b")])
    await bulk.upsert(toys, toy, [_toy("b", name=None, version=0), _toy("c")])
    names = [(row[0], row[1]) for row in await _kept(toys)]
    assert names == [("a", "Ball"), ("b", None), ("c", "Ball")]


@pytest.mark.parametrize(("version", "name"), [(4, "old"), (5, "old"), (6, "new")])
async def test_only_what_is_newer_replaces(toys: AsyncConnection, version: int, name: str) -> None:
    await bulk.upsert(toys, toy, [_toy(version=5, name="old")], newer_by="version")
    await bulk.upsert(toys, toy, [_toy(version=version, name="new")], newer_by="version")
    assert (await _kept(toys))[0][1] == name


@pytest.mark.parametrize(("version", "name"), [(4, "old"), (5, "new"), (6, "new")])
async def test_a_copy_is_mended_by_what_is_as_new(
    toys: AsyncConnection, version: int, name: str
) -> None:
    await bulk.upsert(toys, toy, [_toy(version=5, name="old")], newer_by="version")
    row = _toy(version=version, name="new")
    await bulk.upsert(toys, toy, [row], newer_by="version", or_as_new=True)
    assert (await _kept(toys))[0][1] == name


@pytest.mark.parametrize("order", [(1, 2, 3), (3, 1, 2), (2, 3, 1)])
async def test_of_duplicates_in_one_call_the_newest_stays(
    toys: AsyncConnection, order: tuple[int, ...]
) -> None:
    rows = [_toy(version=version, name=f"v{version}") for version in order]
    await bulk.upsert(toys, toy, [*rows, _toy("other")], newer_by="version")
    assert [row[1] for row in await _kept(toys)] == ["v3", "Ball"]


async def _tenants_seen(connection: AsyncConnection, tenants: list[UUID]) -> set[UUID]:
    seen = await connection.execute(
        text("SELECT tenant_id FROM account WHERE tenant_id = ANY(:ids)"), {"ids": tenants}
    )
    return {row.tenant_id for row in seen}


# Of a table that no other policy opens.
_ACCOUNT = text("INSERT INTO account (tenant_id, person_id, version) VALUES (:id, :id, 1)")


async def _two_tenants(engine: AsyncEngine) -> list[UUID]:
    tenants = [uuid4(), uuid4()]
    async with transaction(engine, tenants) as connection:
        for tenant_id in tenants:
            await connection.execute(_ACCOUNT, {"id": tenant_id})
    return tenants


async def test_a_transaction_sees_the_tenants_it_acts_for(engine: AsyncEngine) -> None:
    one, other = tenants = await _two_tenants(engine)
    for acting, expected in [([one], {one}), ([other], {other}), (tenants, {one, other})]:
        async with transaction(engine, acting) as connection:
            assert await _tenants_seen(connection, tenants) == expected


async def test_a_transaction_for_nobody_sees_nothing(engine: AsyncEngine) -> None:
    tenants = await _two_tenants(engine)
    async with transaction(engine) as connection:
        assert await _tenants_seen(connection, tenants) == set()


async def test_an_operator_sees_no_tenant_that_no_policy_grants(engine: AsyncEngine) -> None:
    tenants = await _two_tenants(engine)
    async with transaction(engine, operator=True) as connection:
        assert await _tenants_seen(connection, tenants) == set()


async def _acts_as_operator(connection: AsyncConnection) -> bool:
    return bool((await connection.execute(text("SELECT acts_as_operator()"))).scalar_one())


async def test_only_who_says_so_acts_as_operator(engine: AsyncEngine) -> None:
    async with transaction(engine, operator=True) as connection:
        assert await _acts_as_operator(connection)
    async with transaction(engine, [uuid4()]) as connection:
        assert not await _acts_as_operator(connection)


@pytest_asyncio.fixture(loop_scope="session")
async def single(stack: Stack, engine: AsyncEngine) -> AsyncIterator[AsyncEngine]:
    """An engine whose only connection is used again and again."""
    url = stack.service_environment("voucher")["DATABASE_URL"]
    pooled = create_engine(Settings(database_url=url, database_pool_size=1))
    yield pooled
    await pooled.dispose()


@pytest.mark.parametrize("ends", ["commit", "rollback"])
async def test_a_connection_used_again_has_forgotten_whom_it_acted_for(
    single: AsyncEngine, ends: str
) -> None:
    tenants = await _two_tenants(single)
    pids = []
    try:
        async with transaction(single, tenants, operator=True) as connection:
            pids.append((await connection.execute(text("SELECT pg_backend_pid()"))).scalar_one())
            if ends == "rollback":
                raise LookupError  # noqa: TRY301  # as a use case does
    except LookupError:
        pass
    async with single.begin() as connection:
        pids.append((await connection.execute(text("SELECT pg_backend_pid()"))).scalar_one())
        assert await _tenants_seen(connection, tenants) == set()
        assert not await _acts_as_operator(connection)
    assert pids[0] == pids[1], "it was the same connection"


async def test_what_raises_leaves_nothing(engine: AsyncEngine) -> None:
    tenant_id = uuid4()
    with pytest.raises(LookupError):
        async with transaction(engine, [tenant_id]) as connection:
            await connection.execute(_ACCOUNT, {"id": tenant_id})
            raise LookupError
    async with transaction(engine, [tenant_id]) as connection:
        assert await _tenants_seen(connection, [tenant_id]) == set()


async def test_a_row_of_another_tenant_cannot_be_written(engine: AsyncEngine) -> None:
    with pytest.raises(DBAPIError, match="row-level security"):
        async with transaction(engine, [uuid4()]) as connection:
            await connection.execute(_ACCOUNT, {"id": uuid4()})


async def test_a_session_cannot_hold_a_transaction_open_for_ever(engine: AsyncEngine) -> None:
    async with engine.connect() as connection:
        for name, expected in [
            ("statement_timeout", "30s"),
            ("idle_in_transaction_session_timeout", "1min"),
        ]:
            assert (await connection.execute(text(f"SHOW {name}"))).scalar_one() == expected


async def test_an_error_does_not_tell_the_values_it_came_of(engine: AsyncEngine) -> None:
    with pytest.raises(DBAPIError, match="division by zero") as caught:
        async with transaction(engine) as connection:
            await connection.execute(text("SELECT 1 / 0, CAST(:name AS text)"), {"name": "Clara"})
    assert "Clara" not in str(caught.value)


async def test_a_service_with_its_own_role_may_run(engine: AsyncEngine) -> None:
    async with engine.connect() as connection:
        await verify_isolation(connection)


async def test_the_owner_of_a_table_may_not_run(owned: AsyncConnection) -> None:
    with pytest.raises(IsolationError, match=r"owns .+: migrate"):
        await verify_isolation(owned)


async def test_a_superuser_may_not_run(stack: Stack, engine: AsyncEngine) -> None:
    url = engine.url.set(username="postgres", password=stack.admin_password("postgres"))
    admin = create_async_engine(url)
    async with admin.connect() as connection:
        with pytest.raises(IsolationError, match="superuser or has BYPASSRLS"):
            await verify_isolation(connection)
    await admin.dispose()


@pytest_asyncio.fixture(loop_scope="session")
async def as_service(stack: Stack, engine: AsyncEngine) -> AsyncIterator[AsyncConnection]:
    """A transaction of the administrator, who may become owner or service in it; rolled back."""
    url = engine.url.set(username="postgres", password=stack.admin_password("postgres"))
    admin = create_async_engine(url)
    async with admin.connect() as connection, connection.begin() as begun:
        yield connection
        await begun.rollback()
    await admin.dispose()


async def _as(connection: AsyncConnection, role: str, *statements: str) -> None:
    await connection.execute(text(f"SET LOCAL ROLE {role}"))
    for statement in statements:
        await connection.execute(text(statement))


@pytest.mark.parametrize(
    "statements",
    [
        ["CREATE TABLE toy (tenant_id uuid)"],
        ["CREATE TABLE toy (tenant_id uuid)", "ALTER TABLE toy ENABLE ROW LEVEL SECURITY"],
        ["ALTER TABLE voucher NO FORCE ROW LEVEL SECURITY"],
        ["ALTER TABLE voucher DISABLE ROW LEVEL SECURITY"],
        ["CREATE TABLE toy (tenant_id uuid) PARTITION BY LIST (tenant_id)"],
    ],
)
async def test_a_table_that_does_not_isolate_is_named(
    as_service: AsyncConnection, statements: list[str]
) -> None:
    await _as(as_service, "voucher_owner", *statements)
    await _as(as_service, "voucher")
    table = statements[0].split()[2]
    with pytest.raises(IsolationError, match=f"{table} has no forced row-level security"):
        await verify_isolation(as_service)


class _Collected(list[str]):
    """Stands for Alembic's `op`."""

    def execute(self, sqltext: str) -> None:
        self.append(sqltext)


async def test_an_isolated_table_passes_and_isolates(as_service: AsyncConnection) -> None:
    statements = _Collected(["CREATE TABLE toy (tenant_id uuid)"])
    isolate(statements, "toy")
    await _as(as_service, "voucher_owner", *statements, f"SET LOCAL app.tenants = '{TENANT}'")
    await _as(as_service, "voucher_owner", f"INSERT INTO toy VALUES ('{TENANT}')")
    await _as(as_service, "voucher")
    await verify_isolation(as_service)
    seen = await as_service.execute(text("SELECT count(*) FROM toy"))
    assert seen.scalar_one() == 1
    await as_service.execute(text(f"SET LOCAL app.tenants = '{uuid4()}'"))
    seen = await as_service.execute(text("SELECT count(*) FROM toy"))
    assert seen.scalar_one() == 0

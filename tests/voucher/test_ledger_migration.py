"""A ledger of the release before is carried over: every line numbered and chained, every figure as it was."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from uuid import UUID, uuid4

import pytest_asyncio
from alembic import command
from alembic.config import Config
from sqlalchemy import text
from sqlalchemy.engine import make_url
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

from deploy.local.stack import Stack
from services.voucher.adapters.invariants import violated_invariants
from services.voucher.adapters.reconciliations import PostgresLedger
from services.voucher.domain.chain import Chain
from shared.database.engine import transaction

FUNDER, TENANT, RUNNING, OVER = (UUID(int=number) for number in (1, 2, 3, 4))
VOUCHERS = {"reserved": uuid4(), "redeemed": uuid4(), "released": uuid4()}
OLD = f"""
INSERT INTO programme VALUES
    ('{FUNDER}', '{RUNNING}', 'A', 'a', '{{}}', 1, '2026-01-01', '2099-01-01', 60),
    ('{FUNDER}', '{OVER}', 'B', 'b', '{{}}', 1, '2026-01-01', '2026-02-01', 60);
INSERT INTO pool VALUES
    ('{FUNDER}', '{RUNNING}', 5, 3, 1, 1, 0, 0, false, 6), ('{FUNDER}', '{OVER}', 2, 0, 0, 0, 2, 0, true, 2);
INSERT INTO transfer (tenant_id, programme_id, debit, credit, units, at, voucher_id, beneficiary_id) VALUES
    ('{FUNDER}', '{RUNNING}', 'granted', 'available', 5, '2026-01-01 00:00:00.123456+01', NULL, NULL),
    ('{FUNDER}', '{OVER}', 'granted', 'available', 2, '2026-01-01', NULL, NULL),
    ('{FUNDER}', '{RUNNING}', 'available', 'reserved', 1, '2026-01-02', '{VOUCHERS["reserved"]}', '{TENANT}'),
    ('{FUNDER}', '{RUNNING}', 'available', 'reserved', 1, '2026-01-02', '{VOUCHERS["redeemed"]}', '{TENANT}'),
    ('{FUNDER}', '{RUNNING}', 'available', 'reserved', 1, '2026-01-02', '{VOUCHERS["released"]}', '{TENANT}'),
    ('{FUNDER}', '{RUNNING}', 'reserved', 'redeemed', 1, '2026-01-03', '{VOUCHERS["redeemed"]}', '{TENANT}'),
    ('{FUNDER}', '{RUNNING}', 'reserved', 'available', 1, '2026-01-03', '{VOUCHERS["released"]}', '{TENANT}'),
    ('{FUNDER}', '{OVER}', 'available', 'expired', 2, '2026-02-01', NULL, NULL)
""" + "".join(
    f""";INSERT INTO voucher VALUES ('{TENANT}', '{voucher_id}', '{uuid4()}', '{uuid4()}', '{RUNNING}',
    '{FUNDER}', '{status}', NULL, NULL, '2026-01-02', '2026-03-01', 2)"""
    for status, voucher_id in VOUCHERS.items()
)


@pytest_asyncio.fixture(loop_scope="session")
async def owner(stack: Stack) -> AsyncIterator[AsyncEngine]:
    """A database of its own, as its owner reaches it."""
    url = make_url(stack.migration_environment("voucher")["DATABASE_URL"])
    server = url.set(username="postgres", password=stack.admin_password("postgres"))
    database = f"carried_{uuid4().hex}"
    admin = create_async_engine(server, isolation_level="AUTOCOMMIT")
    async with admin.connect() as connection:
        await connection.execute(text(f"CREATE DATABASE {database} OWNER {url.username}"))
    engine = create_async_engine(url.set(database=database))
    yield engine
    await engine.dispose()
    async with admin.connect() as connection:
        await connection.execute(text(f"DROP DATABASE {database} WITH (FORCE)"))
    await admin.dispose()


def _upgrade(engine: AsyncEngine, revision: str) -> None:
    config = Config()
    config.set_main_option("script_location", str(Path("services/voucher/migrations")))
    config.attributes["database_url"] = engine.url
    command.upgrade(config, revision)


async def test_what_the_release_before_wrote_is_chained_and_adds_up(owner: AsyncEngine) -> None:
    await asyncio.to_thread(_upgrade, owner, "0004")
    async with transaction(owner, [FUNDER, TENANT]) as connection:
        for statement in OLD.split(";"):
            await connection.execute(text(statement))
    await asyncio.to_thread(_upgrade, owner, "head")
    async with transaction(owner, [FUNDER, TENANT]) as connection:
        assert await violated_invariants(connection) == []
        for programme_id, kinds in (
            (RUNNING, ["grant", "reserve", "reserve", "reserve", "redeem", "release"]),
            (OVER, ["grant", "expire"]),
        ):
            ledger, chain = PostgresLedger(connection, programme_id), Chain()
            lines = await ledger.lines(0, 100)
            assert [line.kind for line in lines] == kinds
            assert chain.follow(lines) is None, "hashed as the domain hashes"
            assert chain == await ledger.chain()
        states = await connection.execute(text("SELECT programme_id, state FROM programme"))
        assert {row.programme_id: row.state for row in states} == {RUNNING: "open", OVER: "closed"}
        used = await connection.execute(
            text("SELECT redeemed_units, redeemed_entry FROM voucher WHERE status = 'redeemed'")
        )
        assert used.all() == [(1, 5)]

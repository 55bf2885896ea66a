"""Five kills of `make chaos` in every test run: one of each kind, each component restarted."""

from collections.abc import AsyncIterator

import pytest_asyncio
from sqlalchemy import text

from deploy.local.stack import Stack
from deploy.names import SERVICES
from shared.database.engine import transaction
from tests.chaos.plan import KINDS, Plan
from tests.chaos.run import play, services
from tests.conftest import EngineFor

SEED = 122  # Kafka, which is away the longest, dies early
VISITS = 40


@pytest_asyncio.fixture(loop_scope="session")
async def whole(platform: Stack, engine_for: EngineFor) -> AsyncIterator[Stack]:
    """The shared platform with all services; what ran before and comes after is not disturbed."""
    for service in SERVICES:
        # What other suites left unsent is about tenants that nobody was told of.
        async with transaction(engine_for(service)) as connection:
            await connection.execute(text("DELETE FROM outbox_pending"))
    try:
        async with services(platform) as stack:
            yield stack
    finally:
        for service in SERVICES:
            await engine_for(service).dispose()  # its connections ended with PostgreSQL


async def test_kills_at_any_moment_lose_nothing_and_do_nothing_twice(whole: Stack) -> None:
    plan = Plan.draw(SEED, visits=VISITS, kills=len(KINDS), visits_per_second=8.0)
    run = await play(whole, plan, print)
    assert run.violations == {}, f"make chaos seed={SEED}"
    assert {death.kill.kind for death in run.deaths} == set(KINDS)
    assert all(death.ready_after is not None for death in run.deaths)

"""The tenants, made once; and the figures at the end of the run."""

import asyncio
from collections.abc import AsyncIterator, Callable

import pytest
import pytest_asyncio

from deploy.local.stack import Stack
from deploy.names import SERVICES
from tests.conftest import EngineFor
from tests.isolation.figures import summary
from tests.isolation.things import furnish
from tests.isolation.world import World, open_world


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def world(
    stack: Stack, migrated: Callable[[str], None], engine_for: EngineFor
) -> AsyncIterator[World]:
    """The tenants; the victim has one of everything."""
    await asyncio.gather(*(asyncio.to_thread(migrated, service) for service in SERVICES))
    environments = {
        service: {**stack.service_environment(service), "REDIS_URL": "redis://127.0.0.1:1"}
        for service in SERVICES
    }
    async with open_world(environments, engine_for) as opened:
        await furnish(opened)
        yield opened


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """How much was tried; each was refused, or a test above has failed."""
    if lines := summary():
        terminalreporter.section("isolation: tried, and refused")
        terminalreporter.write_line("\n".join(lines))

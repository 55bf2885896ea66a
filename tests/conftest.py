"""Fixtures of every suite. Real parts are started only when a collected test asks for them."""

from collections.abc import AsyncIterator, Callable, Iterator

import pytest
import pytest_asyncio
from sqlalchemy.ext.asyncio import AsyncEngine

from deploy.local.stack import INFRASTRUCTURE, Stack
from shared.database.engine import create_engine
from shared.settings import Settings
from tests.support.platform import migrate, test_stack

EngineFor = Callable[[str], AsyncEngine]

#: What a fixture stands for.
PARTS = {
    "platform": INFRASTRUCTURE,
    "brokers": ("postgres", "kafka", "valkey"),
    "logins": ("valkey", "keycloak"),
}


@pytest.fixture(scope="session")
def stack(request: pytest.FixtureRequest) -> Iterator[Stack]:
    """PostgreSQL, and of the other infrastructure what a test of this run asks for by a fixture."""
    asked = {name for item in request.session.items for name in getattr(item, "fixturenames", ())}
    parts = {"postgres"}.union(*(PARTS[name] for name in asked & PARTS.keys()))
    with test_stack([each for each in INFRASTRUCTURE if each in parts]) as started:
        yield started


@pytest.fixture(scope="session")
def platform(stack: Stack) -> Stack:
    """All infrastructure: PostgreSQL, Kafka, Valkey, Keycloak."""
    return stack


@pytest.fixture(scope="session")
def brokers(stack: Stack) -> Stack:
    """PostgreSQL, Kafka and Valkey, without the wait for Keycloak."""
    return stack


@pytest.fixture(scope="session")
def logins(stack: Stack) -> Stack:
    """Valkey and Keycloak, without the wait for Kafka."""
    return stack


@pytest.fixture(scope="session")
def migrated(stack: Stack) -> Callable[[str], None]:
    """Call it with a service's name to have its database migrated, once."""
    done: set[str] = set()

    def migrate_once(service: str) -> None:
        if service not in done:
            migrate(stack, service)
            done.add(service)

    return migrate_once


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def engine_for(stack: Stack, migrated: Callable[[str], None]) -> AsyncIterator[EngineFor]:
    """Engines by service, logged in as the service's own role, which owns nothing."""
    engines: dict[str, AsyncEngine] = {}

    def engine(service: str) -> AsyncEngine:
        if service not in engines:
            migrated(service)
            url = stack.service_environment(service)["DATABASE_URL"]
            engines[service] = create_engine(Settings(database_url=url))
        return engines[service]

    yield engine
    for each in engines.values():
        await each.dispose()

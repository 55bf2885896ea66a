"""What the member suites share."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

from services.member.adapters.unit_of_work import PostgresUnitOfWork
from shared.database.unit_of_work import UnitsOfWork, units_of_work
from tests.member.http import admin, broker, client, linker, other_admin
from tests.member.servers import Site, Zone, name_server, web_server

__all__ = ["admin", "broker", "client", "linker", "other_admin"]

if TYPE_CHECKING:
    from tests.conftest import EngineFor


@pytest.fixture(scope="session")
def zone() -> Iterator[Zone]:
    """What the DNS says."""
    with name_server() as started:
        yield started


@pytest.fixture(scope="session")
def site() -> Iterator[Site]:
    """What a tenant publishes on the web."""
    with web_server() as started:
        yield started


@pytest.fixture(scope="session")
def postgres_units(engine_for: "EngineFor") -> UnitsOfWork[PostgresUnitOfWork]:
    """Units of work on a real PostgreSQL, as the service's own role."""
    return units_of_work(engine_for("member"), PostgresUnitOfWork, source="/member")

"""What the member suites share."""

from typing import TYPE_CHECKING

import pytest

from services.member.adapters.unit_of_work import PostgresUnitOfWork
from shared.database.unit_of_work import UnitsOfWork, units_of_work
from tests.member.http import admin, client

__all__ = ["admin", "client"]

if TYPE_CHECKING:
    from tests.conftest import EngineFor


@pytest.fixture(scope="session")
def postgres_units(engine_for: "EngineFor") -> UnitsOfWork[PostgresUnitOfWork]:
    """Units of work on a real PostgreSQL, as the service's own role."""
    return units_of_work(engine_for("member"), PostgresUnitOfWork, source="/member")

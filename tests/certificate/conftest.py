"""The certificate service on a real PostgreSQL, as its processes see it."""

from collections.abc import AsyncIterator, Callable
from uuid import UUID

import pytest
from fastapi import FastAPI
from pydantic import SecretStr
from sqlalchemy.ext.asyncio import AsyncEngine

from services.certificate.adapters.keys import KeyVault
from services.certificate.adapters.tenant_signer import TenantSigner
from services.certificate.adapters.unit_of_work import PostgresUnitOfWork
from services.certificate.bootstrap import create_api
from services.certificate.settings import CertificateSettings
from shared.auth.dependencies import authenticated
from shared.auth.tokens import Caller
from shared.database.unit_of_work import UnitsOfWork, units_of_work
from tests.certificate.builders import ADDRESSES
from tests.certificate.samples import BASE, MASTER_KEY


@pytest.fixture(scope="session")
def engine(engine_for: Callable[[str], AsyncEngine]) -> AsyncEngine:
    return engine_for("certificate")


@pytest.fixture(scope="session")
def units(engine: AsyncEngine) -> UnitsOfWork[PostgresUnitOfWork]:
    signer = TenantSigner(KeyVault(MASTER_KEY), ADDRESSES)
    return units_of_work(
        engine,
        lambda connection: PostgresUnitOfWork(connection, signer=signer, addresses=ADDRESSES),
        source="/certificate",
    )


@pytest.fixture
def settings(engine: AsyncEngine) -> CertificateSettings:
    return CertificateSettings(
        database_url=engine.url.render_as_string(hide_password=False),
        redis_url="redis://127.0.0.1:1/0",
        public_url=BASE,
        certificate_master_key=SecretStr(MASTER_KEY),
        database_pool_size=4,
    )


@pytest.fixture
async def app(settings: CertificateSettings) -> AsyncIterator[FastAPI]:
    """The api process. Redis is not there: losing it costs time, never an answer."""
    app = create_api(settings)
    async with app.router.lifespan_context(app):
        yield app


def act_as(app: FastAPI, tenant_id: UUID, *roles: str) -> None:
    """Let every request come from a caller of one tenant."""
    caller = Caller("subject", frozenset(roles), (tenant_id,), expires_at=float("inf"))
    app.dependency_overrides[authenticated] = lambda: caller

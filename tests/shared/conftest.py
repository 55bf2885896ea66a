"""Fixtures of more than one suite of `shared`."""

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
from sqlalchemy import text

from deploy.local.stack import Stack
from shared.database.engine import transaction
from tests.conftest import EngineFor
from tests.shared.issuers import FIRST, Issuer
from tests.shared.outboxes import Outbox
from tests.shared.toy_service import Service
from tests.support.kafka import settings_of


@pytest_asyncio.fixture(loop_scope="session")
async def service(engine_for: EngineFor) -> AsyncIterator[Service]:
    """A toy service that leaves nothing parked to the next one."""
    each = Service(engine_for("voucher"))
    yield each
    async with transaction(each.engine) as connection:
        await connection.execute(text("DELETE FROM parked WHERE topic = 'toy-events'"))


@pytest_asyncio.fixture(loop_scope="session")
async def outbox(platform: Stack, engine_for: EngineFor) -> AsyncIterator[Outbox]:
    """Voucher's outbox, with every lane free before and after."""
    each = Outbox(platform, engine_for("voucher"), settings_of(platform, "voucher"))
    await each.free_lanes()
    yield each
    await each.free_lanes()


@pytest.fixture
def issuer() -> Issuer:
    return Issuer(FIRST)

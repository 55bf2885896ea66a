"""Fixtures of more than one suite of `shared`."""

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from deploy.local.stack import Stack
from tests.conftest import EngineFor
from tests.shared.outboxes import Outbox
from tests.shared.toy_service import Service
from tests.support.kafka import settings_of


@pytest.fixture
def service(engine_for: EngineFor) -> Service:
    return Service(engine_for("voucher"))


@pytest_asyncio.fixture(loop_scope="session")
async def outbox(platform: Stack, engine_for: EngineFor) -> AsyncIterator[Outbox]:
    """Voucher's outbox, with every lane free before and after."""
    each = Outbox(platform, engine_for("voucher"), settings_of(platform, "voucher"))
    await each.free_lanes()
    yield each
    await each.free_lanes()

"""Fixtures of more than one suite of `shared`."""

import pytest

from tests.conftest import EngineFor
from tests.shared.toy_service import Service


@pytest.fixture
def service(engine_for: EngineFor) -> Service:
    return Service(engine_for("voucher"))

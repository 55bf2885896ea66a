"""What every test of the subscribers needs."""

import pytest

from deploy.clients.programs import prepare


@pytest.fixture(scope="session", autouse=True)
def _prepared() -> None:
    prepare(print)

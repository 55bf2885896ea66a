"""What every process does first: it proves isolation, and waits for a database that is not there yet."""

import pytest

from deploy.local.stack import Stack
from shared.database.isolation import IsolationError
from shared.database.unit_of_work import SqlUnitOfWork
from shared.processes import foundation
from shared.processes.foundation import Foundation, lay_foundation
from tests.conftest import EngineFor
from tests.support.kafka import settings_of


@pytest.fixture
def laid(stack: Stack, engine_for: EngineFor) -> Foundation[SqlUnitOfWork]:
    engine_for("voucher")
    return lay_foundation("voucher", settings_of(stack, "voucher"), SqlUnitOfWork)


def _failing(monkeypatch: pytest.MonkeyPatch, error: Exception, times: int) -> list[int]:
    """Isolation cannot be proven the first `times` times; returns the list of attempts."""
    attempts: list[int] = []

    async def verify(_connection: object) -> None:
        attempts.append(len(attempts) + 1)
        if len(attempts) <= times:
            raise error

    monkeypatch.setattr(foundation, "verify_isolation", verify)
    monkeypatch.setattr(foundation, "START_POLL_SECONDS", 0.0)
    return attempts


async def test_an_outage_at_the_start_is_waited_out(
    laid: Foundation[SqlUnitOfWork], monkeypatch: pytest.MonkeyPatch
) -> None:
    attempts = _failing(monkeypatch, ConnectionRefusedError(), times=3)
    async with laid.running():
        assert attempts == [1, 2, 3, 4]


async def test_an_outage_that_does_not_end_ends_the_process(
    laid: Foundation[SqlUnitOfWork], monkeypatch: pytest.MonkeyPatch
) -> None:
    attempts = _failing(monkeypatch, ConnectionRefusedError(), times=10**9)
    monkeypatch.setattr(foundation, "START_SECONDS", 0.05)
    with pytest.raises(ConnectionRefusedError):
        async with laid.running():
            pass
    assert len(attempts) > 1


async def test_what_does_not_isolate_is_not_tried_again(
    laid: Foundation[SqlUnitOfWork], monkeypatch: pytest.MonkeyPatch
) -> None:
    attempts = _failing(monkeypatch, IsolationError("superuser"), times=10**9)
    with pytest.raises(IsolationError):
        async with laid.running():
            pass
    assert attempts == [1]

"""A failing record waits with what follows it in its key; every other key goes on."""

import asyncio
from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from shared.database.engine import transaction
from shared.inbox import letters, parking
from shared.inbox.records import Failure
from tests.shared.toy_service import Service, failing
from tests.shared.toys import NotedV1, Record, record, sealed

WAITS = (60.0, 300.0, 1_800.0)


@pytest.fixture(autouse=True)
def _long_waits(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing becomes due by itself while a test runs."""
    monkeypatch.setattr(parking, "RETRY_SECONDS", WAITS)


def _of(service: Service, aggregate: str, note: str) -> Record:
    return record(sealed(NotedV1(note=note), service.tenant_id, aggregate))


async def _come_due(engine: AsyncEngine, *records: Record) -> None:
    """The wait of these records is over."""
    statement = text('UPDATE parked SET due_at = now() WHERE "offset" = ANY(:offsets)')
    async with transaction(engine) as connection:
        await connection.execute(statement, {"offsets": [each.offset for each in records]})


async def _waits(engine: AsyncEngine, each: Record) -> float:
    statement = text(
        'SELECT extract(epoch FROM due_at - now()) FROM parked WHERE "offset" = :offset'
    )
    async with transaction(engine) as connection:
        return float((await connection.execute(statement, {"offset": each.offset})).scalar_one())


def _state(rows: list[Any]) -> list[tuple[int, int]]:
    return [(row.offset, row.attempts) for row in rows]


async def test_what_is_erased_waits_no_more(service: Service) -> None:
    service.failing["bad"] = failing(LookupError())
    gone, kept = _of(service, "a", "bad"), _of(service, "b", "bad")
    await service.process(gone, kept)
    async with transaction(service.engine) as connection:
        await letters.bury(connection, [Failure(gone, "LookupError", 1)])
        await letters.erase(connection, gone.topic, [(gone.key or b"").decode()])
    assert _state(await service.parked(gone, kept)) == [(kept.offset, 1)]
    assert await service.buried(gone) == []


async def test_only_the_aggregate_concerned_is_parked(service: Service) -> None:
    service.failing["bad"] = failing(LookupError())
    bad, follower, other = (
        _of(service, "a", "bad"),
        _of(service, "a", "follower"),
        _of(service, "b", "other"),
    )
    await service.process(bad, follower, other)
    assert await service.effects() == ["other"]
    assert _state(await service.parked(bad, follower, other)) == [
        (bad.offset, 1),
        (follower.offset, 0),
    ]
    assert await service.remembered(bad, follower) == 0


async def test_what_comes_later_waits_behind(service: Service) -> None:
    service.failing["bad"] = failing(LookupError())
    bad, later = _of(service, "a", "bad"), _of(service, "a", "later")
    await service.process(bad)
    await service.process(later, _of(service, "b", "other"))
    assert await service.effects() == ["other"]
    (_, row) = await service.parked(bad, later)
    assert (row.offset, row.error) == (later.offset, parking.BEHIND)


async def test_a_record_that_recovers_lets_its_followers_go_in_order(service: Service) -> None:
    service.failing["bad"] = failing(LookupError(), times=3)
    records = [_of(service, "a", note) for note in ("bad", "second", "third")]
    await service.process(*records)
    await _come_due(service.engine, records[0])
    await service.process()
    assert await service.effects() == [], "it fails once more"
    await _come_due(service.engine, records[0])
    await service.process()
    assert await service.effects() == ["bad", "second", "third"]
    assert await service.parked(*records) == []


async def test_a_follower_is_not_tried_before_its_turn(service: Service) -> None:
    service.failing["bad"] = failing(LookupError())
    bad, follower = _of(service, "a", "bad"), _of(service, "a", "follower")
    await service.process(bad, follower)
    await _come_due(service.engine, follower)
    await service.process()
    assert service.tried.count("follower") == 0


async def test_each_failure_waits_longer_until_it_is_a_dead_letter(service: Service) -> None:
    service.failing["bad"] = failing(LookupError())
    bad, follower = _of(service, "a", "bad"), _of(service, "a", "follower")
    await service.process(bad, follower)
    for wait in WAITS:
        assert wait - 10 < await _waits(service.engine, bad) <= wait
        await _come_due(service.engine, bad)
        await service.process()
    assert _state(await service.buried(bad, follower)) == [(bad.offset, len(WAITS) + 1)]
    assert await service.effects() == ["follower"], "what waited behind it goes on"


async def test_a_parked_record_delivered_again_stays_parked_once(service: Service) -> None:
    service.failing["bad"] = failing(LookupError(), times=2)
    bad = _of(service, "a", "bad")
    await service.process(bad)
    await service.process(bad)
    assert _state(await service.parked(bad)) == [(bad.offset, 1)]
    await _come_due(service.engine, bad)
    await service.process(bad)
    assert await service.effects() == ["bad"]


async def test_two_workers_retry_a_record_once(service: Service) -> None:
    service.failing["bad"] = failing(LookupError(), times=2)
    bad = _of(service, "a", "bad")
    await service.process(bad)
    await _come_due(service.engine, bad)
    await asyncio.gather(service.process(), service.process())
    assert await service.effects() == ["bad"]


async def test_two_workers_that_fail_count_one_attempt(service: Service) -> None:
    service.failing["bad"] = failing(LookupError())
    bad = _of(service, "a", "bad")
    await service.process(bad)
    await _come_due(service.engine, bad)
    await asyncio.gather(service.process(), service.process())
    assert _state(await service.parked(bad)) == [(bad.offset, 2)]


async def test_a_parked_record_that_nobody_can_read_any_more_is_buried(service: Service) -> None:
    unreadable = _of(service, "a", "x")
    unreadable.value = b"{"
    failure = Failure(unreadable, "driven again", attempts=0)
    async with transaction(service.engine) as connection:
        await parking.park(connection, [failure], wait=0.0)
    await service.process()
    assert _state(await service.buried(unreadable)) == [(unreadable.offset, 1)]

"""A service's status: its processes by their heartbeats, and what waits, fails and holds."""

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from types import SimpleNamespace
from typing import Any
from uuid import uuid4

import httpx
import pytest
import pytest_asyncio
from aiokafka.errors import KafkaConnectionError
from sqlalchemy import text
from sqlalchemy.exc import ProgrammingError

from shared.clock import utc_now
from shared.database.engine import transaction
from shared.operations import foundation_invariants, invariants, processes
from shared.operations import status as looking
from shared.operations.processes import Beat, Identity
from shared.processes import heartbeat
from shared.processes.heartbeat import beating
from shared.release import RELEASE
from tests.shared.operators import OPERATIONS, VIEWER, FakeTopics, bury, by, calling
from tests.shared.toy_service import Service
from tests.support.waiting import until

NOTHING: dict[str, Any] = {"events": {}, "requests": {}, "counters": {}}


def _identity(kind: str = "worker", **changes: Any) -> Identity:
    name = f"{kind}@{uuid4()}:8000"
    return replace(Identity(kind, name, uuid4(), utc_now()), **changes)


def _said(**changes: Any) -> Beat:
    figures = {"lag": {}, "windows": {"10": NOTHING, "60": NOTHING}}
    return replace(Beat({"database": "ok"}, figures, []), **changes)


@pytest_asyncio.fixture(loop_scope="session")
async def client(service: Service) -> AsyncIterator[httpx.AsyncClient]:
    async with transaction(service.engine) as connection:
        await connection.execute(text("DELETE FROM process"))
    async with calling(service) as each:
        yield each


async def _status(client: httpx.AsyncClient) -> Any:
    answer = await client.get(f"{OPERATIONS}/status", headers=by(VIEWER))
    return answer.raise_for_status().json()


async def _beat(service: Service, process: Identity, said: Beat | None = None) -> None:
    async with transaction(service.engine) as connection:
        await processes.beat(connection, process, said or _said())


async def _silent(service: Service, process: Identity, since: timedelta) -> None:
    fall_silent = text(
        "UPDATE process SET seen_at = now() - CAST(:since AS interval) WHERE name = :name"
    )
    async with transaction(service.engine) as connection:
        await connection.execute(fall_silent, {"since": since, "name": process.name})


async def _of(client: httpx.AsyncClient, process: Identity) -> Any:
    found = [each for each in (await _status(client))["processes"] if each["name"] == process.name]
    return found[0] if found else None


async def test_a_process_that_beats_runs_in_its_release(
    service: Service, client: httpx.AsyncClient
) -> None:
    process = _identity()
    await _beat(service, process)
    found = await _of(client, process)
    assert (found["state"], found["is_ready"]) == ("running", True)
    assert (found["version"], found["commit"]) == (RELEASE.version, RELEASE.commit)


async def test_who_falls_silent_is_gone_and_who_says_so_is_stopped(
    service: Service, client: httpx.AsyncClient
) -> None:
    gone, stopped = _identity(), _identity("api")
    await _beat(service, gone)
    await _beat(service, stopped)
    await _silent(service, gone, timedelta(seconds=6))
    async with transaction(service.engine) as connection:
        await processes.stop(connection, stopped)
    for process, state in ((gone, "gone"), (stopped, "stopped")):
        found = await _of(client, process)
        assert (found["state"], found["is_ready"]) == (state, False)


async def test_what_ended_long_ago_is_told_of_until_another_of_its_kind_runs(
    service: Service, client: httpx.AsyncClient
) -> None:
    old, last, other = _identity(), _identity(), _identity("api")
    for process, since in ((old, 120), (last, 60), (other, 90)):
        await _beat(service, process)
        await _silent(service, process, timedelta(minutes=since))
    assert await _of(client, old) is None
    assert (await _of(client, last))["state"] == "gone"
    await _beat(service, _identity())
    assert await _of(client, last) is None
    assert (await _of(client, other))["state"] == "gone"


async def test_a_process_that_was_followed_does_not_speak_for_its_successor(
    service: Service, client: httpx.AsyncClient
) -> None:
    before = _identity()
    after = replace(before, instance=uuid4(), started_at=before.started_at + timedelta(seconds=1))
    await _beat(service, before)
    await _beat(service, after)
    await _beat(service, before, _said(checks={"database": "late"}))
    async with transaction(service.engine) as connection:
        await processes.stop(connection, before)
    found = await _of(client, before)
    assert (found["state"], found["checks"]) == ("running", {"database": "ok"})


async def test_a_process_that_fails_a_check_is_not_ready(
    service: Service, client: httpx.AsyncClient
) -> None:
    process = _identity()
    await _beat(service, process, _said(checks={"database": "ok", "broker": "ConnectionError"}))
    found = await _of(client, process)
    assert (found["is_ready"], found["checks"]["broker"]) == (False, "ConnectionError")


async def test_what_processes_did_is_told_of_each_and_together(
    service: Service, client: httpx.AsyncClient
) -> None:
    window = {
        "events": {"toy.noted.v1": {"0.1": 9, "1.0": 10, "inf": 10}},
        "requests": {"200": {"0.1": 5, "inf": 5}, "503": {"0.1": 1, "inf": 1}},
        "counters": {"events_parked": 2},
    }
    figures = {"lag": {"toy-events": 4}, "windows": {"10": window, "60": window}}
    for _ in range(2):
        said = _said(figures=figures, finished=["toy.noted.v1"])
        await _beat(service, process := _identity(), said)
    [own, _] = (await _of(client, process))["windows"]
    assert (own["seconds"], own["events"]["number"]) == (10, 10)
    assert (own["requests"]["number"], own["failed_requests"]) == (6, 1)
    assert own["counters"] == {"events_parked": 2}
    told = await _status(client)
    [event] = [each for each in told["events"] if each["type"] == "toy.noted.v1"]
    assert event["last_60_s"]["number"] == 20
    assert event["last_60_s"]["p99"] > event["last_60_s"]["p50"]
    assert event["finished_at"] <= told["at"]
    assert told["lag"] == {"toy-events": 8}


async def test_a_foundation_beats_while_it_runs(
    service: Service, client: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(heartbeat, "BEAT_SECONDS", 0.05)
    port = uuid4().int % 10_000

    async def fail() -> None:
        raise ConnectionError

    async def mine() -> Any:
        rows = (await _status(client))["processes"]
        return next((each for each in rows if each["name"].endswith(f":{port}")), None)

    async def is_well() -> None:
        return

    foundation: Any = SimpleNamespace(
        engine=service.engine, settings=SimpleNamespace(http_port=port)
    )
    async with beating(foundation, "worker", {"database": is_well, "broker": fail}):
        first = await until(mine, bool)
        assert first["checks"] == {"database": "ok", "broker": "ConnectionError"}
        await until(mine, lambda now: now["seen_at"] > first["seen_at"])
    assert (await mine())["state"] == "stopped"


async def test_dead_letters_are_counted_with_the_tenants_they_hit(
    service: Service, client: httpx.AsyncClient
) -> None:
    before = (await _status(client))["dead_letters"]
    await bury(service, service.noted("one"), service.noted("two"))
    after = (await _status(client))["dead_letters"]
    assert after["letters"] == before["letters"] + 2
    assert after["tenants"] == before["tenants"] + 1
    assert after["newest_at"]


async def test_where_more_was_given_up_than_is_looked_at_it_says_so(
    service: Service, client: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    await bury(service, service.noted("three"), service.noted("four"))
    assert not (await _status(client))["dead_letters"]["more"]
    monkeypatch.setattr(looking, "LOOKED_AT", 2)
    seen = (await _status(client))["dead_letters"]
    assert (seen["letters"], seen["more"]) == (2, True)


async def test_an_invariant_says_since_when_it_does_not_hold(
    service: Service, client: httpx.AsyncClient
) -> None:
    async def check(*broken: str) -> dict[str, Any]:
        async with transaction(service.engine) as connection:
            await invariants.keep(connection, ["one", "two"], broken)
        return {each["name"]: each for each in (await _status(client))["invariants"]}

    assert {name: each["broken_since"] for name, each in (await check()).items()} == {
        **dict.fromkeys(foundation_invariants.INVARIANTS),
        "one": None,
        "two": None,
    }
    first = (await check("two"))["two"]
    again = (await check("two"))["two"]
    assert first["broken_since"] == again["broken_since"] is not None
    assert again["checked_at"] > first["checked_at"]
    assert (await check())["two"]["broken_since"] is None


async def test_an_event_that_is_not_in_the_archive_breaks_an_invariant(service: Service) -> None:
    async with transaction(service.engine) as connection:
        assert await foundation_invariants.violated(connection) == []
        await connection.execute(
            text(
                "INSERT INTO outbox_pending (id, day, lane, topic, hash)"
                " VALUES (-1, current_date, 0, 'toy-events', 0)"
            )
        )
        assert await foundation_invariants.violated(connection) == [
            "what waits to be sent is in the archive"
        ]
        await connection.rollback()


@pytest.mark.parametrize("table", ["process", "repair", "letter_group"])
async def test_the_service_owns_none_of_the_tables(service: Service, table: str) -> None:
    with pytest.raises(ProgrammingError):
        async with transaction(service.engine) as connection:
            await connection.execute(text(f"DROP TABLE {table} CASCADE"))


async def test_what_waits_on_the_topics_is_told_with_whom_it_concerns(
    client: httpx.AsyncClient,
) -> None:
    answer = await client.get(f"{OPERATIONS}/waiting", headers=by(VIEWER))
    assert answer.json() == [
        {
            "topic": "toy-events",
            "records": 2,
            "oldest_at": "2026-11-21T09:30:00Z",
            "tenants": ["trier"],
        }
    ]


@pytest.mark.parametrize("error", [KafkaConnectionError(), TimeoutError()])
async def test_a_broker_that_does_not_answer_is_said(service: Service, error: Exception) -> None:
    async with calling(service, topics=FakeTopics(error)) as client:
        answer = await client.get(f"{OPERATIONS}/waiting")
    assert (answer.status_code, answer.json()["code"]) == (503, "broker_unreachable")

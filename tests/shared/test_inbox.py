"""The inbox: redelivery takes effect once, one bad record stops nobody, an outage buries nothing."""

import asyncio
import logging
import re
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any, ClassVar

import pytest
from sqlalchemy import text
from tenacity import wait_none

from shared.database.unit_of_work import SqlUnitOfWork, units_of_work
from shared.envelope import Cause, Event, Received
from shared.inbox import consumer as inbox
from shared.inbox import letters, parking
from shared.inbox.consumer import BatchConsumer
from shared.telemetry import metrics
from tests.shared.toy_service import Counter, Failure, Service, ToyRuleError, at_first, failing
from tests.shared.toys import NotedV1, Record, record, sealed

RETRIES = 2


class UnheardV1(Event):
    TYPE: ClassVar[str] = "toy.unheard.v1"
    TOPIC: ClassVar[str] = NotedV1.TOPIC


@pytest.fixture(autouse=True)
def _no_waits(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(parking, "RETRY_SECONDS", (0.0,) * RETRIES)
    monkeypatch.setattr(inbox, "wait_exponential_jitter", lambda **_: wait_none())


@pytest.fixture
def counted(monkeypatch: pytest.MonkeyPatch) -> dict[str, Counter]:
    counters = {name: Counter() for name in ("HANDLED", "DUPLICATES", "DEAD_LETTERS")}
    for name, counter in counters.items():
        monkeypatch.setattr(metrics, name, counter)
    return counters


async def test_a_duplicate_in_a_batch_takes_effect_once(
    service: Service, counted: dict[str, Counter]
) -> None:
    one, other = service.noted("one"), service.noted("other")
    await service.process(one, replace(one, offset=one.offset + 10_000), other, one)
    assert await service.effects() == ["one", "other"]
    assert (counted["HANDLED"].total, counted["DUPLICATES"].total) == (2, 2)


async def test_a_duplicate_in_a_later_batch_takes_effect_once(
    service: Service, counted: dict[str, Counter]
) -> None:
    one, other = service.noted("one"), service.noted("other")
    await service.process(one)
    await service.process(one, other)
    await service.process(one, other)
    assert await service.effects() == ["one", "other"]
    assert (counted["HANDLED"].total, counted["DUPLICATES"].total) == (2, 3)


async def test_the_same_batch_in_two_workers_at_once_takes_effect_once(service: Service) -> None:
    records = [service.noted(str(n)) for n in range(20)]
    await asyncio.gather(service.process(*records), service.process(*reversed(records)))
    assert sorted(await service.effects(), key=int) == [str(n) for n in range(20)]


async def test_an_empty_batch_is_nothing(service: Service) -> None:
    await service.process()
    assert service.tried == []


async def test_an_answer_names_the_event_that_caused_it(service: Service) -> None:
    received: list[Cause] = []

    async def note(_work: SqlUnitOfWork, events: Sequence[Received[NotedV1]]) -> None:
        received.extend(event.cause for event in events)

    units = units_of_work(service.engine, SqlUnitOfWork, source="/toy")
    envelope = sealed(NotedV1(note="one"), service.tenant_id)
    await BatchConsumer(service.engine, units, {NotedV1: note}).process([record(envelope)])
    assert received == [Cause("story", str(envelope.id))]


async def test_one_failing_record_of_a_batch_is_buried_and_the_others_take_effect(
    service: Service, counted: dict[str, Counter]
) -> None:
    service.failing["bad"] = failing(LookupError())
    first, bad, last = (service.noted(note) for note in ("first", "bad", "last"))
    await service.process(first, bad, last)
    assert await service.effects() == ["first", "last"]
    assert [row.offset for row in await service.buried(first, bad, last)] == [bad.offset]
    assert (counted["HANDLED"].total, counted["DEAD_LETTERS"].total) == (2, 1)


async def test_a_failing_record_is_tried_in_its_batch_and_then_as_often_as_there_are_waits(
    service: Service,
) -> None:
    service.failing["bad"] = failing(LookupError())
    bad = service.noted("bad")
    await service.process(bad, service.noted("last"))
    alone = service.tried[: service.tried.index("last")].count("bad") - 1
    assert alone == RETRIES + 1
    assert [row.attempts for row in await service.buried(bad)] == [alone]


@pytest.mark.parametrize("failures", range(1, RETRIES + 2))
async def test_a_record_that_recovers_within_its_attempts_takes_effect(
    service: Service, failures: int
) -> None:
    service.failing["shaky"] = failing(LookupError(), times=failures)
    shaky = service.noted("shaky")
    await service.process(service.noted("first"), shaky)
    assert await service.effects() == ["first", "shaky"]
    assert await service.buried(shaky) == []


async def test_what_a_failing_handler_wrote_is_rolled_back(service: Service) -> None:
    service.failing["bad"] = failing(LookupError())
    bad = service.noted("bad")
    await service.process(bad)
    assert await service.effects() == []
    assert await service.remembered(bad) == 0, "after a repair it can be handled again"


async def test_a_duplicate_of_what_a_batch_handled_singly_takes_no_effect(service: Service) -> None:
    service.failing["bad"] = failing(LookupError())
    good, bad = service.noted("good"), service.noted("bad")
    await service.process(good, bad, good)
    await service.process(good, bad)
    assert await service.effects() == ["good"]
    assert await service.remembered(good, bad) == 1


async def test_a_buried_record_is_kept_whole(service: Service) -> None:
    service.failing["bad"] = failing(ToyRuleError("Erika"))
    envelope = sealed(NotedV1(note="bad"), service.tenant_id)
    envelope = replace(envelope, cause=Cause("story", traceparent="00-ab-cd-01"))
    bad = replace(record(envelope), partition=3)
    await service.process(bad)
    (row,) = await service.buried(bad)
    assert (row.topic, row.partition, row.offset) == (bad.topic, 3, bad.offset)
    assert (row.key, row.value) == (bad.key, bad.value)
    assert [(name, value.encode()) for name, value in row.headers] == bad.headers
    assert (row.error, row.attempts) == ("ToyRuleError toy_broken", RETRIES + 1)


async def test_a_record_buried_again_is_kept_once(service: Service) -> None:
    service.failing["bad"] = failing(LookupError())
    bad, unreadable = service.noted("bad"), service.noted("unreadable", value=b"{")
    for _ in range(2):
        await service.process(bad, unreadable)
    assert len(await service.buried(bad, unreadable)) == 2


@pytest.mark.parametrize(
    "error", [ValueError("Erika"), ToyRuleError("Erika"), KeyError("Erika")], ids=repr
)
async def test_neither_a_reason_nor_the_log_repeats_what_an_error_says(
    service: Service, caplog: pytest.LogCaptureFixture, error: Exception
) -> None:
    caplog.set_level(logging.DEBUG)
    service.failing["bad"] = failing(error)
    bad = service.noted("bad")
    await service.process(bad)
    (row,) = await service.buried(bad)
    assert type(error).__name__ in row.error
    assert "Erika" not in row.error + caplog.text


def _with(name: str, value: bytes | None) -> Callable[[Record], Record]:
    """Replace or add a header."""
    return lambda each: replace(
        each, headers=[*((n, v) for n, v in each.headers if n != name), (name, value)]
    )


def _without(name: str) -> Callable[[Record], Record]:
    return lambda each: replace(each, headers=[(n, v) for n, v in each.headers if n != name])


def _valued(value: bytes | None) -> Callable[[Record], Record]:
    return lambda each: replace(each, value=value)


UNREADABLE: dict[str, tuple[Callable[[Record], Record], str]] = {
    "no JSON": (_valued(b'{"note": Erika}'), "Invalid JSON"),
    "another field": (_valued(b'{"name": "Erika"}'), "note: Field required"),
    "another type": (_valued(b'{"note": {"name": "Erika"}}'), "note: .* string"),
    "NULs": (_valued(b"\x00\x00Erika"), "Invalid JSON"),
    "no value": (_valued(None), "Invalid JSON"),
    "a missing header": (_without("ce_id"), "ce_id is missing"),
    "no headers": (lambda each: replace(each, headers=()), "missing"),
    "a header that is no text": (_with("ce_type", b"Erika\xff\x00"), "ce_type is malformed"),
    "a foreign header that is no text": (_with("note", b"\x80Erika"), "note is malformed"),
    "a header without a value": (_with("note", None), "note is malformed"),
    "a malformed header with NULs": (_with("ce_time", b"Erika\x00"), "ce_time is malformed"),
    "a header named with a NUL": (_with("no\x00te", b"\xffErika"), "note is malformed"),
    "an escaped NUL": (_with("ce_time", rb"Erika\u0000"), "ce_time is malformed"),
    "another key": (lambda each: replace(each, key=b"Erika"), "key does not match"),
    "a key that is no text": (lambda each: replace(each, key=b"\xff\x00"), "key does not match"),
    "a trace with NULs": (
        lambda each: _with("ce_traceparent", b"00-\x00-01")(_valued(b"{")(each)),
        "Invalid JSON",
    ),
}


@pytest.mark.parametrize(("spoil", "reason"), UNREADABLE.values(), ids=UNREADABLE)
async def test_an_unreadable_record_is_buried_at_once_and_its_data_is_not_repeated(
    service: Service,
    caplog: pytest.LogCaptureFixture,
    spoil: Callable[[Record], Record],
    reason: str,
) -> None:
    caplog.set_level(logging.DEBUG)
    bad, good = spoil(service.noted("bad")), service.noted("good")
    await service.process(bad, good)
    (row,) = await service.buried(bad, good)
    assert (row.offset, row.attempts, row.key, row.value) == (bad.offset, 1, bad.key, bad.value)
    assert re.search(reason, row.error)
    assert "Erika" not in row.error + caplog.text
    assert service.tried == await service.effects() == ["good"]


async def test_an_event_that_nobody_handles_is_passed_by(service: Service) -> None:
    unheard = record(sealed(UnheardV1(), service.tenant_id))
    await service.process(unheard, service.noted("one"))
    assert await service.effects() == ["one"]
    assert await service.buried(unheard) == []
    assert await service.remembered(unheard) == 0, "a later release may handle it"


async def _session_ends(work: SqlUnitOfWork) -> None:
    await work.connection.execute(text("SELECT pg_terminate_backend(pg_backend_pid())"))


OUTAGES: dict[str, Failure] = {
    "no connection": failing(ConnectionRefusedError()),
    "a session that ended": _session_ends,
}


@pytest.mark.parametrize("outage", OUTAGES.values(), ids=OUTAGES)
async def test_an_outage_is_waited_out_and_buries_nothing(
    service: Service, outage: Failure, counted: dict[str, Counter]
) -> None:
    service.failing["other"] = at_first(RETRIES + 5, outage)
    one, other = service.noted("one"), service.noted("other")
    await service.process(one, other)
    assert await service.effects() == ["one", "other"]
    assert service.tried == ["one", "other"] * (RETRIES + 6), "the batch is repeated whole"
    assert await service.buried(one, other) == []
    assert counted["HANDLED"].total == 2


async def test_an_outage_amid_single_records_buries_only_what_fails_by_itself(
    service: Service,
) -> None:
    service.failing["bad"] = failing(LookupError())
    service.failing["last"] = at_first(RETRIES + 5, OUTAGES["no connection"])
    records = [service.noted(note) for note in ("first", "bad", "last")]
    await service.process(*records)
    assert await service.effects() == ["first", "last"]
    assert [row.offset for row in await service.buried(*records)] == [records[1].offset]


async def test_an_outage_while_burying_loses_no_dead_letter(
    service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    bury, outage = letters.bury, failing(ConnectionRefusedError(), times=3)

    async def bury_later(connection: Any, letters: Any) -> None:
        await outage(connection)
        await bury(connection, letters)

    monkeypatch.setattr(letters, "bury", bury_later)
    unreadable = service.noted("unreadable", value=b"{")
    await service.process(unreadable, service.noted("good"))
    assert len(await service.buried(unreadable)) == 1
    assert await service.effects() == ["good"]

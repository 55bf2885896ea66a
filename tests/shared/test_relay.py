"""The relay on Kafka and PostgreSQL: what was appended arrives once and in order, whatever is lost meanwhile."""

from dataclasses import replace
from typing import Any
from uuid import uuid4

import asyncpg
import pytest
from aiokafka.errors import KafkaError
from sqlalchemy.ext.asyncio import AsyncConnection

from shared.database.engine import transaction
from shared.envelope import MAX_EVENT_BYTES, Cause, Envelope
from shared.outbox import lanes
from shared.outbox import relay as relay_module
from shared.outbox.relay import Relay
from shared.outbox.store import append
from shared.outbox.tables import LANES
from tests.shared.outboxes import (
    KEPT,
    RELAYS,
    Outbox,
    Watched,
    first_arrivals,
    notes_by_key,
    relaying,
    stepping,
)
from tests.shared.toys import NOW, NotedV1, outgoing
from tests.support.waiting import until


async def test_everything_appended_arrives_once_and_in_order(outbox: Outbox) -> None:
    for _ in range(4):
        await outbox.append(50)
    async with relaying(outbox.settings, batch_rows=17):
        await outbox.is_relayed()
    await outbox.assert_all_arrived_once()


async def test_what_was_relayed_stays_for_a_replay(outbox: Outbox) -> None:
    await outbox.append(30)
    async with relaying(outbox.settings):
        await outbox.is_relayed()
    assert await outbox.count(KEPT) == 30


async def test_an_event_arrives_as_it_was_sealed(outbox: Outbox) -> None:
    cause = Cause("story", "before", "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01")
    event = outgoing(NotedV1(note="größe"), outbox.tenant_id, "toy:1", sequence=7)
    sent = replace(event, cause=cause)
    async with transaction(outbox.engine) as connection:
        (event_id,) = await append(connection, [sent], source="/toy", now=NOW)
    async with relaying(outbox.settings):
        await outbox.is_relayed()
    (record,) = await outbox.records()
    expected = replace(Envelope.seal(sent, source="/toy", time=NOW), id=event_id)
    assert Envelope.parse(record.headers, record.key, record.value) == expected
    assert {name: value.decode() for name, value in record.headers} == expected.headers()


async def test_what_does_not_fit_into_one_batch_is_sent_in_the_next(outbox: Outbox) -> None:
    large = "x" * (MAX_EVENT_BYTES - 100)
    events = [
        outgoing(NotedV1(note=f"{n}{large}"), outbox.tenant_id, "large", sequence=n)
        for n in range(5)
    ]
    relay = Relay(outbox.settings)
    async with stepping(relay) as connections:
        async with transaction(outbox.engine) as connection:
            ids = await append(connection, events, source="/toy", now=NOW)
        assert await relay.relay_pending(connections) == len(events)
    assert [each.id for each in await outbox.arrived()] == ids


async def test_events_appended_meanwhile_arrive(outbox: Outbox) -> None:
    async with relaying(outbox.settings, batch_rows=5):
        for _ in range(30):
            await outbox.append(10)
        await outbox.is_relayed()
    await outbox.assert_all_arrived_once()


async def test_an_event_that_committed_late_keeps_its_place_before_the_next_of_its_key(
    outbox: Outbox,
) -> None:
    async def put(connection: AsyncConnection, aggregate: str) -> None:
        event = NotedV1(note=str(outbox.appended))
        outbox.appended += 1
        await append(
            connection, [outgoing(event, outbox.tenant_id, aggregate)], source="/toy", now=NOW
        )

    relay = Watched(outbox.settings)
    async with stepping(relay) as connections, outbox.engine.connect() as late:
        await put(late, "late")
        async with transaction(outbox.engine) as connection:
            await put(connection, "other")

        async def commit_and_go_on() -> None:
            await late.commit()
            async with transaction(outbox.engine) as connection:
                await put(connection, "late")

        relay.before_reads = [outbox.pending, commit_and_go_on]
        while await relay.relay_pending(connections):
            pass
    await outbox.assert_all_arrived_once()


async def test_two_relays_share_the_lanes_and_keep_the_order(
    outbox: Outbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lanes, "RENEW_SECONDS", 0.0)
    await outbox.append(200)
    async with relaying(outbox.settings), relaying(outbox.settings):
        while sorted((await outbox.held()).values()) != [LANES // 2] * 2:
            await outbox.append(20)
        await outbox.is_relayed()
        settled = outbox.appended
        for _ in range(5):
            await outbox.append(40, aggregates=29)
        await outbox.is_relayed()
    arrived = await outbox.arrived()
    await outbox.assert_arrived(first_arrivals(arrived))
    later = [note for notes in notes_by_key(arrived).values() for note in notes if note >= settled]
    assert len(later) == outbox.appended - settled, "with the lanes shared, nothing is sent twice"


@pytest.mark.parametrize("is_writer", [False, True], ids=["reader", "writer"])
async def test_a_relay_whose_session_ended_goes_on(outbox: Outbox, *, is_writer: bool) -> None:
    name = f"relay-{uuid4()}"
    url = f"{outbox.settings.database_url}?application_name={name}"
    async with relaying(outbox.settings.model_copy(update={"database_url": url})):
        await outbox.append(20)
        await outbox.is_relayed()
        assert await outbox.terminate(name, is_writer=is_writer) == 1
        await outbox.append(5)
        await outbox.is_relayed(seconds=15)
    await outbox.assert_arrived(first_arrivals(await outbox.arrived()))


@pytest.mark.parametrize(
    "error", [asyncpg.InternalClientError(), asyncpg.InterfaceError("lost"), KafkaError()], ids=repr
)
async def test_a_relay_that_was_interrupted_goes_on(outbox: Outbox, error: Exception) -> None:
    async def interrupt() -> None:
        raise error

    relay = Watched(outbox.settings)
    relay.before_reads = [interrupt]
    async with relaying(outbox.settings, relay=relay):
        await outbox.append(5)
        await outbox.is_relayed(seconds=15)
    assert not relay.before_reads


async def test_an_idle_relay_is_woken_by_an_event(
    outbox: Outbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(relay_module, "POLL_SECONDS", 60.0)
    async with relaying(outbox.settings):
        await outbox.append(1)
        await outbox.is_relayed()
        for _ in range(3):
            await outbox.append(1)
            await outbox.is_relayed(seconds=5)


async def test_a_relay_that_heard_nothing_looks_by_itself(
    outbox: Outbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(relay_module, "CHANNEL", "another")
    async with relaying(outbox.settings):
        await outbox.append(1)
        await outbox.is_relayed()
        await outbox.append(1)
        await outbox.is_relayed(seconds=10)


async def test_a_cancelled_relay_leaves_its_lanes_and_its_work_to_another(outbox: Outbox) -> None:
    await outbox.append(5_000)
    async with relaying(outbox.settings):
        await until(outbox.pending, lambda count: count < 5_000)
        assert sum((await outbox.held()).values()) == LANES
    assert (await outbox.held(), await outbox.count(RELAYS)) == ({}, 0)
    assert await outbox.pending() > 0, "it was cancelled at work"
    async with relaying(outbox.settings, batch_rows=1_000):
        await outbox.is_relayed(seconds=lanes.LEASE_SECONDS / 2)
    await outbox.assert_arrived(first_arrivals(await outbox.arrived()))


async def test_large_events_are_read_a_few_at_a_time(
    outbox: Outbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(relay_module, "FIRST_ROWS", 3)
    monkeypatch.setattr(relay_module, "READ_BYTES", 5_000)
    relay, sizes = Watched(outbox.settings), list[int]()
    large = [outgoing(NotedV1(note="x" * 600), outbox.tenant_id) for _ in range(30)]
    async with stepping(relay) as connections:
        async with transaction(outbox.engine) as connection:
            await append(connection, large, source="/toy", now=NOW)
        read = relay._read

        async def count(*args: Any) -> Any:
            rows = await read(*args)
            sizes.append(len(rows))
            return rows

        monkeypatch.setattr(relay, "_read", count)
        assert await relay.relay_pending(connections) == 30
    assert max(sizes) <= 5, "one of them has more than a thousand bytes"

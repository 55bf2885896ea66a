"""A relay that stalls or dies, partitions that fail, topics that are missing: what waits, and what goes on."""

import time
from collections.abc import Awaitable, Callable
from typing import Any, ClassVar

import pytest
from aiokafka.errors import KafkaTimeoutError
from sqlalchemy import text

from shared.database.engine import transaction
from shared.messaging.producer import count_partitions, hash_of
from shared.messaging.records import RecordBatch
from shared.outbox import flight, lanes, withheld
from shared.outbox.flight import Flight, Partition
from shared.outbox.lanes import Lanes, LanesLostError
from shared.outbox.relay import Relay
from shared.outbox.store import append
from shared.outbox.tables import LANES
from tests.shared.outboxes import AGGREGATES, Outbox, Watched, first_arrivals, relaying, stepping
from tests.shared.toys import NOW, TOPIC, NotedV1, outgoing
from tests.support.relaying import relay_process
from tests.support.waiting import until


async def _stall(relay: Relay, outbox: Outbox, another: Lanes) -> None:
    """Longer than the lease, which takes its time otherwise; another relay has the lanes then."""
    relay._lanes._renewed_at -= lanes.LEASE_SECONDS
    await outbox.free_lanes()
    async with outbox.session() as session:
        await another.claim(session)


async def test_a_relay_that_stalled_sends_nothing_on_lanes_that_another_has(
    outbox: Outbox,
) -> None:
    relay, another = Watched(outbox.settings), Lanes()
    async with stepping(relay) as connections:
        await outbox.append(200)
        relay.after_reads = [lambda: _stall(relay, outbox, another)]
        with pytest.raises(LanesLostError):
            await relay.relay_pending(connections)
    assert len(another.held) == LANES
    assert (await outbox.pending(), await outbox.arrived()) == (200, [])


async def test_a_relay_that_stalled_and_has_its_lanes_back_sends_what_is_still_pending(
    outbox: Outbox,
) -> None:
    relay, another = Watched(outbox.settings), Lanes()

    async def stall_while_another_relays() -> None:
        relay._lanes._renewed_at -= lanes.LEASE_SECONDS
        await outbox.free_lanes()
        async with relaying(outbox.settings):
            await outbox.is_relayed()

    async with stepping(relay) as connections:
        await outbox.append(200)
        relay.after_reads = [stall_while_another_relays]
        with pytest.raises(LanesLostError):
            await relay.relay_pending(connections)
    async with relaying(outbox.settings):
        await outbox.append(10)
        await outbox.is_relayed()
    await outbox.assert_all_arrived_once()
    assert another.held == []


async def test_a_killed_relays_lanes_are_taken_over_within_ten_seconds(outbox: Outbox) -> None:
    with relay_process(outbox.stack, "voucher") as process:
        await until(outbox.held, lambda held: sum(held.values()) == LANES)
        async with relaying(outbox.settings):
            await until(outbox.held, lambda held: sorted(held.values()) == [LANES // 2] * 2)
            process.kill()
            killed = time.monotonic()
            await outbox.append(200, aggregates=100)
            await outbox.is_relayed()
            seconds = time.monotonic() - killed
    assert seconds < 10.0
    await outbox.assert_arrived(first_arrivals(await outbox.arrived()))


async def test_lanes_are_shared_anew_only_with_empty_hands(outbox: Outbox) -> None:
    relay, another = Watched(outbox.settings, batch_rows=50), Lanes()

    async def ask_for_a_share() -> None:
        async with outbox.session() as session:
            await another.claim(session)
        relay._lanes._renewed_at -= lanes.RENEW_SECONDS

    async with stepping(relay) as connections, outbox.session() as session:
        await outbox.append(400, aggregates=100)
        relay.after_reads = [ask_for_a_share]
        sent = await relay.relay_pending(connections)
        assert 50 <= sent < 400, "it ends its round"
        assert (another.held, len(relay._lanes.held)) == ([], LANES)
        while count := await relay.relay_pending(connections):
            sent += count
        await another.claim(session)
    arrived = await outbox.arrived()
    assert len(arrived) == sent
    left = 400 - sent
    assert 0 < left < 400
    await outbox.free_lanes()
    async with relaying(outbox.settings):
        await outbox.is_relayed()
    await outbox.assert_all_arrived_once()


Deliver = Callable[[Flight, RecordBatch, Partition], Awaitable[None]]


def _deliver_by(monkeypatch: pytest.MonkeyPatch, deliver: Deliver) -> Deliver:
    """Have batches delivered otherwise; returns how they were delivered before."""
    usual = Flight._deliver
    monkeypatch.setattr(Flight, "_deliver", deliver)
    return usual


async def test_what_the_broker_did_not_take_is_sent_again_by_another_producer(
    outbox: Outbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    producers: list[Any] = []

    async def refuse_twice(flight: Flight, batch: RecordBatch, partition: Partition) -> None:
        if flight._producer not in producers:
            producers.append(flight._producer)
        if len(producers) <= 2:
            raise KafkaTimeoutError
        await usual(flight, batch, partition)

    usual = _deliver_by(monkeypatch, refuse_twice)
    await outbox.append(40)
    async with relaying(outbox.settings):
        await outbox.is_relayed()
    await outbox.assert_all_arrived_once()
    assert len(producers) == 3, "the state of one that failed is in doubt"


async def test_order_holds_when_one_of_several_batches_fails(
    outbox: Outbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    failing = Partition(TOPIC, hash_of(f"{outbox.tenant_id}:0") % 6, 6)
    delivered: list[tuple[bool, Partition]] = []

    async def fail_the_second(flight: Flight, batch: RecordBatch, partition: Partition) -> None:
        is_second = [each for _, each in delivered].count(partition) == 1
        delivered.append((not (fails := is_second and partition == failing), partition))
        if fails:
            raise KafkaTimeoutError
        await usual(flight, batch, partition)

    usual = _deliver_by(monkeypatch, fail_the_second)
    monkeypatch.setattr(flight, "BATCH_BYTES", 2_000)  # many batches of a partition are under way
    relay = Relay(outbox.settings, batch_rows=500)
    async with stepping(relay) as connections:
        delivered.clear()
        await outbox.append(300)
        with pytest.raises(KafkaTimeoutError):
            await relay.relay_pending(connections)
    assert delivered.count((True, failing)) == 1, "nothing followed the one that failed"
    others = {partition for _, partition in delivered} - {failing}
    assert others, "the others went on"
    async with relaying(outbox.settings):
        await outbox.is_relayed()
    await outbox.assert_all_arrived_once()


async def test_a_partition_that_fails_waits_while_the_others_go_on(
    outbox: Outbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    failing = Partition(TOPIC, hash_of(f"{outbox.tenant_id}:0") % 6, 6)
    is_well = False

    async def fail(flight: Flight, batch: RecordBatch, partition: Partition) -> None:
        if partition == failing and not is_well:
            raise KafkaTimeoutError
        await usual(flight, batch, partition)

    usual = _deliver_by(monkeypatch, fail)
    await outbox.append(100, aggregates=40)
    async with relaying(outbox.settings):
        hashes = [hash_of(f"{outbox.tenant_id}:{n % 40}") for n in range(200)]
        stuck = [each % 6 == failing.number for each in hashes]
        await until(outbox.pending, lambda count: count == sum(stuck[:100]))
        await outbox.append(100, aggregates=40)
        await until(outbox.pending, lambda count: count == sum(stuck))
        is_well = True
        await outbox.is_relayed()
    await outbox.assert_all_arrived_once()


class LostV1(NotedV1):
    TOPIC: ClassVar[str] = "nobody-made-this"


async def test_a_missing_topics_events_wait_and_the_others_go_on(
    outbox: Outbox, caplog: pytest.LogCaptureFixture
) -> None:
    lost = [outgoing(LostV1(note="lost"), outbox.tenant_id, str(n % AGGREGATES)) for n in range(50)]
    async with transaction(outbox.engine) as connection:
        await append(connection, lost, source="/toy", now=NOW)
    async with relaying(outbox.settings):
        for _ in range(3):
            await outbox.append(30)
            await until(outbox.pending, lambda count: count == 50, seconds=10)
    await outbox.assert_all_arrived_once()
    assert "nobody-made-this is missing" in caplog.text
    async with transaction(outbox.engine) as connection:
        await connection.execute(
            text("DELETE FROM outbox_pending WHERE topic = 'nobody-made-this'")
        )


async def test_a_topics_events_leave_in_order_once_it_is_there(
    outbox: Outbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    usual, looked = count_partitions, 0

    async def missing_at_first(producer: Any, topic: str) -> int:
        nonlocal looked
        looked += 1
        return await usual(producer, topic) if looked > 3 else 0

    monkeypatch.setattr("shared.outbox.flight.count_partitions", missing_at_first)
    monkeypatch.setattr(withheld, "FIRST_SECONDS", 0.1)
    async with relaying(outbox.settings):
        for _ in range(10):
            await outbox.append(20)
        await outbox.is_relayed()
    await outbox.assert_all_arrived_once()
    assert looked > 3

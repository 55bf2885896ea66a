"""Delivering by webhook: in order by aggregate, gently, and whatever happens to endpoints and workers."""

import asyncio
from contextlib import AsyncExitStack
from itertools import groupby
from typing import Any
from uuid import uuid4

import pytest
from fastapi import FastAPI
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from services.feed.domain.reading import LeaseLostError
from services.feed.settings import FeedSettings
from shared.database.engine import transaction
from tests.feed.webhooks import Consumer, Feed, TenantHook, Worker, webhook
from tests.support.waiting import until


async def test_only_the_aggregate_that_fails_waits(hooked: TenantHook) -> None:
    bad, good = uuid4(), uuid4()
    hooked.hook.status = lambda event: 503 if event["subject"] == str(bad) else 204
    sent = await hooked.happen(bad, good, bad, good, bad, good)
    await hooked.worker.work()
    assert hooked.hook.of() == [sent[0], sent[1], sent[3], sent[5]]
    ((aggregate, (positions, attempts)),) = (await hooked.waiting()).items()
    assert (aggregate, len(positions), attempts) == (str(bad), 3, 1)
    listed = {each["event_id"]: each["status"] for each in await hooked.deliveries()}
    assert [listed[each] for each in sent] == [
        *("retrying", "delivered", "held", "delivered", "held", "delivered"),
    ]
    hooked.hook.status = 204
    more = await hooked.happen(bad)
    await hooked.worker.work()
    assert hooked.hook.of()[4:] == []
    await hooked.later()
    await hooked.worker.work()
    assert hooked.hook.of()[4:] == [sent[0], sent[2], sent[4], *more]
    assert await hooked.waiting() == {}
    attempts_of_first = await hooked.subscriber.own("GET", f"/deliveries/{sent[0]}")
    assert [
        (each["number"], each["trigger"], each["outcome"], each["status"], each["error_class"])
        for each in attempts_of_first.json()
    ] == [(1, "scheduled", "failed", 503, "failed"), (2, "retry", "delivered", 204, None)]


async def test_after_the_last_attempt_the_aggregate_goes_on(hooked: TenantHook) -> None:
    bad = uuid4()
    hooked.hook.status = 500
    sent = await hooked.happen(bad, bad)
    await hooked.worker.work()
    await hooked.change("UPDATE failing_key SET attempts = 9")
    await hooked.later()
    hooked.hook.status = lambda event: 500 if event["id"] == sent[0] else 204
    await hooked.worker.work()
    assert hooked.hook.of()[-1] == sent[1]
    assert await hooked.waiting() == {}
    [exhausted] = await hooked.deliveries(status="exhausted")
    assert exhausted["event_id"] == sent[0]


async def test_410_ends_the_subscription(hooked: TenantHook) -> None:
    hooked.hook.status = 410
    await hooked.happen(count=1)
    await hooked.worker.work()
    assert await hooked.status() == "gone"
    await hooked.happen(count=5)
    await hooked.worker.work()
    assert len(hooked.hook.of()) == 1
    answer = await hooked.subscriber.own("PUT", "/endpoint", {"url": hooked.hook.url})
    assert (answer.status_code, answer.json()["code"]) == (409, "subscription_gone")


async def test_an_endpoint_that_fails_is_left_alone_and_probed(hooked: TenantHook) -> None:
    hooked.hook.status = 500
    sent = await hooked.happen(count=40)
    await hooked.worker.work()
    assert await hooked.status() == "cooling"
    tried = len(hooked.hook.of())
    assert 10 <= tried < 20
    await hooked.later()
    waited = await hooked.waiting()
    await hooked.worker.work()
    assert len(hooked.hook.of()) == tried + 1
    assert await hooked.waiting() == waited  # a probe is not the event's attempt
    hooked.hook.status = 204
    await hooked.later()
    await hooked.worker.work()
    await hooked.later()
    await hooked.worker.work()
    assert await hooked.status() == "active"
    arrived = hooked.hook.of()[tried + 1 :]
    assert sorted(arrived) == sorted(sent)
    assert (await hooked.endpoint())["failing_since"] is None


async def test_three_days_without_success_pause_it_and_nothing_is_lost(
    hooked: TenantHook, engine: AsyncEngine
) -> None:
    hooked.hook.status = 500
    sent = await hooked.happen(count=3)
    await hooked.worker.work()
    for hours, status, told in (
        (25, "active", ["endpoint.failing.v1"]),
        (73, "paused_auto", ["endpoint.paused.v1"]),
    ):
        await hooked.change(f"UPDATE endpoint SET failing_since = now() - interval '{hours} hours'")
        await hooked.change("UPDATE reading SET due_at = now(), resting_until = NULL")
        await hooked.worker.work()
        assert await hooked.status() == status
        async with transaction(engine) as connection:
            rows = await connection.execute(
                text("SELECT type FROM outbox_event WHERE tenant_id = :tenant ORDER BY id"),
                {"tenant": hooked.tenant_id},
            )
            assert [row.type for row in rows][-1:] == told
    assert (await hooked.endpoint())["oldest_event_expires_at"]
    await hooked.happen(count=2)
    before = len(hooked.hook.of())
    await hooked.worker.work()
    assert len(hooked.hook.of()) == before
    resumed = await hooked.subscriber.own("POST", "/resumption")
    assert resumed.json()["status"] == "active"
    await hooked.worker.work()
    assert await hooked.status() == "active"  # what went wrong before does not count any more
    hooked.hook.status, before = 204, len(hooked.hook.of())
    await hooked.later()
    await hooked.worker.work()
    arrived = hooked.hook.of()[before:]
    assert set(sent) < set(arrived)
    assert len(arrived) == len(set(arrived)) == 5


async def test_a_tenant_pauses_and_goes_on_where_it_was(hooked: TenantHook) -> None:
    first = await hooked.happen(count=2)
    await hooked.worker.work()
    await hooked.subscriber.own("POST", "/pause")
    meanwhile = await hooked.happen(count=3)
    await hooked.worker.work()
    assert sorted(hooked.hook.of()) == sorted(first)
    await hooked.subscriber.own("POST", "/resumption")
    await hooked.worker.work()
    assert sorted(hooked.hook.of()) == sorted(first + meanwhile)


async def test_who_dies_after_sending_sends_again_with_the_same_id(
    hooked: TenantHook, foundation: Feed, settings: FeedSettings
) -> None:
    sent = await hooked.happen(count=3)
    dying = Worker(foundation, settings)

    class Death(BaseException):
        pass

    async def die(*_arguments: Any, **_named: Any) -> None:
        raise Death

    dying.deliverer._save = die  # type: ignore[method-assign]
    [reading] = await dying.claim()
    with pytest.raises(Death):
        await dying.deliverer.deliver(reading)
    assert sorted(hooked.hook.of()) == sorted(sent)
    await hooked.worker.work()
    assert len(hooked.hook.of()) == 3  # it is still the dead one's
    await hooked.change("UPDATE reading SET leased_until = now() - interval '1 s'")
    await hooked.worker.work()
    assert sorted(hooked.hook.of()) == sorted(sent * 2)


async def test_a_worker_that_lost_its_lease_counts_nothing(
    hooked: TenantHook, foundation: Feed, settings: FeedSettings
) -> None:
    await hooked.happen(count=3)
    slow = Worker(foundation, settings)
    [reading] = await slow.claim()
    await hooked.change("UPDATE reading SET leased_until = now() - interval '1 s'")
    await hooked.worker.work()
    with pytest.raises(LeaseLostError):
        await slow.deliverer.deliver(reading)
    assert [each["attempts"] for each in await hooked.deliveries(type="booking.requested.v1")] == [
        1
    ] * 3


async def test_order_is_kept_for_each_aggregate_when_many_fail_at_random(
    hooked: TenantHook,
) -> None:
    aggregates = [uuid4() for _ in range(12)]
    sent = await hooked.happen(*aggregates * 8)
    turn = iter(range(10_000))
    hooked.hook.status = lambda _event: 503 if next(turn) % 3 == 0 else 204
    for _ in range(12):
        await hooked.worker.work()
        await hooked.later()
    hooked.hook.status = 204
    for _ in range(3):
        await hooked.worker.work()
        await hooked.later()
    listed = await hooked.deliveries(limit=500, status="delivered", type="booking.requested.v1")
    assert {each["event_id"] for each in listed} == set(sent)
    arrivals: dict[str, list[str]] = {}
    for event in hooked.hook.got:
        if event["type"] == "booking.requested.v1":
            arrivals.setdefault(event["subject"], []).append(event["id"])
    for number, aggregate in enumerate(map(str, aggregates)):
        assert [each for each, _ in groupby(arrivals[aggregate])] == sent[number::12]


async def test_endpoints_that_hang_hold_nobody_up(
    app: FastAPI, consumer: Consumer, worker: Worker
) -> None:
    async with AsyncExitStack() as stack:
        hooks = [await stack.enter_async_context(webhook(app, consumer, worker)) for _ in range(12)]
        for each in hooks:
            await each.set_up()
        hanging, well = hooks[:6], hooks[6:]
        for each in hanging:
            each.hook.status = 0
        for each in hooks:
            await each.happen(count=5)

        async def arrived() -> list[int]:
            return [len(each.hook.of()) for each in well]

        working = asyncio.create_task(worker.work())
        try:
            await until(arrived, lambda counts: counts == [5] * 6, seconds=10)
        finally:
            working.cancel()
            await asyncio.gather(working, return_exceptions=True)
        assert all(len(each.hook.of()) == 1 for each in hanging)


async def test_what_turns_to_the_inside_later_is_not_called(hooked: TenantHook) -> None:
    """The name was checked when it was set; it is checked again each time a connection is made."""
    await hooked.change("UPDATE endpoint SET url = 'https://169.254.169.254/latest/meta-data'")
    await hooked.happen()
    await hooked.worker.work()
    [delivery] = await hooked.deliveries(status="retrying")
    assert (delivery["error_class"], delivery["answer_status"]) == ("refused", None)


async def test_a_redirect_inwards_is_a_failure(hooked: TenantHook) -> None:
    hooked.hook.status, hooked.hook.headers = 307, "Location: http://127.0.0.1:1/admin\r\n"
    [event] = await hooked.happen()
    await hooked.worker.work()
    [attempt] = (await hooked.subscriber.own("GET", f"/deliveries/{event}")).json()
    assert (attempt["status"], attempt["error_class"]) == (307, "redirect")

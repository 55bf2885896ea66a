"""Webhooks from the outside: an endpoint is proved, gets every event in order and signed, and is not pestered."""

import asyncio
import json
from base64 import b64decode
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from datetime import timedelta
from itertools import groupby
from typing import Any
from uuid import uuid4

import pytest
from fastapi import FastAPI
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine
from standardwebhooks import WebhookVerificationError

from services.feed.domain.reading import LeaseLostError
from services.feed.settings import FeedSettings
from shared.clock import utc_now
from shared.database.engine import transaction
from tests.feed.webhooks import Consumer, Feed, TenantHook, Worker, webhook
from tests.support.waiting import until


@pytest.fixture(autouse=True)
async def nothing_else_to_do(engine: AsyncEngine) -> None:
    """Claims go across tenants: what other tests left would be claimed too."""
    async with transaction(engine, operator=True) as connection:
        await connection.execute(text("DELETE FROM reading"))
        await connection.execute(text("DELETE FROM errand"))


@pytest.fixture
def worker(foundation: Feed, settings: FeedSettings) -> Worker:
    return Worker(foundation, settings)


@pytest.fixture
async def bare(app: FastAPI, consumer: Consumer, worker: Worker) -> AsyncIterator[TenantHook]:
    async with webhook(app, consumer, worker) as made:
        yield made


@pytest.fixture
async def hooked(bare: TenantHook) -> TenantHook:
    await bare.set_up()
    return bare


async def test_an_endpoint_is_proved_and_gets_signed_events(bare: TenantHook) -> None:
    sent = await bare.happen(count=3)
    await bare.set_up()
    await bare.worker.work()
    assert sorted(bare.hook.of()) == sorted(sent)
    for request in bare.hook.server.requests:
        event = bare.verified(request)
        assert request.headers["webhook-id"] == event["id"]
        assert request.headers["content-type"] == "application/cloudevents+json"
        assert (event["specversion"], event["tenantid"]) == ("1.0", str(bare.tenant_id))
    assert await bare.waiting() == {}
    [key] = {
        each["subject"] for each in bare.hook.got if each["type"] == "endpoint.verification.v1"
    }
    assert key == bare.subscriber.subscription_id


async def test_nothing_is_sent_before_the_code_is_said(bare: TenantHook) -> None:
    await bare.subscriber.subscribe(way="webhook")
    await bare.happen(count=2)
    await bare.put_endpoint()
    await bare.worker.errands.run_once()
    await bare.worker.work()
    assert bare.hook.of() == []
    wrong = await bare.subscriber.own("POST", "/endpoint/verification", {"code": "x"})
    assert (wrong.status_code, wrong.json()["code"]) == (422, "code_wrong")
    assert await bare.status() == "unverified"
    test = await bare.subscriber.own("POST", "/endpoint/test")
    assert (test.status_code, test.json()["code"]) == (409, "endpoint_missing")


async def test_an_endpoint_may_answer_the_code_itself(bare: TenantHook) -> None:
    await bare.subscriber.subscribe(way="webhook")
    bare.hook.status = 200
    bare.hook.body = lambda event: json.dumps(event).encode()
    await bare.put_endpoint()
    await bare.worker.errands.run_once()
    assert await bare.status() == "unverified"  # what repeats everything proves nothing
    bare.hook.body = lambda event: json.dumps({"code": event["data"]["code"]}).encode()
    again = await bare.put_endpoint()
    assert again["secret"] is None
    await bare.worker.errands.run_once()
    assert await bare.status() == "active"


async def test_another_address_is_proved_anew_and_an_old_code_is_worth_nothing(
    hooked: TenantHook,
) -> None:
    old = hooked.hook.got[-1]["data"]["code"]
    await hooked.put_endpoint(f"{hooked.hook.url}/new")
    assert await hooked.status() == "unverified"
    answer = await hooked.subscriber.own("POST", "/endpoint/verification", {"code": old})
    assert answer.json()["code"] == "code_wrong"


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
    hooked.hook.status, before = 204, len(hooked.hook.of())
    await hooked.worker.work()
    assert len(hooked.hook.of()) == before
    resumed = await hooked.subscriber.own("POST", "/resumption")
    assert resumed.json()["status"] == "active"
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


async def test_two_secrets_sign_for_the_overlap(hooked: TenantHook) -> None:
    made = await hooked.subscriber.own("POST", "/endpoint/secrets", {"overlap_hours": 2})
    assert (made.status_code, made.headers["cache-control"]) == (201, "no-store")
    new = made.json()["secret"]
    assert new.startswith("whsec_")
    await hooked.happen()
    await hooked.worker.work()
    last = hooked.hook.server.requests[-1]
    assert hooked.verified(last) == hooked.verified(last, new)
    assert len((await hooked.endpoint())["secrets"]) == 2
    await hooked.change("UPDATE endpoint_secret SET ends_at = now() WHERE ends_at IS NOT NULL")
    await hooked.happen()
    await hooked.worker.work()
    last = hooked.hook.server.requests[-1]
    assert hooked.verified(last, new)
    with pytest.raises(WebhookVerificationError):
        hooked.verified(last)
    assert new not in json.dumps(await hooked.endpoint())


async def test_a_test_event_is_sent_at_once_also_to_a_paused_one(hooked: TenantHook) -> None:
    await hooked.subscriber.own("POST", "/pause")
    asked = await hooked.subscriber.own("POST", "/endpoint/test")
    assert asked.status_code == 202
    await hooked.worker.errands.run_once()
    event = hooked.verified(hooked.hook.server.requests[-1])
    assert (event["id"], event["type"]) == (asked.json()["event_id"], "endpoint.test.v1")
    [delivery] = await hooked.deliveries(type="endpoint.test.v1")
    assert (delivery["status"], delivery["position"]) == ("delivered", None)


async def test_a_replay_sends_what_was_there_and_nothing_that_came_later(
    hooked: TenantHook,
) -> None:
    sent = await hooked.happen(count=100)
    await hooked.worker.work()
    replay = await hooked.subscriber.own("POST", "/replays", {})
    assert (replay.status_code, replay.json()["count"]) == (202, 100), replay.text
    again = await hooked.subscriber.own("POST", "/replays", {})
    assert again.json()["code"] == "replay_running"
    later = await hooked.happen(count=5)
    await hooked.worker.work()
    got = hooked.hook.of()
    assert sorted(got) == sorted(sent * 2 + later)
    [done] = (await hooked.subscriber.own("GET", "/replays")).json()
    assert (done["status"], done["done"]) == ("done", 100)
    triggers = (await hooked.subscriber.own("GET", f"/deliveries/{sent[0]}")).json()
    assert [each["trigger"] for each in triggers] == ["scheduled", "replay"]


async def test_a_replay_of_what_was_given_up(hooked: TenantHook) -> None:
    bad = uuid4()
    hooked.hook.status = lambda event: 500 if event["subject"] == str(bad) else 204
    sent = await hooked.happen(bad, uuid4(), uuid4())
    await hooked.worker.work()
    await hooked.change("UPDATE failing_key SET attempts = 9")
    await hooked.later()
    await hooked.worker.work()
    hooked.hook.status = 204
    before = len(hooked.hook.of())
    replay = await hooked.subscriber.own("POST", "/replays", {"failed": True})
    assert replay.json()["count"] == 1
    await hooked.worker.work()
    assert hooked.hook.of()[before:] == [sent[0]]
    assert await hooked.deliveries(status="exhausted") == []


async def test_a_replay_goes_by_time_type_and_aggregate(hooked: TenantHook) -> None:
    one = uuid4()
    sent = await hooked.happen(one, uuid4(), one)
    await hooked.worker.work()
    future = (utc_now() + timedelta(hours=1)).isoformat()
    for body, count in (
        ({"from": future}, 0),
        ({"to": future, "aggregate": str(one)}, 2),
        ({"types": ["offer.published.v1"]}, 0),
    ):
        replay = await hooked.subscriber.own("POST", "/replays", body)
        assert replay.json()["count"] == count, body
        await hooked.worker.work()
    assert hooked.hook.of()[3:] == [sent[0], sent[2]]


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


@pytest.mark.parametrize(
    ("url", "says"),
    [
        ("http://hr.example.org/hooks", "https"),
        ("https://10.0.0.1/hooks", "not public"),
        ("https://localhost.localdomain/", "not one of the internet"),
        ("https://hr.example.org:5432/", "port"),
        ("https://user:pw@hr.example.org/", "plain"),
    ],
)
async def test_an_address_of_the_inside_is_refused_with_a_reason(
    bare: TenantHook, url: str, says: str
) -> None:
    await bare.subscriber.subscribe(way="webhook")
    answer = await bare.subscriber.own("PUT", "/endpoint", {"url": url})
    assert (answer.status_code, answer.json()["code"]) == (422, "address_refused"), answer.text
    assert says in answer.json()["detail"]


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


async def test_a_pull_subscription_has_no_endpoint(bare: TenantHook) -> None:
    await bare.subscriber.subscribe()
    for method, path, body in (
        ("PUT", "/endpoint", {"url": "https://93.184.216.34/"}),
        ("GET", "/endpoint", None),
        ("POST", "/endpoint/secrets", {}),
        ("POST", "/endpoint/test", None),
        ("GET", "/deliveries", None),
        ("POST", "/replays", {}),
        ("GET", "/replays", None),
    ):
        answer = await bare.subscriber.own(method, path, body)
        assert (answer.status_code, answer.json()["code"]) == (409, "not_a_webhook"), path


async def test_secrets_are_kept_sealed(hooked: TenantHook) -> None:
    async with transaction(hooked.worker.feed.engine, [hooked.tenant_id]) as connection:
        rows = (await connection.execute(text("SELECT * FROM endpoint_secret"))).all()
        endpoint = (await connection.execute(text("SELECT * FROM endpoint"))).one()
    raw = b64decode(hooked.secret.removeprefix("whsec_"))
    assert len(raw) == 32
    assert all(raw not in bytes(row.sealed) for row in rows)
    assert endpoint.verification_code_hash is None

"""A subscriber that asks: in every language it ends with the same, whatever happens on the way."""

import pytest

from deploy.clients.programs import LANGUAGES
from tests.clients.stand_in import TOKEN, outside, stand_in
from tests.clients.stories import known_after, lives, snapshot_of
from tests.support.subscribers import Subscriber, following
from tests.support.waiting import until

HISTORY = lives(60)


@pytest.fixture
def feed():
    with stand_in() as started:
        yield started


@pytest.fixture(params=LANGUAGES)
def subscriber(request, feed, tmp_path):
    each = Subscriber(request.param, "by_pull", tmp_path / "state", **outside(feed))
    with following(each):
        yield each


async def test_a_nightly_job_reads_from_the_snapshot_to_the_end_and_then_only_what_is_new(
    feed, subscriber
):
    feed.snapshot, feed.history = snapshot_of(HISTORY[:20]), HISTORY[:90]
    assert subscriber.run("once") == 0, subscriber.log
    assert subscriber.things == known_after(HISTORY[:90])
    feed.publish(HISTORY[90:])
    assert subscriber.run("once") == 0, subscriber.log
    assert subscriber.things == known_after(HISTORY)
    assert feed.asked == ["snapshot", "events", "events"]
    assert subscriber.received == HISTORY[20:]


async def test_the_stream_is_taken_up_again_where_it_broke_off(feed, subscriber):
    feed.snapshot, feed.stream_ends_after = snapshot_of([]), 25
    subscriber.start("follow")

    async def listening() -> bool:
        return "stream" in feed.asked

    await until(listening, bool)
    for start in range(0, len(HISTORY), 30):
        feed.publish(HISTORY[start : start + 30])
        await subscriber.knows(known_after(HISTORY[: start + 30]))
    assert subscriber.received == HISTORY


@pytest.mark.parametrize(
    ("status", "code"), [(410, "cursor_expired"), (409, "cursor_before_restore")]
)
async def test_a_lost_cursor_starts_anew_from_the_snapshot(feed, subscriber, status, code):
    feed.snapshot, feed.history = snapshot_of(HISTORY[:20]), HISTORY[:30]
    assert subscriber.run("once") == 0, subscriber.log
    feed.snapshot, feed.history = snapshot_of(HISTORY[:80]), HISTORY
    feed.refusals = [(status, {"code": code})]
    assert subscriber.run("once") == 0, subscriber.log
    assert subscriber.things == known_after(HISTORY)
    assert feed.asked[-3:] == ["events", "snapshot", "events"]


async def test_an_outage_is_waited_out(feed, subscriber):
    feed.snapshot, feed.history = snapshot_of([]), HISTORY
    feed.refusals = [(503, {"code": "unavailable"}), (429, {"code": "too_many_streams"})]
    subscriber.start("follow")
    await subscriber.knows(known_after(HISTORY))


async def test_what_cannot_succeed_ends_with_what_the_platform_said(feed, subscriber):
    feed.snapshot = snapshot_of([])
    feed.refusals = [(403, {"code": "forbidden", "detail": "Ask your administrator."})]
    assert subscriber.run("follow") != 0
    assert "Ask your administrator." in subscriber.log
    assert TOKEN not in subscriber.log


async def test_a_broken_off_snapshot_is_not_taken_for_a_whole_one(feed, subscriber):
    feed.snapshot = snapshot_of(HISTORY)[:-1]
    assert subscriber.run("once") != 0
    assert subscriber.things == {}


async def test_a_killed_subscriber_loses_nothing_and_knows_the_same(feed, subscriber):
    feed.snapshot = snapshot_of([])
    subscriber.start("follow")
    for start in range(0, len(HISTORY), 40):
        feed.publish(HISTORY[start : start + 40])
        await until(lambda: _count(subscriber), lambda seen, start=start: seen >= start + 1)  # type: ignore[misc]
        subscriber.kill()
        subscriber.start("follow")
    await subscriber.knows(known_after(HISTORY))
    assert {event["id"] for event in subscriber.received} == {event["id"] for event in HISTORY}


async def _count(subscriber) -> int:
    return len({event["id"] for event in subscriber.received})


async def test_the_models_read_what_was_kept(feed, subscriber):
    feed.snapshot, feed.history = snapshot_of([]), HISTORY
    assert subscriber.run("once") == 0, subscriber.log
    issued = [event["data"] for event in HISTORY if event["type"] == "credential.issued.v1"]
    expected = {f"{data['person_id']} {data['url']}" for data in issued}
    assert set(subscriber.output("certificates").splitlines()) == expected

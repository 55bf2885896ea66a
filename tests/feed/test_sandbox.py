"""The sandbox: made-up stories that take the way of every event, once, and whole."""

from datetime import UTC, datetime, timedelta
from itertools import pairwise
from uuid import uuid4

import pytest
from fastapi import FastAPI
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from services.feed.adapters.unit_of_work import PostgresUnitOfWork
from services.feed.domain.public_types import PUBLIC
from services.feed.domain.sandbox import STEP, STEPS, STORIES, told_until
from services.feed.entrypoints import sandbox
from shared.database.engine import transaction
from shared.inbox.consumer import BatchConsumer
from shared.processes.foundation import Foundation
from tests.feed.http import Subscriber, client_of
from tests.feed.records import activated

NOON = datetime(2026, 11, 21, 12, tzinfo=UTC)
STORY = STEPS * STEP
WHOLE = [
    "person.registered.v1",
    "offer.published.v1",
    "booking.requested.v1",
    "voucher.reserved.v1",
    "booking.confirmed.v1",
    "participation.completed.v1",
    "voucher.redeemed.v1",
    "credential.issued.v1",
]


def test_a_story_is_told_step_by_step_and_the_next_begins_where_it_ends() -> None:
    tenant_id = uuid4()
    lengths = [len(told_until(tenant_id, NOON + n * STEP)) for n in range(STEPS)]
    assert lengths == list(range(3, len(WHOLE) + 1))
    last = told_until(tenant_id, NOON + STORY - STEP)
    assert [each.type for each in last] == WHOLE
    assert told_until(tenant_id, NOON + STORY)[-1].type == "booking.requested.v1"
    assert all(each.at <= NOON + STORY - STEP for each in last)


def test_whoever_tells_it_tells_the_same_and_each_tenant_has_a_story_of_its_own() -> None:
    tenant_id = uuid4()
    assert told_until(tenant_id, NOON) == told_until(tenant_id, NOON + timedelta(seconds=1))
    ids = {each.event_id for each in told_until(tenant_id, NOON)}
    assert ids.isdisjoint(each.event_id for each in told_until(uuid4(), NOON))


def test_things_come_round_and_their_sequences_go_on() -> None:
    tenant_id = uuid4()
    seen: dict[object, list[int]] = {}
    for number in range(2 * STORIES):
        for event in told_until(tenant_id, NOON + (number + 1) * STORY - STEP)[2:]:
            seen.setdefault(event.aggregate, []).append(event.sequence)
    assert len(seen) == 3 * STORIES
    for sequences in seen.values():
        assert all(after == before + 1 for before, after in pairwise(sequences))


@pytest.fixture
def now(monkeypatch: pytest.MonkeyPatch) -> list[datetime]:
    moment = [NOON]
    monkeypatch.setattr(sandbox, "utc_now", lambda: moment[0])
    return moment


async def test_a_subscriber_follows_whole_stories_that_several_workers_tell(
    app: FastAPI,
    foundation: Foundation[PostgresUnitOfWork],
    consumer: BatchConsumer[PostgresUnitOfWork],
    engine: AsyncEngine,
    now: list[datetime],
) -> None:
    async with client_of(app) as http:
        subscriber = Subscriber(http)
        jobs = [sandbox.trickle(foundation, consumer, subscriber.tenant_id) for _ in range(2)]
        await jobs[0].run()  # nobody knows the tenant yet
        await consumer.process([activated(subscriber.tenant_id)])
        await subscriber.subscribe()
        for step in range(0, STEPS, 2):  # a worker that was away tells what it missed
            now[0] = NOON + step * STEP
            for job in (*jobs, jobs[0]):
                await job.run()
        now[0] = NOON + STORY - STEP
        await jobs[1].run()
        events = (await subscriber.events())["events"]
    assert [each["type"] for each in events] == ["tenant.activated.v1", *WHOLE]
    assert {each["view"] for each in events} == {"own"}
    assert all(each["type"] in PUBLIC for each in events)
    async with transaction(engine, operator=True) as connection:
        buried = await connection.execute(
            text("SELECT count(*) FROM dead_letter WHERE topic = :topic"), {"topic": sandbox.TOPIC}
        )
        assert buried.scalar_one() == 0

"""The story of a correlation id, read from the outbox's archive."""

from dataclasses import replace
from typing import Any
from uuid import UUID, uuid4

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from shared.database.engine import transaction
from shared.envelope import Cause
from shared.outbox.store import append
from shared.outbox.story import _STORY, story
from tests.conftest import EngineFor
from tests.shared.toys import NOW, NotedV1, outgoing

TRACE = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"


@pytest.fixture
def engine(engine_for: EngineFor) -> AsyncEngine:
    return engine_for("voucher")


async def _publish(engine: AsyncEngine, tenant_id: UUID, *causes: Cause) -> list[UUID]:
    """An event for each cause, in one transaction."""
    events = [
        replace(outgoing(NotedV1(note="secret"), tenant_id, f"toy-{n}", sequence=n), cause=cause)
        for n, cause in enumerate(causes, 1)
    ]
    async with transaction(engine) as connection:
        return await append(connection, events, source="/toy", now=NOW)


async def _told(engine: AsyncEngine, correlation_id: str, **page: int) -> list[dict[str, Any]]:
    async with transaction(engine) as connection:
        found = await story(connection, correlation_id, **{"limit": 50, "skip": 0, **page})
    return [dict(each) for each in found]


async def test_a_story_has_every_event_of_its_id_in_order_and_no_other(engine: AsyncEngine) -> None:
    tenant_id, mine, other = uuid4(), str(uuid4()), str(uuid4())
    first = await _publish(engine, tenant_id, Cause(mine), Cause(other), Cause(mine))
    second = await _publish(engine, tenant_id, Cause(mine))
    told = [each["id"] for each in await _told(engine, mine)]
    assert told == [first[0], first[2], *second]
    assert [each["id"] for each in await _told(engine, mine, limit=1, skip=1)] == [first[2]]
    assert await _told(engine, str(uuid4())) == []


async def test_an_event_is_told_with_all_that_leads_on_and_without_its_data(
    engine: AsyncEngine,
) -> None:
    tenant_id, mine = uuid4(), str(uuid4())
    [event_id] = await _publish(engine, tenant_id, Cause(mine, "the cause", TRACE))
    assert await _told(engine, mine) == [
        {
            "id": event_id,
            "type": "toy.noted.v1",
            "topic": "voucher-events",
            "subject": "toy-1",
            "tenant_id": tenant_id,
            "sequence": 1,
            "time": NOW,
            "causation_id": "the cause",
            "traceparent": TRACE,
            "state": "pending",
        }
    ]


async def test_an_event_is_pending_until_it_was_struck(engine: AsyncEngine) -> None:
    mine = str(uuid4())
    sent, _ = await _publish(engine, uuid4(), Cause(mine), Cause(mine))
    strike = text(
        "DELETE FROM outbox_pending WHERE id = (SELECT id FROM outbox_event WHERE event_id = :id)"
    )
    async with transaction(engine) as connection:
        await connection.execute(strike, {"id": sent})
    assert [each["state"] for each in await _told(engine, mine)] == ["sent", "pending"]


@pytest.mark.parametrize("chosen", ["a/b", "it's; --", "%", "ä€", "x" * 100])
async def test_an_id_may_be_any_text(engine: AsyncEngine, chosen: str) -> None:
    before = len(await _told(engine, chosen))
    await _publish(engine, uuid4(), Cause(chosen))
    assert len(await _told(engine, chosen)) == before + 1


async def test_a_story_is_found_by_an_index_in_every_day(engine: AsyncEngine) -> None:
    row = {"correlation_id": str(uuid4()), "limit": 50, "skip": 0}
    async with transaction(engine) as connection:
        # An empty day is read faster as a whole; here the question is whether that is needed.
        await connection.execute(text("SET LOCAL enable_seqscan = off"))
        plan = await connection.execute(text(f"EXPLAIN {_STORY.text}"), row)
        lines = [each[0] for each in plan]
    assert not [each for each in lines if "Seq Scan on outbox_event" in each], lines
    assert [each for each in lines if "correlation_id_id_idx" in each], lines

"""Rebuilding a service's copies of what others own, from the topic and from the owner's archive."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any
from uuid import UUID, uuid4

import pytest
import pytest_asyncio
from sqlalchemy import text

from deploy.local.stack import Stack
from services.member.contracts.events import TenantActivatedV1
from services.member.contracts.topics import MEMBER_EVENTS
from services.voucher.adapters.unit_of_work import PostgresUnitOfWork
from services.voucher.entrypoints.consumer import create_consumer
from shared.clock import utc_now
from shared.database.engine import transaction
from shared.envelope import Cause, Outgoing
from shared.inbox import replay
from shared.inbox.replay import Replayer, Start
from shared.outbox import archive
from shared.outbox.relay import Relay
from shared.outbox.store import append
from shared.processes.foundation import Foundation, lay_foundation
from tests.conftest import EngineFor
from tests.support.kafka import Publisher, publishing, settings_of
from tests.support.waiting import until

TENANT = TenantActivatedV1(
    name="Trier", kind="municipality", official_key="07211000", state="DE-RP", regions=()
)


@pytest_asyncio.fixture(loop_scope="session")
async def foundation(
    platform: Stack, engine_for: EngineFor
) -> AsyncIterator[Foundation[PostgresUnitOfWork]]:
    engine_for("voucher")
    laid = lay_foundation("voucher", settings_of(platform, "voucher"), PostgresUnitOfWork)
    async with laid.running():
        yield laid


@pytest_asyncio.fixture(loop_scope="session")
async def publisher(platform: Stack) -> AsyncIterator[Publisher]:
    async with publishing(platform, "member") as each:
        yield each


async def _copy(foundation: Foundation[Any], tenant_id: UUID) -> str | None:
    query = text("SELECT name FROM tenant WHERE tenant_id = :id")
    async with transaction(foundation.engine, [tenant_id]) as connection:
        name: str | None = (await connection.execute(query, {"id": tenant_id})).scalar()
        return name


async def _spoil(foundation: Foundation[Any], tenant_id: UUID, how: str) -> None:
    async with transaction(foundation.engine, [tenant_id]) as connection:
        await connection.execute(text(f"{how} WHERE tenant_id = :id"), {"id": tenant_id})


async def _replayed(foundation: Foundation[Any], start: Start) -> Any:
    """Replay the topic of tenants, once it is counted; returns what is told of it afterwards."""
    async with transaction(foundation.engine) as connection:
        asked = await replay.ask(
            connection, MEMBER_EVENTS.name, start, reason="a test", asked_by="olga"
        )
    replayer = Replayer(foundation.engine, foundation.settings, create_consumer(foundation))
    await replayer.run()
    async with transaction(foundation.engine) as connection:
        await replay.confirm(connection, asked.id, "anton")
    await replayer.run()
    async with transaction(foundation.engine) as connection:
        rows = await replay.replays(connection, limit=100, skip=0)
    return next(row for row in rows if row.id == asked.id)


@pytest.mark.parametrize("how", ["DELETE FROM tenant", "UPDATE tenant SET name = 'Spoilt'"])
@pytest.mark.parametrize("since_before", [True, False], ids=["from a time", "from the beginning"])
async def test_a_copy_is_rebuilt_from_the_topic(
    foundation: Foundation[Any], publisher: Publisher, how: str, since_before: bool
) -> None:
    before = utc_now()
    tenant_id = uuid4()
    await publisher.publish(TENANT, tenant_id, tenant_id)
    await publisher.flush()
    await _replayed(foundation, Start())
    assert await _copy(foundation, tenant_id) == "Trier"
    await _spoil(foundation, tenant_id, how)
    told = await _replayed(foundation, Start(since=before) if since_before else Start())
    assert await _copy(foundation, tenant_id) == "Trier"
    assert told.state == "done"
    assert told.events == told.would_copy >= 1
    assert told.would_read >= told.would_copy


async def test_a_replay_is_counted_before_it_changes_anything(
    foundation: Foundation[Any], publisher: Publisher
) -> None:
    before, tenant_id = utc_now(), uuid4()
    await publisher.publish(TENANT, tenant_id, tenant_id)
    await publisher.flush()
    start = Start(since=before)
    async with transaction(foundation.engine) as connection:
        asked = await replay.ask(
            connection, MEMBER_EVENTS.name, start, reason="a test", asked_by="olga"
        )
    replayer = Replayer(foundation.engine, foundation.settings, create_consumer(foundation))
    await replayer.run()
    await replayer.run()
    async with transaction(foundation.engine) as connection:
        [told, *_] = await replay.replays(connection, limit=1, skip=0)
    assert (told.id, told.state, told.events) == (asked.id, "previewed", 0)
    assert (told.would_read, told.would_copy) == (1, 1)
    assert await _copy(foundation, tenant_id) is None


async def test_a_replay_begins_where_it_was_told(
    foundation: Foundation[Any], publisher: Publisher
) -> None:
    tenant_id = uuid4()
    await publisher.publish(TENANT, tenant_id, tenant_id)
    await publisher.flush()
    for start in (Start(since=utc_now()), Start(from_offset=10**9)):
        assert (await _replayed(foundation, start)).events == 0
    assert await _copy(foundation, tenant_id) is None


async def test_an_older_event_does_not_undo_a_newer_one(
    foundation: Foundation[Any], publisher: Publisher
) -> None:
    tenant_id = uuid4()
    renamed = TENANT.model_copy(update={"name": "Trier an der Mosel"})
    await publisher.publish(renamed, tenant_id, tenant_id, sequence=2)
    await publisher.publish(TENANT, tenant_id, tenant_id, sequence=1)
    await publisher.flush()
    await _replayed(foundation, Start())
    assert await _copy(foundation, tenant_id) == "Trier an der Mosel"


async def test_what_the_topic_has_lost_comes_from_the_archive(
    platform: Stack, engine_for: EngineFor, foundation: Foundation[Any]
) -> None:
    tenant_id, engine = uuid4(), engine_for("member")
    outgoing = Outgoing(TENANT, tenant_id, str(tenant_id), 1, Cause("archive"))
    async with transaction(engine) as connection:
        await append(connection, [outgoing], source="/member", now=utc_now())
        # As if it had been sent long ago, and the topic had dropped it.
        await connection.execute(text("DELETE FROM outbox_pending"))
        today = (await connection.execute(text("SELECT max(day) FROM outbox_event"))).scalar_one()
    before = utc_now()
    async with transaction(engine) as connection:
        assert await archive.republish(connection, MEMBER_EVENTS.name, today) >= 1
    await _relay_everything(platform, engine_for)
    await _replayed(foundation, Start(since=before))
    assert await _copy(foundation, tenant_id) == "Trier"


async def _relay_everything(platform: Stack, engine_for: EngineFor) -> None:
    async def pending() -> int:
        async with transaction(engine_for("member")) as connection:
            query = text("SELECT count(*) FROM outbox_pending")
            return int((await connection.execute(query)).scalar_one())

    relaying = asyncio.create_task(Relay(settings_of(platform, "member")).run())
    try:
        await until(pending, lambda left: left == 0)
    finally:
        relaying.cancel()
        await asyncio.gather(relaying, return_exceptions=True)

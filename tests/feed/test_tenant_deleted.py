"""A tenant whose data is deleted leaves nothing behind in the feed, and no other tenant loses anything."""

from collections.abc import Mapping
from uuid import UUID, uuid4

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from services.feed.adapters.unit_of_work import PostgresUnitOfWork
from shared.database.engine import transaction
from shared.database.isolation import TECHNICAL_TABLES
from shared.inbox.consumer import BatchConsumer
from tests.feed.records import activated, deleted, requested

#: That it has left and its log is closed; and accesses, which hold an opaque id and end by themselves.
KEPT = {"tenant", "tenant_feed", "operator_access"}
#: A row for each table that the two events above leave empty.
ROWS: Mapping[str, str] = {
    "subscription (tenant_id, subscription_id, name, way, types, named_people, status, status_since,"
    " created_at, created_by, start_position, version)": (
        ":t, :s, 'LMS', 'webhook', '{*}', false, 'active', now(), now(), 'admin', 0, 1"
    ),
    "reading (tenant_id, subscription_id, way, position)": ":t, :s, 'webhook', 0",
    "endpoint (tenant_id, subscription_id, url)": ":t, :s, 'https://lms.example.org'",
    "endpoint_secret (tenant_id, subscription_id, secret_id, sealed, made_at)": ":t, :s, :n, '', now()",
    "failing_key": ":t, :s, 'booking', '{1}', 1, now(), now()",
    "delivery_replay (tenant_id, replay_id, subscription_id, filter, up_to_position, position, count,"
    " done, status, created_by, created_at)": ":t, :n, :s, '{}', 2, 0, 2, 0, 'waiting', 'admin', now()",
    "attempt (day, tenant_id, subscription_id, event_id, aggregate, type, number, trigger, at,"
    " milliseconds, outcome)": (
        "current_date, :t, :s, :n, 'booking', 'booking.requested.v1', 1, 'scheduled', now(), 1, 'failed'"
    ),
    "state (tenant_id, source, aggregate, content)": ":t, '/catalogue', 'booking', '{}'",
    "state_position": ":t, 1",
    "person_name": ":t, :n, 'Clara', 'Beispiel', 'clara@example.org', 1",
    "shared_thing": ":t, '/catalogue', CAST(CAST(:n AS uuid) AS text), :n, 1, '{}'",
    "tenant_epoch (tenant_id, number, position)": ":t, (SELECT max(number) FROM epoch), 0",
    "errand": ":t, :s, 'test', :n, now(), now()",
    "idempotency_key (tenant_id, key, fingerprint)": ":t, 'key', ''",
}
_TABLES = text(
    """
    SELECT c.relname AS name FROM pg_class AS c JOIN pg_attribute AS a ON a.attrelid = c.oid
    WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p') AND NOT c.relispartition
      AND a.attname = 'tenant_id' AND NOT a.attisdropped
    """
)


async def test_every_table_of_tenants_is_emptied(
    consumer: BatchConsumer[PostgresUnitOfWork], engine: AsyncEngine
) -> None:
    gone, stays = uuid4(), uuid4()
    for tenant_id in (gone, stays):
        await consumer.process([activated(tenant_id), requested(tenant_id)])
        await _fill(engine, tenant_id)
    before = await _rows(engine, gone)
    empty = {name for name, count in before.items() if not count} - KEPT
    assert empty == set(), "nothing is shown of tables that have no row: fill them"
    kept = await _rows(engine, stays)
    await consumer.process([deleted(gone)])
    after = await _rows(engine, gone)
    assert {name for name, count in after.items() if count} == {"tenant", "tenant_feed"}
    assert await _rows(engine, stays) == kept


async def _fill(engine: AsyncEngine, tenant_id: UUID) -> None:
    """What a tenant with a webhook that fails has, and one that agreed to names, had a restore, shares things."""
    row = {"t": tenant_id, "s": uuid4(), "n": uuid4()}
    async with transaction(engine, [tenant_id], operator=True) as connection:
        for table, values in ROWS.items():
            await connection.execute(text(f"INSERT INTO {table} VALUES ({values})"), row)


async def _rows(engine: AsyncEngine, tenant_id: UUID) -> Mapping[str, int]:
    async with transaction(engine, [tenant_id]) as connection:
        names = set((await connection.execute(_TABLES)).scalars()) - TECHNICAL_TABLES
        query = text(
            " UNION ALL ".join(
                f"SELECT '{name}' AS name, count(*) AS number FROM {name} WHERE tenant_id = :tenant"
                for name in names
            )
        )
        found = await connection.execute(query, {"tenant": tenant_id})
        return {each.name: each.number for each in found}

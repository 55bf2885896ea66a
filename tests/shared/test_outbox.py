"""The outbox on PostgreSQL: events leave with their transaction, in order, from days that come and go."""

from collections.abc import AsyncIterator
from datetime import UTC, date, datetime, timedelta
from uuid import UUID, uuid4

import pytest
import pytest_asyncio
from aiokafka.partitioner import murmur2
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from shared.database.engine import transaction
from shared.database.unit_of_work import SqlUnitOfWork, UnitsOfWork, units_of_work
from shared.envelope import MAX_EVENT_BYTES
from shared.messaging.producer import hash_of
from shared.messaging.records import decode_headers, encode_prefix
from shared.outbox import archive
from shared.outbox.store import EventTooLargeError, append
from shared.outbox.tables import LANES
from tests.conftest import EngineFor
from tests.shared.toys import NOW, ForgottenV1, NotedV1, outgoing

_EVENTS = text(
    "SELECT id, event_id, type, e.topic, key, prefix, data, headers, p.lane, p.hash, p.topic AS waits_for"
    " FROM outbox_event e LEFT JOIN outbox_pending p USING (id, day)"
    " WHERE tenant_id = :tenant_id ORDER BY id"
)
_PENDING = text(
    "SELECT count(*) FROM outbox_event e JOIN outbox_pending p USING (id, day)"
    " WHERE e.tenant_id = :tenant_id"
)


@pytest.fixture
def engine(engine_for: EngineFor) -> AsyncEngine:
    return engine_for("voucher")


@pytest.fixture
def units(engine: AsyncEngine) -> UnitsOfWork[SqlUnitOfWork]:
    return units_of_work(engine, SqlUnitOfWork, source="/toy", clock=lambda: NOW)


async def _notes(engine: AsyncEngine, tenant_id: UUID) -> list[str]:
    """The notes of a tenant's events, in the order of their ids."""
    async with engine.connect() as connection:
        rows = await connection.execute(_EVENTS, {"tenant_id": tenant_id})
        return [NotedV1.model_validate_json(row.data).note for row in rows]


async def _pending(engine: AsyncEngine, tenant_id: UUID) -> int:
    async with engine.connect() as connection:
        return int((await connection.execute(_PENDING, {"tenant_id": tenant_id})).scalar_one())


async def test_events_have_ids_in_the_order_they_were_published(
    engine: AsyncEngine, units: UnitsOfWork[SqlUnitOfWork]
) -> None:
    tenant_id, notes = uuid4(), [str(n) for n in range(500)]
    async with units([tenant_id]) as work:
        for note in notes:
            work.publish(outgoing(NotedV1(note=note), tenant_id, f"toy-{int(note) % 7}"))
    assert await _notes(engine, tenant_id) == notes
    assert await _pending(engine, tenant_id) == len(notes)


async def test_an_event_is_kept_with_all_that_travels(
    engine: AsyncEngine, units: UnitsOfWork[SqlUnitOfWork]
) -> None:
    tenant_id = uuid4()
    async with units([tenant_id]) as work:
        work.publish(outgoing(NotedV1(note="größe"), tenant_id, sequence=7))
    async with engine.connect() as connection:
        row = (await connection.execute(_EVENTS, {"tenant_id": tenant_id})).one()
    key = f"{tenant_id}:toy"
    assert (row.type, row.topic, row.waits_for) == (NotedV1.TYPE, NotedV1.TOPIC, NotedV1.TOPIC)
    assert (row.hash, row.lane) == (hash_of(key), hash_of(key) % LANES)
    assert (row.key, row.prefix) == (key, encode_prefix(key, row.data))
    headers = decode_headers(row.headers)
    assert (headers["ce_id"], headers["ce_source"]) == (str(row.event_id), "/toy")
    assert headers["ce_time"] == NOW.isoformat()
    assert int(headers["ce_sequence"]) == 7


async def test_append_returns_the_ids_in_order(engine: AsyncEngine) -> None:
    tenant_id = uuid4()
    events = [outgoing(NotedV1(note=str(n)), tenant_id) for n in range(5)]
    async with transaction(engine) as connection:
        ids = await append(connection, events, source="/toy", now=NOW)
        assert await append(connection, [], source="/toy", now=NOW) == []
    async with engine.connect() as connection:
        rows = await connection.execute(_EVENTS, {"tenant_id": tenant_id})
        assert [row.event_id for row in rows] == ids


async def test_nothing_leaves_when_the_transaction_fails(
    engine: AsyncEngine, units: UnitsOfWork[SqlUnitOfWork]
) -> None:
    tenant_id = uuid4()
    with pytest.raises(LookupError):
        async with units([tenant_id]) as work:
            work.publish(outgoing(NotedV1(note="never"), tenant_id))
            raise LookupError
    assert await _notes(engine, tenant_id) == []


async def _seen(engine: AsyncEngine, tenant_id: UUID) -> int:
    count = text("SELECT count(*) FROM tenant WHERE tenant_id = :id")
    async with transaction(engine, [tenant_id]) as connection:
        return int((await connection.execute(count, {"id": tenant_id})).scalar_one())


async def test_too_large_an_event_fails_its_transaction_whole(
    engine: AsyncEngine, units: UnitsOfWork[SqlUnitOfWork]
) -> None:
    tenant_id = uuid4()
    insert = text(
        "INSERT INTO tenant (tenant_id, name, kind, state, regions, version)"
        " VALUES (:id, 'Trier', 'municipality', 'DE-RP', '[]', 1)"
    )
    with pytest.raises(EventTooLargeError, match=rf"toy\.noted\.v1 .* {MAX_EVENT_BYTES}"):
        async with units([tenant_id]) as work:
            await work.connection.execute(insert, {"id": tenant_id})
            work.publish(outgoing(NotedV1(note="small"), tenant_id))
            work.publish(outgoing(NotedV1(note="x" * MAX_EVENT_BYTES), tenant_id))
    assert await _notes(engine, tenant_id) == []
    assert await _seen(engine, tenant_id) == 0


async def test_the_largest_event_is_taken(
    engine: AsyncEngine, units: UnitsOfWork[SqlUnitOfWork]
) -> None:
    tenant_id = uuid4()
    note = "x" * (MAX_EVENT_BYTES - len('{"note":""}'))
    async with units([tenant_id]) as work:
        work.publish(outgoing(NotedV1(note=note), tenant_id))
    assert await _notes(engine, tenant_id) == [note]


def test_a_key_has_the_hash_by_which_kafkas_clients_choose_its_partition() -> None:
    keys = ["ü" * length + "key"[: length % 4] for length in range(70)]
    assert [hash_of(key) for key in keys] == [murmur2(key.encode()) & 0x7FFFFFFF for key in keys]


def test_a_key_stays_in_its_lane_and_keys_spread_over_all() -> None:
    hashes = [hash_of(f"tenant:{n}") for n in range(2_000)]
    assert hashes == [hash_of(f"tenant:{n}") for n in range(2_000)]
    assert {each % LANES for each in hashes} == set(range(LANES))
    assert all(0 <= each < 2**31 for each in hashes), "it is a column of four bytes"


async def _partitions(connection: AsyncConnection) -> set[date]:
    rows = await connection.execute(
        text("SELECT relname FROM pg_class WHERE relname ~ '^outbox_event_[0-9]{8}$'")
    )
    return {datetime.strptime(row.relname[-8:], "%Y%m%d").date() for row in rows}  # noqa: DTZ007


async def _create(connection: AsyncConnection, first: date, days: int) -> None:
    create = text("SELECT outbox_create_partitions(CAST(:first AS date), :days)")
    await connection.execute(create, {"first": first, "days": days})


async def _drop(connection: AsyncConnection, before: date) -> int:
    drop = text("SELECT outbox_drop_partitions(CAST(:before AS date))")
    return int((await connection.execute(drop, {"before": before})).scalar_one())


async def _put(connection: AsyncConnection, day: date, *, pending: bool) -> UUID:
    """An event of a day, as it would be kept then."""
    await connection.execute(
        text(
            "WITH event AS (INSERT INTO outbox_event"
            " (day, event_id, tenant_id, type, topic, key, hash, prefix, data, headers)"
            " VALUES (:day, :id, :id, 'toy', 'toy', 'k', 0, '', '', '') RETURNING id, day)"
            " INSERT INTO outbox_pending (id, day, lane, topic, hash)"
            " SELECT id, day, 0, 'toy', 0 FROM event WHERE :pending"
        ),
        {"day": day, "id": (event_id := uuid4()), "pending": pending},
    )
    return event_id


async def _is_kept(connection: AsyncConnection, event_id: UUID) -> bool:
    found = text("SELECT count(*) FROM outbox_event WHERE event_id = :id")
    return bool((await connection.execute(found, {"id": event_id})).scalar_one())


LONG_AGO = date(2001, 1, 1)
LATER = date(2101, 1, 1)


@pytest_asyncio.fixture(loop_scope="session")
async def connection(engine: AsyncEngine) -> AsyncIterator[AsyncConnection]:
    """A transaction as the service, which is rolled back."""
    async with engine.connect() as each, each.begin() as begun:
        yield each
        await begun.rollback()


async def test_the_migration_prepared_today_and_two_days_ahead(
    connection: AsyncConnection,
) -> None:
    partitions = await _partitions(connection)
    migrated, today = min(partitions), datetime.now(UTC).date()
    assert today - migrated <= timedelta(days=1), "a test run may last beyond midnight"
    assert {migrated + timedelta(days=n) for n in range(3)} <= partitions


async def test_days_are_created_ahead_and_again_without_harm(connection: AsyncConnection) -> None:
    before = await _partitions(connection)
    await _create(connection, LATER, 2)
    await _create(connection, LATER, 3)
    created = await _partitions(connection) - before
    assert created == {LATER + timedelta(days=n) for n in range(3)}


async def test_old_days_are_dropped_and_counted(connection: AsyncConnection) -> None:
    await _create(connection, LONG_AGO, 3)
    event_id = await _put(connection, LONG_AGO, pending=False)
    assert await _drop(connection, LONG_AGO + timedelta(days=2)) == 2
    assert not await _is_kept(connection, event_id)
    assert LONG_AGO + timedelta(days=2) in await _partitions(connection), "its own day stays"


async def test_a_day_with_a_pending_event_is_never_dropped(connection: AsyncConnection) -> None:
    await _create(connection, LONG_AGO, 2)
    event_id = await _put(connection, LONG_AGO, pending=True)
    assert await _drop(connection, date(2010, 1, 1)) == 1
    assert await _is_kept(connection, event_id)


async def test_an_event_of_a_day_that_nobody_prepared_is_kept(connection: AsyncConnection) -> None:
    event_id = await _put(connection, LATER, pending=True)
    assert await _is_kept(connection, event_id)


async def test_a_day_whose_events_came_unprepared_does_not_stop_the_next(
    connection: AsyncConnection,
) -> None:
    event_id = await _put(connection, LATER, pending=True)
    await _create(connection, LATER, 2)
    assert LATER + timedelta(days=1) in await _partitions(connection)
    assert await _is_kept(connection, event_id)


async def test_unprepared_events_go_with_their_day_unless_pending(
    connection: AsyncConnection,
) -> None:
    sent = await _put(connection, LONG_AGO, pending=False)
    waits = await _put(connection, LONG_AGO + timedelta(days=1), pending=True)
    await _drop(connection, date(2010, 1, 1))
    assert not await _is_kept(connection, sent)
    assert await _is_kept(connection, waits)


async def test_what_is_forgotten_is_neither_kept_nor_sent_and_its_tombstone_is(
    engine: AsyncEngine, units: UnitsOfWork[SqlUnitOfWork]
) -> None:
    tenant_id, keeps = uuid4(), str(uuid4())
    gone = f"{tenant_id}:toy"
    async with units([tenant_id]) as work:
        work.publish(*(outgoing(NotedV1(note=keeps), tenant_id, each) for each in ("toy", keeps)))
    async with units([tenant_id]) as work:
        await archive.forget(work.connection, NotedV1.TOPIC, [gone])
        await archive.forget(work.connection, "another-topic", [f"{tenant_id}:{keeps}"])
        work.publish(outgoing(ForgottenV1(), tenant_id, sequence=2))
    async with engine.connect() as connection:
        rows = (await connection.execute(_EVENTS, {"tenant_id": tenant_id})).all()
    assert [(row.type, row.waits_for) for row in rows] == [
        (NotedV1.TYPE, NotedV1.TOPIC),
        (ForgottenV1.TYPE, ForgottenV1.TOPIC),
    ]
    assert (rows[1].prefix, rows[1].data) == (encode_prefix(gone, None), b"")


@pytest.mark.parametrize(
    "statement",
    [
        "CREATE TABLE toy (id integer)",
        (
            "CREATE TABLE outbox_event_20010101 PARTITION OF outbox_event"
            " FOR VALUES FROM ('2001-01-01') TO ('2001-01-02')"
        ),
        "DROP TABLE outbox_event",
        "TRUNCATE outbox_event",
        "ALTER TABLE outbox_event ADD COLUMN toy integer",
    ],
)
async def test_the_services_own_role_changes_no_table(
    connection: AsyncConnection, statement: str
) -> None:
    with pytest.raises(DBAPIError, match=r"permission denied|must be owner"):
        await connection.execute(text(statement))

"""A service in miniature on the real database: what a batch does to its state can be asked."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import Row, text
from sqlalchemy.ext.asyncio import AsyncEngine

from shared.database.engine import transaction
from shared.database.outage import is_outage
from shared.database.unit_of_work import SqlUnitOfWork, units_of_work
from shared.envelope import Received
from shared.inbox.consumer import BatchConsumer
from tests.shared.toys import NOW, ClosedV1, NotedV1, Record, outgoing, record, sealed

COUNT_UP = text(
    "INSERT INTO tenant (tenant_id, name, kind, state, regions, version)"
    " VALUES (:id, 'Trier', 'municipality', 'DE-RP', '[]', 1)"
    " ON CONFLICT (tenant_id) DO UPDATE SET version = tenant.version + 1"
)
_COUNT = text("SELECT version FROM tenant WHERE tenant_id = :id")
_ANSWERS = text("SELECT data FROM outbox_event WHERE tenant_id = :id ORDER BY id")
_REMEMBERED = text("SELECT count(*) FROM inbox WHERE event_id = ANY(:ids)")

Failure = Callable[[SqlUnitOfWork], Any]


class ToyRuleError(Exception):
    """A rule of the domain."""

    code = "toy_broken"


@dataclass
class Service:
    """Counts a tenant's notes, and answers each with an event; `tried` also has what failed."""

    engine: AsyncEngine
    tenant_id: UUID = field(default_factory=uuid4)
    failing: dict[str, Failure] = field(default_factory=dict)
    tried: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        units = units_of_work(self.engine, SqlUnitOfWork, source="/toy", clock=lambda: NOW)
        self.consumer = BatchConsumer(self.engine, units, {NotedV1: self.note})

    async def note(self, work: SqlUnitOfWork, events: Sequence[Received[NotedV1]]) -> None:
        for each in events:
            note = each.event.note
            self.tried.append(note)
            await work.connection.execute(COUNT_UP, {"id": each.tenant_id})
            answer = outgoing(ClosedV1(reason=note), each.tenant_id)
            work.publish(replace(answer, cause=each.cause))
            if note in self.failing:
                await self.failing[note](work)

    def noted(self, note: str, **changes: Any) -> Record:
        """A record with a note of the tenant."""
        return replace(record(sealed(NotedV1(note=note), self.tenant_id)), **changes)

    async def process(self, *records: Record) -> None:
        """Handle records, and again what waits as soon as it is due."""
        await self.consumer.process(records)
        while not await self._retried():
            pass  # as a worker does, which meets an outage and comes again

    async def _retried(self) -> bool:
        try:
            await self.consumer.retry_parked()
        except Exception as error:
            if not is_outage(error):
                raise
            return False
        return True

    async def effects(self) -> list[str]:
        """The notes that took effect, which are as many as state has counted."""
        async with transaction(self.engine, [self.tenant_id]) as connection:
            rows = await connection.execute(_ANSWERS, {"id": self.tenant_id})
            notes = [ClosedV1.model_validate_json(row.data).reason for row in rows]
            count = (await connection.execute(_COUNT, {"id": self.tenant_id})).scalar()
        assert (count or 0) == len(notes), "state and answers are of one transaction"
        return notes

    async def buried(self, *records: Record) -> list[Row[Any]]:
        return await self._kept("dead_letter", records)

    async def parked(self, *records: Record) -> list[Row[Any]]:
        return await self._kept("parked", records)

    async def _kept(self, table: str, records: Sequence[Record]) -> list[Row[Any]]:
        query = text(f'SELECT * FROM {table} WHERE "offset" = ANY(:offsets) ORDER BY "offset"')
        async with transaction(self.engine) as connection:
            offsets = [each.offset for each in records]
            return list(await connection.execute(query, {"offsets": offsets}))

    async def remembered(self, *records: Record) -> int:
        """How many of these records' events the inbox holds."""
        ids = [UUID(dict(each.headers)["ce_id"].decode()) for each in records]  # type: ignore[union-attr]
        async with transaction(self.engine) as connection:
            return int((await connection.execute(_REMEMBERED, {"ids": ids})).scalar_one())


@dataclass
class Counter:
    """Stands for an instrument."""

    total: int = 0

    def add(self, amount: int, attributes: object = None) -> None:
        self.total += amount


def failing(error: Exception, *, times: int = 1_000) -> Failure:
    """Raise for the first `times` times."""

    async def fail(_work: SqlUnitOfWork) -> None:
        raise error

    return at_first(times, fail)


def at_first(times: int, failure: Failure) -> Failure:
    """Fail for the first `times` times."""
    left = iter(range(times))

    async def fail(work: SqlUnitOfWork) -> None:
        if next(left, None) is not None:
            await failure(work)

    return fail

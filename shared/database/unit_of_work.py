"""One transaction: state, inbox and outbox together. Each service adds its repositories."""

from collections.abc import AsyncIterator, Callable, Collection
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import TypeVar
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from shared.clock import Clock, utc_now
from shared.database.engine import transaction
from shared.envelope import Outgoing
from shared.inbox.store import Inbox
from shared.outbox import store as outbox
from shared.telemetry.tracing import Publishing


class SqlUnitOfWork:
    """Base of a service's unit of work; repositories share its connection."""

    def __init__(self, connection: AsyncConnection) -> None:
        self.connection = connection
        self.inbox = Inbox(connection)
        self.outgoing: list[Outgoing] = []

    def publish(self, *events: Outgoing) -> None:
        """Have events leave when, and only if, this transaction commits; in this order."""
        self.outgoing.extend(events)


U = TypeVar("U", bound=SqlUnitOfWork)

#: `units_of_work(tenants)` or `units_of_work(tenants, operator=True)`, as a context manager.
UnitsOfWork = Callable[..., AbstractAsyncContextManager[U]]


def units_of_work(
    engine: AsyncEngine,
    unit: Callable[[AsyncConnection], U],
    *,
    source: str,
    clock: Clock = utc_now,
) -> UnitsOfWork[U]:
    """How a process opens units of work: each commits when its block ends, or rolls back when it raises."""

    @asynccontextmanager
    async def open_unit(
        tenants: Collection[UUID] = (), *, operator: bool = False
    ) -> AsyncIterator[U]:
        spans = Publishing()
        async with transaction(engine, tenants, operator=operator) as connection:
            work = unit(connection)
            yield work
            events = spans.begin(work.outgoing)
            ids = await outbox.append(connection, events, source=source, now=clock())
        spans.end(ids)

    return open_unit

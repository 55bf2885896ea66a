"""The feed between a service that commits events and those who subscribe, every process a real one."""

import asyncio
import time
from collections import defaultdict
from collections.abc import AsyncIterator, Coroutine, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any, TypeVar
from uuid import UUID, uuid4

import httpx
from sqlalchemy.ext.asyncio import AsyncEngine

from deploy.local.stack import Stack
from services.catalogue.contracts.events import BookingConfirmedV1
from services.member.contracts.events import TenantActivatedV1
from shared.database.engine import create_engine
from shared.database.unit_of_work import SqlUnitOfWork, UnitsOfWork, units_of_work
from shared.envelope import Cause, Outgoing
from tests.bench.serving import answers, serving
from tests.feed.http import Subscriber
from tests.support.kafka import publishing, settings_of
from tests.support.processes import Process, running
from tests.support.relaying import relay_process
from tests.support.waiting import until

T = TypeVar("T")

AT_ONCE = 20
SEEN_SECONDS = 60.0


class Sightings:
    """When each event was first seen, by its subject."""

    def __init__(self) -> None:
        self._at: dict[str, asyncio.Future[float]] = defaultdict(
            asyncio.get_running_loop().create_future
        )

    def note(self, subject: str) -> None:
        """It is seen now."""
        if not self._at[subject].done():
            self._at[subject].set_result(time.perf_counter())

    async def at(self, subject: str) -> float:
        """Wait until it is seen."""
        async with asyncio.timeout(SEEN_SECONDS):
            return await self._at[subject]


@dataclass
class World:
    """What commits, and how the feed's api is reached."""

    stack: Stack
    units: UnitsOfWork[SqlUnitOfWork]
    http: httpx.AsyncClient
    api_process: int

    async def commit(self, tenants: Sequence[UUID]) -> list[str]:
        """A booking for each of these tenants, in one transaction of the catalogue's; the bookings' ids."""
        bookings = [uuid4() for _ in tenants]
        async with self.units(tenants) as work:
            for tenant_id, booking_id in zip(tenants, bookings, strict=True):
                event = BookingConfirmedV1(
                    booking_id=booking_id, person_id=uuid4(), offer_id=uuid4()
                )
                name = str(booking_id)
                work.publish(Outgoing(event, tenant_id, name, 1, Cause(name)))
        return [str(each) for each in bookings]

    async def tenants(self, count: int) -> list[Subscriber]:
        """New tenants that the feed knows."""
        made = [Subscriber(self.http) for _ in range(count)]
        async with publishing(self.stack, "member") as publisher:
            for each in made:
                await publisher.publish(_activated(), each.tenant_id, each.tenant_id)
            await publisher.flush()
        await until(lambda: self._knows(made[-1]), bool)
        await until(lambda: self._knows(made[0]), bool)
        return made

    async def _knows(self, subscriber: Subscriber) -> bool:
        return (await subscriber.subscribe(name="first")).is_success


def _activated() -> TenantActivatedV1:
    return TenantActivatedV1(
        name="Speyer",
        kind="municipality",
        official_key=None,
        state="DE-RP",
        regions=(),
        status="active",
    )


@asynccontextmanager
async def feed_world(stack: Stack) -> AsyncIterator[World]:
    """The catalogue's relay, the feed's worker and its api."""
    engine: AsyncEngine = create_engine(settings_of(stack, "catalogue"))
    units = units_of_work(engine, SqlUnitOfWork, source="/catalogue")
    worker = Process(stack, "feed")
    with (
        relay_process(stack, "catalogue"),
        running(worker),
        serving(stack, "feed") as (address, process),
    ):
        await worker.ready()
        limits = httpx.Limits(max_connections=AT_ONCE)
        async with httpx.AsyncClient(
            base_url=address, trust_env=False, limits=limits, timeout=30
        ) as http:
            await until(lambda: answers(http), bool)
            yield World(stack, units, http, process)
    await engine.dispose()


async def all_of(actions: Sequence[Coroutine[Any, Any, T]]) -> list[T]:
    """Await them, a few at a time; what they give, in their order."""
    gate = asyncio.Semaphore(AT_ONCE)

    async def one(action: Coroutine[Any, Any, T]) -> T:
        async with gate:
            return await action

    return await asyncio.gather(*map(one, actions))

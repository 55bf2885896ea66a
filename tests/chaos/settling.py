"""Waiting until nothing is on its way any more, and collecting the evidence then."""

import importlib
from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from aiokafka.errors import KafkaError

from deploy.local.stack import Stack
from deploy.names import SERVICES
from deploy.topics import Contract, load_contracts
from shared.database.engine import create_engine, transaction
from tests.chaos.broker import Broker, Offsets, reading
from tests.chaos.databases import Databases, connecting
from tests.chaos.evidence import Evidence
from tests.chaos.load import Outcome, Scene
from tests.chaos.watching import Watch
from tests.support.kafka import settings_of
from tests.support.waiting import until

SETTLE_SECONDS = 90.0


@dataclass(frozen=True, slots=True)
class Snapshot:
    """What is on its way, in words, and where the topics end."""

    on_its_way: tuple[str, ...]
    ends: Offsets


class Settling:
    """Looks at outboxes, consumers and certificates; two looks alike with nothing on its way settle it."""

    def __init__(self, databases: Databases, broker: Broker, scene: Scene) -> None:
        self._databases, self._broker, self._scene = databases, broker, scene
        self._contracts = load_contracts(SERVICES)
        self._last: Snapshot | None = None

    @property
    def topics(self) -> list[str]:
        """Every topic of the platform."""
        return [topic.name for contract in self._contracts for topic in contract.topics]

    async def wait(self) -> Sequence[str]:
        """Wait for it; what is on its way in the end, if it does not settle."""
        try:
            await until(self._look, self._is_settled, seconds=SETTLE_SECONDS)
        except AssertionError:
            return self._last.on_its_way if self._last else ["nothing could be read"]
        return ()

    async def _look(self) -> tuple[Snapshot | None, Snapshot]:
        before = self._last
        try:
            self._last = await self._snapshot()
        except KafkaError as error:  # a broker that has just started finds its groups by and by
            self._last = Snapshot((f"the broker does not answer: {type(error).__name__}",), {})
        return before, self._last

    def _is_settled(self, looks: tuple[Snapshot | None, Snapshot]) -> bool:
        before, now = looks
        return before == now and not now.on_its_way

    async def _snapshot(self) -> Snapshot:
        tenants = self._scene.tenant_ids
        waiting = [
            f"{count} events wait in the outbox of {service}"
            for service, count in (await self._databases.pending(tenants)).items()
            if count
        ]
        waiting += [
            f"{count} records are parked in the inbox of {service}"
            for service, count in (await self._databases.parked(tenants)).items()
            if count
        ]
        awards = await self._databases.awards(tenants)
        pending = sum(award.state == "pending" for award in awards)
        waiting += [f"{pending} awards wait for their credential"] if pending else []
        ends = await self._broker.ends(self.topics)
        for contract in self._contracts:
            waiting += await self._behind(contract, ends)
        return Snapshot(tuple(waiting), ends)

    async def _behind(self, contract: Contract, ends: Offsets) -> list[str]:
        committed = await self._broker.committed(contract.service)
        return [
            f"{contract.service} is at {committed.get(each, 0)} of {end} in {each.topic}/{each.partition}"
            for each, end in ends.items()
            if each.topic in contract.reads and committed.get(each, 0) < end
        ]


async def collect(
    stack: Stack, scene: Scene, outcomes: Sequence[Outcome], watch: Watch
) -> Evidence:
    """Wait until everything has settled, and read it all."""
    tenants = scene.tenant_ids
    async with connecting(stack) as databases, reading(stack) as broker:
        settling = Settling(databases, broker, scene)
        unsettled = await settling.wait()
        return Evidence(
            limit=scene.vouchers,
            outcomes=outcomes,
            bookings=await databases.bookings(tenants),
            vouchers=await databases.vouchers(tenants),
            pool=await databases.pool(scene.programme_id),
            transfers=await databases.transfers(scene.programme_id),
            awards=await databases.awards(tenants),
            recorded=await databases.recorded(tenants),
            written=await databases.written(tenants),
            pending=await databases.pending(tenants),
            records=await broker.records(settling.topics, tenants),
            handled_types={service: _handled_types(service) for service in SERVICES},
            inbox=await databases.inbox(),
            dead_letters=await databases.dead_letters(tenants),
            violated={service: await _violated(stack, service, tenants) for service in SERVICES},
            over_limit=watch.over_limit,
            unsettled=unsettled,
        )


def _handled_types(service: str) -> frozenset[str]:
    consumer = importlib.import_module(f"services.{service}.entrypoints.consumer")
    return frozenset(event.TYPE for event in consumer.HANDLERS)


async def _violated(stack: Stack, service: str, tenants: Sequence[str]) -> list[str]:
    """The service's own invariants, for the tenants of the run alone: others may be on the platform."""
    module = importlib.import_module(f"services.{service}.adapters.invariants")
    engine = create_engine(settings_of(stack, service))
    try:
        async with transaction(engine, [UUID(each) for each in tenants]) as connection:
            found: list[str] = await module.violated_invariants(connection)
            return found
    finally:
        await engine.dispose()

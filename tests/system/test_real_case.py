"""2,750 vouchers, 64 offices that compete, every third request sent twice, two workers that are killed: exactly 2,750."""

import asyncio
import random
from collections import Counter, defaultdict
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field, replace
from uuid import UUID, uuid4

import pytest
from sqlalchemy import text

from deploy.local.stack import Stack
from services.catalogue.contracts.events import (
    AchievementV1,
    BookingRequestedV1,
    ParticipationCompletedV1,
)
from services.voucher.contracts.topics import VOUCHER_EVENTS
from services.voucher.domain.eligibility import Beneficiary
from shared.clock import utc_now
from shared.database.engine import create_engine, transaction
from shared.envelope import Envelope, Event
from tests.support import platform
from tests.support.kafka import Publisher, publishing, read_all, settings_of
from tests.support.processes import Process, running
from tests.support.waiting import until
from tests.system.voucher_case import VoucherCase, cancelled, set_up
from tests.voucher.builders import BERGSTRASSE, LUDWIGSHAFEN, MANNHEIM, STUTTGART, TRIER

VOUCHERS = 2_750
#: In every sixteenth office nobody is eligible: it lies in no region of the programme.
OFFICES = [
    replace(each, tenant_id=uuid4(), name=f"{each.name} {n}")
    for n in range(16)
    for each in (LUDWIGSHAFEN, MANNHEIM, BERGSTRASSE, TRIER if n % 4 else STUTTGART)
]
REQUESTS_OF_OFFICE, LATECOMERS_OF_OFFICE = 50, 10
#: Of ten bookings that have a voucher.
CANCELLED, COMPLETED = 1, 4
SEED = 20_261_122
ANSWERS = {"voucher.reserved.v1", "voucher.refused.v1"}

ACHIEVEMENT = AchievementV1(
    name="Digitale Akte", description="", criteria="Teilnahme", competences=(), duration_minutes=90
)

_ANSWERS = text("SELECT booking_id, status FROM voucher WHERE programme_id = :programme_id")
_REFUSALS = text(
    "SELECT tenant_id, reason, explanation FROM voucher WHERE programme_id = :programme_id AND status = 'refused'"
)


@dataclass
class Office:
    """One client: books for its people, and of what it gets completes some and gives some up."""

    tenant: Beneficiary
    case: VoucherCase
    publisher: Publisher
    chance: random.Random
    booked: dict[UUID, BookingRequestedV1] = field(default_factory=dict)

    async def book(self, count: int) -> None:
        """For so many people; one of them asks for a second voucher."""
        events = [self.case.requested(self.tenant)[1] for _ in range(count)]
        events[-1] = events[-1].model_copy(update={"person_id": events[0].person_id})
        for event in events:
            self.booked[event.booking_id] = event
            twice = self.chance.random() < 1 / 3
            await self._tell(event, event.booking_id, again=int(twice))
        await self.publisher.flush()

    async def go_on(self, statuses: dict[UUID, str]) -> int:
        """Complete some of what is reserved, give some up, say some of it twice; how many are given up."""
        given_up = 0
        for booking_id, event in self.booked.items():
            lot = self.chance.randrange(10)
            if statuses[booking_id] != "reserved" or lot >= CANCELLED + COMPLETED:
                continue
            given_up += lot < CANCELLED
            told = cancelled(event) if lot < CANCELLED else _completed(event)
            await self._tell(told, booking_id, again=self.chance.randrange(2), sequence=2)
        await self.publisher.flush()
        return given_up

    async def _tell(self, event: Event, booking_id: UUID, *, again: int, sequence: int = 1) -> None:
        tenant_id = self.tenant.tenant_id
        await self.publisher.publish(event, tenant_id, booking_id, sequence=sequence, again=again)


def _completed(event: BookingRequestedV1) -> ParticipationCompletedV1:
    return ParticipationCompletedV1(
        booking_id=event.booking_id,
        person_id=event.person_id,
        offer_id=event.offer_id,
        provider_id=event.provider_id,
        provider_name="Volkshochschule",
        completed_at=utc_now(),
        achievement=ACHIEVEMENT,
    )


@pytest.fixture
def own() -> Iterator[Stack]:
    """A platform of its own: the catalogue of the shared one knows none of these bookings."""
    with platform.test_stack(("postgres", "kafka", "valkey")) as stack:
        platform.migrate(stack, "voucher")
        yield stack


async def test_of_2750_vouchers_exactly_2750_are_used_whoever_races_and_whatever_dies(
    own: Stack,
) -> None:
    chance = random.Random(SEED)
    engine = create_engine(settings_of(own, "voucher"))
    case = await set_up(engine, vouchers=VOUCHERS, tenants=OFFICES)
    worker = Process(own, "voucher")
    asked = len(OFFICES) * REQUESTS_OF_OFFICE
    async with _offices(own, case, chance) as offices:
        with running(worker):
            await worker.ready()
            booking = asyncio.gather(*(each.book(REQUESTS_OF_OFFICE) for each in offices))
            await _killed_twice(worker, case, chance, asked)
            await booking
            statuses = await _answered(case, asked)
            given_up = sum([await each.go_on(statuses) for each in offices])
            assert given_up > 0, f"seed {SEED}"
            await until(case.counts, lambda counts: counts.get("released", 0) == given_up)
            await asyncio.gather(*(each.book(LATECOMERS_OF_OFFICE) for each in offices))
            asked += len(OFFICES) * LATECOMERS_OF_OFFICE
            await _answered(case, asked)
            answers = await read_all(
                own,
                VOUCHER_EVENTS.name,
                lambda seen: len(_first_answers(seen, case)) == asked,
            )
    counts = await case.counts()
    pool = (await case.programme()).pool
    assert counts["reserved"] + counts["redeemed"] == VOUCHERS, counts
    assert (pool.granted, pool.available) == (VOUCHERS, 0)
    assert (pool.reserved, pool.redeemed) == (counts["reserved"], counts["redeemed"])
    assert await case.violations() == []
    first = Counter(_first_answers(answers, case).values())
    assert first == {
        "voucher.reserved.v1": VOUCHERS + given_up,
        "voucher.refused.v1": counts["refused"],
    }
    await _assert_every_refusal_is_explained(case)
    await engine.dispose()


@asynccontextmanager
async def _offices(
    stack: Stack, case: VoucherCase, chance: random.Random
) -> AsyncIterator[Sequence[Office]]:
    """Each with a connection of its own."""
    async with AsyncExitStack() as exits:
        yield [
            Office(
                tenant,
                case,
                await exits.enter_async_context(publishing(stack, "catalogue")),
                random.Random(chance.random()),
            )
            for tenant in OFFICES
        ]


async def _killed_twice(
    worker: Process, case: VoucherCase, chance: random.Random, asked: int
) -> None:
    for share in (chance.uniform(0.1, 0.4), chance.uniform(0.5, 0.9)):
        await _answered(case, int(share * asked))
        worker.kill()
        worker.start()


async def _answered(case: VoucherCase, bookings: int) -> dict[UUID, str]:
    return await until(lambda: _statuses(case), lambda found: len(found) >= bookings)


async def _statuses(case: VoucherCase) -> dict[UUID, str]:
    async with transaction(case.engine, case.everybody) as connection:
        rows = await connection.execute(_ANSWERS, {"programme_id": case.programme_id})
        return {row.booking_id: row.status for row in rows}


def _first_answers(events: Sequence[Envelope], case: VoucherCase) -> dict[str, str]:
    """Whether each booking got a voucher: told once, also when the event came twice."""
    mine = {str(tenant.tenant_id) for tenant in case.tenants}
    told: dict[str, set[tuple[str, str]]] = defaultdict(set)
    for event in events:
        if str(event.tenant_id) in mine and event.type in ANSWERS:
            told[event.aggregate].add((str(event.id), event.type))
    assert all(len(each) == 1 for each in told.values()), "answered twice"
    return {aggregate: kind for aggregate, [(_, kind)] in told.items()}


async def _assert_every_refusal_is_explained(case: VoucherCase) -> None:
    async with transaction(case.engine, case.everybody) as connection:
        refusals = (await connection.execute(_REFUSALS, {"programme_id": case.programme_id})).all()
    outside = {each.tenant_id for each in OFFICES if each.name.startswith("Stuttgart")}
    assert {each.reason for each in refusals} == {
        "outside_area",
        "person_limit_reached",
        "exhausted",
    }
    assert all(each.explanation for each in refusals)
    assert {each.tenant_id for each in refusals if each.reason == "outside_area"} == outside
    assert not any(each.tenant_id in outside for each in refusals if each.reason == "exhausted")

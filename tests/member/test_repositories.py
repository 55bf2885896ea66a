"""The same suite on the fakes and on PostgreSQL; then what only PostgreSQL can prove."""

import asyncio
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from datetime import timedelta
from time import perf_counter
from typing import TYPE_CHECKING, Any
from uuid import UUID, uuid4

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from services.member.adapters.invariants import violated_invariants
from services.member.adapters.process_repository import CHANGED, DUE
from services.member.adapters.scopes import processes_due, tenants_to_close
from services.member.adapters.unit_of_work import PostgresUnitOfWork
from services.member.application.close_tenant import close_tenant
from services.member.application.keep_records import KeepRecord, keep_records
from services.member.application.register_people import register_people
from services.member.domain.errors import OfficialKeyTakenError
from services.member.domain.onboarding import RULES, Direction, Process, Step
from services.member.domain.organisation import Kind, OfficialKey
from services.member.domain.person import Outcome, Person, Role
from services.member.domain.quota import USUAL, Headcount
from services.member.domain.record import Certificate, Completion
from services.member.domain.statutes import STATUTES, day_of
from services.member.domain.tenant import Party, Status, Tenant
from shared.database.engine import transaction
from shared.database.isolation import verify_isolation
from shared.database.listening import listening
from shared.database.unit_of_work import UnitsOfWork
from shared.envelope import Cause
from tests.member.builders import (
    LATER,
    NOW,
    active_tenant,
    description,
    fresh_key,
    registration,
    tenant,
)
from tests.member.fakes import FakeUnitOfWork
from tests.member.outside import FakeOutside, onboard

if TYPE_CHECKING:
    from tests.conftest import EngineFor

CAUSE = Cause("test")
LEARNER = frozenset({Role.LEARNER})

Opened = Callable[..., AbstractAsyncContextManager[Any]]


@pytest.fixture(params=["fake", "postgres"])
def opened(request: pytest.FixtureRequest) -> Opened:
    if request.param == "fake":
        return FakeUnitOfWork().opened
    units: Opened = request.getfixturevalue("postgres_units")
    return units


async def test_a_tenant_is_kept_whole(opened: Opened) -> None:
    made = tenant(name="Südliche Weinstraße „Süd“", regions=frozenset({"mrn"}))
    async with opened([made.tenant_id]) as work:
        await work.tenants.add(made)
        assert await work.tenants.get(made.tenant_id) == made
    made.approve(NOW)
    made.organization_id = str(uuid4())
    async with opened([made.tenant_id]) as work:
        assert await work.tenants.lock(made.tenant_id)
        await work.tenants.save(made)
    async with opened([made.tenant_id]) as work:
        assert await work.tenants.lock(made.tenant_id) == made
        assert await work.tenants.get(uuid4()) is None


async def test_a_process_is_kept_whole(opened: Opened) -> None:
    made = tenant()
    made.approve(NOW)
    process = Process.opening(made.tenant_id, NOW, has_account=False)
    async with opened([made.tenant_id]) as work:
        await work.tenants.add(made)
        assert await work.processes.get(made.tenant_id, Direction.OPENING) is None
        await work.processes.begin(process)
    process.claim(NOW)
    process.finish(Step.ORGANIZATION, LATER)
    process.fail(Step.KAFKA_RIGHTS, "unreachable: Kafka does not answer.", LATER)
    async with opened([made.tenant_id]) as work:
        await work.processes.save(process)
    async with opened([made.tenant_id]) as work:
        assert await work.processes.get(made.tenant_id, Direction.OPENING) == process
        assert await work.processes.get(made.tenant_id, Direction.CLOSING) is None


async def test_quotas_given_once_stay(opened: Opened) -> None:
    made = tenant()
    usual, other = USUAL[Kind.MUNICIPALITY], USUAL[Kind.PARTNER]
    async with opened([made.tenant_id]) as work:
        await work.tenants.add(made)
        assert await work.quotas.get(made.tenant_id) is None
        await work.quotas.set(made.tenant_id, other)
        await work.quotas.add(made.tenant_id, usual)
        assert await work.quotas.get(made.tenant_id) == other


async def test_who_was_there_before_the_quota_is_counted_too(opened: Opened) -> None:
    made = active_tenant()
    people = [
        Person.register(made.tenant_id, uuid4(), key, description(), LEARNER) for key in ("a", "b")
    ]
    people[0].leave(NOW.date(), NOW.date())
    async with opened([made.tenant_id]) as work:
        await work.tenants.add(made)
        await work.people.save(people)
        assert await work.quotas.headcount(made.tenant_id) is None
        await work.quotas.add(made.tenant_id, USUAL[Kind.PARTNER])
        assert await work.quotas.headcount(made.tenant_id) == Headcount(present=1, allowed=200)


async def test_one_body_applies_once_by_whichever_key(opened: Opened) -> None:
    key = fresh_key()
    first, second = (
        tenant(official_key=key),
        tenant(official_key=OfficialKey(key.digits[:5] + "0001" + key.digits[5:])),
    )
    async with opened([first.tenant_id]) as work:
        await work.tenants.add(first)
    with pytest.raises(OfficialKeyTakenError):
        async with opened([second.tenant_id]) as work:
            await work.tenants.add(second)
    first.refuse("a stranger", NOW)
    async with opened([first.tenant_id]) as work:
        await work.tenants.save(first)
    async with opened([second.tenant_id]) as work:
        await work.tenants.add(second)


async def test_many_without_a_key_may_apply(opened: Opened) -> None:
    for _ in range(2):
        made = tenant(kind="partner", official_key=None)
        async with opened([made.tenant_id]) as work:
            await work.tenants.add(made)


async def test_people_are_found_by_either_key(opened: Opened) -> None:
    owner = active_tenant()
    people = [
        Person.register(owner.tenant_id, uuid4(), key, description(), LEARNER) for key in ("a", "b")
    ]
    async with opened([owner.tenant_id]) as work:
        await work.tenants.add(owner)
        await work.people.save(people)
    assert not any(person.changes for person in people)
    async with opened([owner.tenant_id]) as work:
        assert await work.people.get(people[0].person_id) == people[0]
        found = await work.people.by_external_ids(owner.tenant_id, ["a", "b", "c"])
        assert found == {"a": people[0], "b": people[1]}


async def test_records_fill_up(opened: Opened) -> None:
    tenant_id, booking_id, person_id = uuid4(), uuid4(), uuid4()
    for news in (Certificate(LATER, "https://x/1"), Completion(NOW, "Datenschutz")):
        async with opened([tenant_id]) as work:
            await keep_records(work, [KeepRecord(tenant_id, booking_id, person_id, news)] * 2)
    async with opened([tenant_id]) as work:
        records = await work.records.lock({(tenant_id, booking_id): person_id})
    record = records[tenant_id, booking_id]
    assert record.person_id == person_id
    assert record.completion == Completion(NOW, "Datenschutz")
    assert record.certificate == Certificate(LATER, "https://x/1")


Postgres = UnitsOfWork[PostgresUnitOfWork]


async def active(units: Postgres) -> UUID:
    made = active_tenant()
    async with units([made.tenant_id]) as work:
        await work.tenants.add(made)
    return made.tenant_id


async def save_person(units: Postgres, acting_for: UUID, person: Person) -> None:
    async with units([acting_for]) as work:
        await work.people.save([person])


async def test_the_database_isolates(engine_for: "EngineFor") -> None:
    async with engine_for("member").connect() as connection:
        await verify_isolation(connection)


async def test_nobody_sees_another_tenants_rows(postgres_units: Postgres) -> None:
    one, other = await active(postgres_units), await active(postgres_units)
    async with postgres_units([one]) as work:
        [made] = await register_people(work, one, [registration()], CAUSE)
    async with postgres_units([other]) as work:
        assert await work.tenants.get(one) is None
        assert await work.people.get(made.person_id) is None
        assert await work.queries.people(10, 0) == []
    async with postgres_units(operator=True) as work:
        assert await work.tenants.get(one) is not None
        assert await work.people.get(made.person_id) is None
        changed = await work.connection.execute(text("UPDATE tenant SET name = 'x'"))
        assert changed.rowcount == 0
    foreign = Person.register(one, uuid4(), "x", description(), LEARNER)
    with pytest.raises(DBAPIError, match="row-level security"):
        await save_person(postgres_units, other, foreign)


async def test_areas_are_seeded_and_nobody_changes_them(postgres_units: Postgres) -> None:
    async with postgres_units() as work:
        areas = await work.areas.get()
        prefixes = {state.key_prefix for state in areas.states.values() if state.key_prefix}
        assert prefixes == {f"{number:02}" for number in range(1, 17)}
        assert areas.states["LU"].key_prefix is None
        assert areas.regions["mrn"].states == {"DE-BW", "DE-HE", "DE-RP"}
        await work.connection.execute(text("DELETE FROM region"))
        await work.connection.execute(text("UPDATE state SET name = 'x'"))
        assert await work.areas.get() == areas


async def test_of_many_who_apply_at_once_one_is_taken(postgres_units: Postgres) -> None:
    key = fresh_key()

    async def attempt() -> bool:
        made = tenant(official_key=key)
        try:
            async with postgres_units([made.tenant_id]) as work:
                await work.tenants.add(made)
        except OfficialKeyTakenError:
            return False
        return True

    assert sum(await asyncio.gather(*(attempt() for _ in range(8)))) == 1


async def test_two_imports_at_once_register_everybody_once(postgres_units: Postgres) -> None:
    tenant_id = await active(postgres_units)

    async def load() -> set[UUID]:
        async with postgres_units([tenant_id]) as work:
            commands = [registration(str(number)) for number in range(100)]
            answers = await register_people(work, tenant_id, commands, CAUSE)
            return {answer.person_id for answer in answers}

    ids = await asyncio.gather(*(load() for _ in range(4)))
    assert all(each == ids[0] for each in ids)
    async with postgres_units([tenant_id]) as work:
        counted = await work.connection.execute(
            text("SELECT count(*) FROM outbox_event WHERE tenant_id = :id"), {"id": tenant_id}
        )
        assert counted.scalar_one() == 200


async def test_a_thousand_people_are_one_quick_transaction(postgres_units: Postgres) -> None:
    tenant_id = await active(postgres_units)
    commands = [registration(f"{number:05}") for number in range(1_000)]
    started = perf_counter()
    async with postgres_units([tenant_id]) as work:
        answers = await register_people(work, tenant_id, commands, CAUSE)
    seconds = perf_counter() - started
    assert {answer.outcome for answer in answers} == {Outcome.CREATED}
    print(f"1,000 people: {seconds:.3f} s")
    assert seconds < 2, "0.1 s alone; the rest is what a busy machine may take"


async def test_both_halves_of_a_record_may_arrive_at_once(postgres_units: Postgres) -> None:
    tenant_id, person_id = uuid4(), uuid4()
    bookings = [uuid4() for _ in range(20)]

    async def tell(news: Completion | Certificate, order: int) -> None:
        async with postgres_units([tenant_id]) as work:
            commands = [KeepRecord(tenant_id, each, person_id, news) for each in bookings[::order]]
            await keep_records(work, commands)

    certificate, completion = Certificate(LATER, "https://x/1"), Completion(NOW, "Datenschutz")
    await asyncio.gather(
        *(tell(each, way) for each in (certificate, completion) for way in (1, -1))
    )
    async with postgres_units([tenant_id]) as work:
        records = await work.queries.records(person_id)
    assert len(records) == len(bookings)
    assert {(each.completion, each.certificate) for each in records} == {(completion, certificate)}


async def approved(units: Postgres) -> Tenant:
    made = tenant()
    made.approve(NOW)
    async with units([made.tenant_id]) as work:
        await work.tenants.add(made)
        await work.processes.begin(Process.opening(made.tenant_id, NOW))
    return made


async def test_several_workers_onboard_once(
    postgres_units: Postgres, engine_for: "EngineFor"
) -> None:
    made = await approved(postgres_units)
    key = (made.tenant_id, Direction.OPENING)
    assert key in await processes_due(engine_for("member"), NOW, 1_000)
    outside = FakeOutside()
    await asyncio.gather(
        *(onboard(postgres_units, made.tenant_id, outside, clock=lambda: NOW) for _ in range(4))
    )
    taken = RULES[Direction.OPENING].keys() - {
        *(Step.ACCOUNT, Step.INVITATION, Step.ISSUER, Step.QUOTAS)
    }
    assert sorted(outside.calls) == sorted(taken)
    async with postgres_units([made.tenant_id]) as work:
        kept = await work.tenants.get(made.tenant_id)
        assert kept
        assert kept.status is Status.ACTIVE
        events = await work.connection.execute(
            text("SELECT type FROM outbox_event WHERE tenant_id = :id ORDER BY id"),
            {"id": made.tenant_id},
        )
        assert events.scalars().all() == ["tenant.limited.v1", "tenant.activated.v1"]
    assert key not in await processes_due(engine_for("member"), LATER, 1_000)


async def test_who_has_left_is_found_until_its_way_out_has_begun(
    postgres_units: Postgres, engine_for: "EngineFor"
) -> None:
    engine, tenant_id = engine_for("member"), await active(postgres_units)
    assert tenant_id not in await tenants_to_close(engine, 1_000)
    async with postgres_units([tenant_id]) as work:
        left = await work.tenants.lock(tenant_id)
        assert left
        left.give_notice(Party.COOPERATIVE, "fees", NOW, STATUTES, day_of(NOW))
        assert left.leave(NOW + timedelta(days=1), STATUTES)
        await work.tenants.save(left)
    assert tenant_id in await tenants_to_close(engine, 1_000)
    for _ in range(2):
        async with postgres_units([tenant_id]) as work:
            await close_tenant(work, tenant_id, NOW)
    assert tenant_id not in await tenants_to_close(engine, 1_000)
    assert (tenant_id, Direction.CLOSING) in await processes_due(engine, NOW, 1_000)


async def test_a_committed_beginning_wakes_a_worker(
    postgres_units: Postgres, engine_for: "EngineFor"
) -> None:
    url = engine_for("member").url.render_as_string(hide_password=False)
    due, changed = asyncio.Event(), asyncio.Queue[str]()
    async with (
        listening(url, DUE, lambda _: due.set()),
        listening(url, CHANGED, changed.put_nowait),
        asyncio.timeout(10),
    ):
        made = await approved(postgres_units)
        await due.wait()
        assert await changed.get() == str(made.tenant_id)


async def test_the_invariants_hold_and_notice(
    postgres_units: Postgres, engine_for: "EngineFor"
) -> None:
    engine = engine_for("member")
    name = "an active tenant was approved and has taken every step that it needs"
    made = await approved(postgres_units)
    await onboard(postgres_units, made.tenant_id)
    change = text(
        "UPDATE onboarding_step SET state = 'waiting', done_at = NULL WHERE step = 'probe'"
    )
    async with transaction(engine, operator=True) as connection:
        assert name not in await violated_invariants(connection)
    async with transaction(engine, [made.tenant_id], operator=True) as connection:
        await connection.execute(change)
        assert name in await violated_invariants(connection)
        await connection.rollback()

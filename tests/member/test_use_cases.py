"""What the use cases do, on fakes."""

from random import Random
from uuid import uuid4

import pytest

from services.member.application.apply import apply
from services.member.application.change_person import ChangePerson, change_person
from services.member.application.decide_application import approve_application, refuse_application
from services.member.application.keep_records import KeepRecord, keep_records
from services.member.application.register_people import register_people
from services.member.domain.errors import MemberError, TenantNotActiveError
from services.member.domain.organisation import OfficialKey
from services.member.domain.person import Outcome, Role
from services.member.domain.record import Certificate, Completion
from shared.envelope import Cause
from tests.member.builders import LATER, NOW, active_tenant, application, description, registration
from tests.member.fakes import FakeUnitOfWork

CAUSE = Cause("test")


@pytest.fixture
def work() -> FakeUnitOfWork:
    return FakeUnitOfWork()


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"applicant_has_tenant": True}, "applicant_has_tenant"),
        ({"state": "DE-XX"}, "state_unknown"),
        ({"official_key": OfficialKey("073140000000")}, "official_key_taken"),
    ],
)
async def test_applications_that_are_refused(
    work: FakeUnitOfWork, changes: dict[str, object], code: str
) -> None:
    await apply(work, application(official_key=OfficialKey("07314000")), NOW)
    with pytest.raises(MemberError) as error:
        await apply(work, application(**changes), NOW)
    assert error.value.code == code
    assert len(work.tenants.kept) == 1


async def test_a_refused_application_frees_the_key(work: FakeUnitOfWork) -> None:
    key = OfficialKey("07314000")
    first = await apply(work, application(official_key=key), NOW)
    await refuse_application(work, first.tenant_id, "applied by a stranger", NOW)
    await apply(work, application(official_key=key), NOW)


async def test_what_is_not_there_is_not_decided(work: FakeUnitOfWork) -> None:
    assert await approve_application(work, uuid4(), NOW) is None
    assert await refuse_application(work, uuid4(), "no", NOW) is None


async def test_people_are_for_active_tenants(work: FakeUnitOfWork) -> None:
    applied = await apply(work, application(), NOW)
    for tenant_id in (applied.tenant_id, uuid4()):
        with pytest.raises(TenantNotActiveError) as error:
            await register_people(work, tenant_id, [registration()], CAUSE)
        assert error.value.code == "tenant_not_active"
        change = ChangePerson(tenant_id, uuid4(), "A", None, None, None, CAUSE)
        with pytest.raises(TenantNotActiveError):
            await change_person(work, change)


async def test_registering_again_changes_and_tells_nothing(work: FakeUnitOfWork) -> None:
    tenant = active_tenant()
    await work.tenants.save(tenant)
    commands = [registration(str(number)) for number in range(50)]
    first = await register_people(work, tenant.tenant_id, commands, CAUSE)
    told = list(work.published)
    shuffled = Random(1).sample([registration(str(number)) for number in range(50)], 50)
    again = await register_people(work, tenant.tenant_id, shuffled, CAUSE)
    assert {answer.outcome for answer in first} == {Outcome.CREATED}
    assert {answer.outcome for answer in again} == {Outcome.UNCHANGED}
    assert {answer.person_id for answer in first} == {answer.person_id for answer in again}
    assert work.published == told
    assert len(told) == 100


async def test_one_batch_answers_item_by_item(work: FakeUnitOfWork) -> None:
    tenant = active_tenant()
    await work.tenants.save(tenant)
    await register_people(work, tenant.tenant_id, [registration("a"), registration("b")], CAUSE)
    work.published.clear()
    leader = frozenset({Role.LEADER})
    commands = [registration("c"), registration("b", roles=leader), registration("a")]
    answers = await register_people(work, tenant.tenant_id, [*commands, commands[0]], CAUSE)
    assert [answer.outcome for answer in answers] == [
        "created",
        "updated",
        "unchanged",
        "unchanged",
    ]
    assert [(event.event.TYPE, event.sequence) for event in work.published] == [
        ("person.registered.v1", 2),
        ("person.registered.v1", 1),
        ("person.described.v1", 1),
    ]


async def test_names_are_only_in_the_event_for_names(work: FakeUnitOfWork) -> None:
    tenant = active_tenant()
    await work.tenants.save(tenant)
    await register_people(work, tenant.tenant_id, [registration()], CAUSE)
    by_topic = {event.event.TOPIC: event.event.model_dump_json() for event in work.published}
    assert "Rheinufer" in by_topic["member-people"]
    assert not any(
        text in by_topic["member-events"] for text in ("Luisa", "Rheinufer", "@", "4711")
    )


async def test_changing_a_person(work: FakeUnitOfWork) -> None:
    tenant = active_tenant()
    await work.tenants.save(tenant)
    [made] = await register_people(work, tenant.tenant_id, [registration()], CAUSE)
    work.published.clear()
    change = ChangePerson(tenant.tenant_id, made.person_id, None, "Neu", None, None, CAUSE)
    person = await change_person(work, change)
    assert person
    assert person.description == description(family_name="Neu")
    await change_person(work, change)
    assert [(event.event.TYPE, event.sequence) for event in work.published] == [
        ("person.described.v1", 2)
    ]
    unknown = ChangePerson(tenant.tenant_id, uuid4(), None, "Neu", None, None, CAUSE)
    assert await change_person(work, unknown) is None


async def test_records_survive_any_order_and_batches(work: FakeUnitOfWork) -> None:
    tenant_id, person_id = uuid4(), uuid4()
    bookings = [uuid4() for _ in range(10)]
    news = [
        KeepRecord(tenant_id, booking_id, person_id, each)
        for booking_id in bookings
        for each in (Completion(NOW, "Datenschutz"), Certificate(LATER, f"https://x/{booking_id}"))
    ]
    shuffled = Random(2).sample([*news, *news], 2 * len(news))
    for start in range(0, len(shuffled), 7):
        await keep_records(work, shuffled[start : start + 7])
    assert len(work.records.kept) == len(bookings)
    for booking_id in bookings:
        record = work.records.kept[tenant_id, booking_id]
        assert record.completion == Completion(NOW, "Datenschutz")
        assert record.certificate == Certificate(LATER, f"https://x/{booking_id}")

"""What the use cases do, on fakes."""

from random import Random
from uuid import uuid4

import pytest

from services.member.application.apply import apply
from services.member.application.change_person import ChangePerson, change_person
from services.member.application.decide_application import (
    approve_application,
    refuse_application,
)
from services.member.application.keep_records import KeepRecord, keep_records
from services.member.application.onboard_tenant import onboard_tenant
from services.member.application.register_people import register_people
from services.member.contracts.events import TenantActivatedV1
from services.member.domain.errors import MemberError, TenantNotActiveError
from services.member.domain.onboarding import LEASE, Step, wait_after
from services.member.domain.organisation import Kind, OfficialKey
from services.member.domain.person import Outcome, Role
from services.member.domain.record import Certificate, Completion
from services.member.domain.tenant import Status, Tenant
from shared.envelope import Cause
from tests.member.builders import (
    LATER,
    NOW,
    active_tenant,
    application,
    description,
    registration,
)
from tests.member.fakes import FakeIdentityProvider, FakeUnitOfWork

CAUSE = Cause("test")


@pytest.fixture
def work() -> FakeUnitOfWork:
    return FakeUnitOfWork()


@pytest.fixture
def provider() -> FakeIdentityProvider:
    return FakeIdentityProvider()


async def approved(work: FakeUnitOfWork, **changes: object) -> Tenant:
    made = await apply(work, application(**changes), NOW)
    await approve_application(work, made.tenant_id, NOW)
    return work.tenants.kept[made.tenant_id]


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


async def test_onboarding_makes_active_and_tells_it_once(
    work: FakeUnitOfWork, provider: FakeIdentityProvider
) -> None:
    tenant = await approved(work, kind=Kind.STATE_AGENCY, official_key=None)
    await onboard_tenant(work.opened, provider, tenant.tenant_id, NOW)
    await onboard_tenant(work.opened, provider, tenant.tenant_id, LATER)
    kept = work.tenants.kept[tenant.tenant_id]
    assert kept.status is Status.ACTIVE
    assert provider.calls == ["organization", "membership", "roles"]
    organization_id = provider.organizations[tenant.tenant_id]
    assert kept.onboarding.organization_id == organization_id
    assert kept.onboarding.due_at is None
    assert provider.members == {(organization_id, tenant.applicant)}
    assert provider.roles == {tenant.applicant: {"tenant-admin", "funder"}}
    [told] = work.published
    assert isinstance(told.event, TenantActivatedV1)
    assert (told.aggregate, told.sequence) == (str(tenant.tenant_id), kept.version)


@pytest.mark.parametrize("step", Step)
@pytest.mark.parametrize("acted", [False, True])
async def test_a_failure_at_any_step_is_made_good(
    work: FakeUnitOfWork, provider: FakeIdentityProvider, step: Step, *, acted: bool
) -> None:
    (provider.fails_after if acted else provider.fails_before).append(step.value)
    tenant = await approved(work)
    await onboard_tenant(work.opened, provider, tenant.tenant_id, NOW)
    kept = work.tenants.kept[tenant.tenant_id]
    assert (kept.status, kept.onboarding.next_step) == (Status.APPROVED, step)
    assert kept.onboarding.attempts == 1
    assert kept.onboarding.last_error == "unreachable: Keycloak does not answer."
    await onboard_tenant(work.opened, provider, tenant.tenant_id, NOW)  # not due yet
    assert provider.calls.count(step.value) == 1
    await onboard_tenant(work.opened, provider, tenant.tenant_id, NOW + wait_after(1))
    assert work.tenants.kept[tenant.tenant_id].is_active
    assert len(provider.organizations) == len(work.published) == 1


async def test_a_crash_is_taken_up_after_the_lease(
    work: FakeUnitOfWork, provider: FakeIdentityProvider
) -> None:
    tenant = await approved(work)

    provider.crashes = True
    with pytest.raises(KeyboardInterrupt):
        await onboard_tenant(work.opened, provider, tenant.tenant_id, NOW)
    provider.crashes = False
    provider.calls.clear()
    await onboard_tenant(work.opened, provider, tenant.tenant_id, NOW)
    assert provider.calls == []
    await onboard_tenant(work.opened, provider, tenant.tenant_id, NOW + LEASE)
    assert work.tenants.kept[tenant.tenant_id].is_active


async def test_who_was_not_approved_is_not_onboarded(
    work: FakeUnitOfWork, provider: FakeIdentityProvider
) -> None:
    applied = await apply(work, application(), NOW)
    await onboard_tenant(work.opened, provider, applied.tenant_id, LATER)
    await onboard_tenant(work.opened, provider, uuid4(), LATER)
    assert provider.calls == []


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

"""Suspension, notice, the last day, the time to fetch the data, and deletion: by rule, and by use case."""

from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.member.application.agree import settle_agreement
from services.member.application.change_shares import ChangeShares, cancel_shares, subscribe_shares
from services.member.application.decide_application import approve_application
from services.member.application.leave import (
    GiveNotice,
    delete_tenant,
    end_membership,
    give_notice,
    withdraw_notice,
)
from services.member.application.register_people import register_people
from services.member.application.suspend_tenant import resume_tenant, suspend_tenant
from services.member.contracts.events import AgreementEndedV1, TenantLeavingV1, TenantLeftV1
from services.member.domain.agreement import Agreement
from services.member.domain.agreement_terms import Part
from services.member.domain.agreement_terms import Party as Partner
from services.member.domain.cooperative_errors import (
    InvalidLastDayError,
    NoNoticeError,
    NoticeGivenError,
)
from services.member.domain.errors import (
    MemberError,
    TenantNotActiveError,
    TenantStateError,
    TenantSuspendedError,
)
from services.member.domain.membership import Membership
from services.member.domain.organisation import KINDS, Kind
from services.member.domain.people_errors import RoleNotForKindError
from services.member.domain.person import Role
from services.member.domain.statutes import STATUTES, day_of
from services.member.domain.tenant import MEMBERS, Party, Status, Tenant
from shared.envelope import Cause
from tests.member.agreements import signatures, terms
from tests.member.builders import LATER, NOW, active_tenant, registration, tenant
from tests.member.fakes import FakeUnitOfWork

CAUSE = Cause("test")
DAY = timedelta(days=1)
TODAY = day_of(NOW)
YEAR_END = date(2027, 12, 31)
AFTER = NOW.replace(year=2028, month=1, day=1)


def test_who_is_suspended_goes_on_where_it_was() -> None:
    made = active_tenant()
    assert made.suspend("fees unpaid", NOW)
    assert not made.suspend("something else", LATER)
    assert made.suspension
    assert made.suspension.reason == "fees unpaid"
    with pytest.raises(TenantSuspendedError):
        made.require_active()
    assert made.resume()
    assert not made.resume()
    assert made.is_active
    made.give_notice(Party.MEMBER, "", NOW, STATUTES)
    made.suspend("fees unpaid", NOW)
    made.resume()
    assert made.status is Status.LEAVING
    made.require_active()


def test_only_members_are_suspended_or_leave() -> None:
    for made in (tenant(), _refused(), _left()):
        for act in (
            lambda made=made: made.suspend("x", NOW),
            made.resume,
            lambda made=made: made.give_notice(Party.COOPERATIVE, "x", NOW, STATUTES),
            lambda made=made: made.withdraw_notice(Party.MEMBER),
        ):
            with pytest.raises(TenantStateError):
                act()
        with pytest.raises(TenantNotActiveError):
            made.require_active()


def test_notice_is_given_once_and_taken_back_by_whoever_gave_it() -> None:
    made = active_tenant()
    made.give_notice(Party.MEMBER, "", NOW, STATUTES)
    assert made.notice
    assert made.notice.last_day == YEAR_END
    with pytest.raises(NoticeGivenError):
        made.give_notice(Party.MEMBER, "", NOW, STATUTES)
    with pytest.raises(NoNoticeError):
        made.withdraw_notice(Party.COOPERATIVE)
    made.withdraw_notice(Party.MEMBER)
    assert made.status is Status.ACTIVE
    with pytest.raises(NoNoticeError):
        made.withdraw_notice(Party.MEMBER)


def test_the_cooperative_names_a_day_that_is_not_over() -> None:
    made = active_tenant()
    with pytest.raises(InvalidLastDayError):
        made.give_notice(Party.COOPERATIVE, "x", NOW, STATUTES, TODAY - DAY)
    made.give_notice(Party.MEMBER, "", NOW, STATUTES)
    made.give_notice(Party.COOPERATIVE, "x", NOW, STATUTES, TODAY)
    assert not made.leave(NOW, STATUTES)
    assert made.leave(NOW + DAY, STATUTES)
    assert made.last_export_day == TODAY + DAY + timedelta(days=90)


def test_what_is_deleted_names_nobody_any_more() -> None:
    made = _left()
    assert made.last_export_day
    last = AFTER + timedelta(days=90)
    assert not made.delete(last)
    assert made.delete(last + DAY)
    assert not made.delete(last + DAY)
    assert (made.contact_email, made.applicant) == ("", "")
    assert made.notice
    assert made.notice.reason == ""
    assert made.organisation.name


ACTS: dict[str, Any] = {
    "approve": lambda t, now: t.approve(now),
    "refuse": lambda t, now: t.refuse("x", now),
    "suspend": lambda t, now: t.suspend("x", now),
    "resume": lambda t, _: t.resume(),
    "notice": lambda t, now: t.give_notice(Party.MEMBER, "", now, STATUTES),
    "exclude": lambda t, now: t.give_notice(Party.COOPERATIVE, "", now, STATUTES, day_of(now)),
    "withdraw": lambda t, _: t.withdraw_notice(Party.MEMBER),
    "readmit": lambda t, _: t.withdraw_notice(Party.COOPERATIVE),
    "leave": lambda t, now: t.leave(now, STATUTES),
    "delete": lambda t, now: t.delete(now),
}


@given(st.lists(st.tuples(st.sampled_from(sorted(ACTS)), st.integers(0, 200)), max_size=40))
def test_whatever_happens_the_state_follows_from_the_facts(acts: list[tuple[str, int]]) -> None:
    made, now = active_tenant(), NOW
    for name, days in acts:
        now += timedelta(days=days)
        before = made.version
        try:
            happened = ACTS[name](made, now)
        except MemberError:
            assert made.version == before
            continue
        assert made.version == before + (happened is not False)
        if made.status in MEMBERS:
            expected = Status.LEAVING if made.notice else Status.ACTIVE
            assert made.status is (Status.SUSPENDED if made.suspension else expected)
        else:
            assert made.status is Status.LEFT
            assert made.notice
            assert made.left_at
            assert day_of(made.left_at) > made.notice.last_day
        assert not made.deleted_at or made.status is Status.LEFT


def test_every_kind_has_its_rules() -> None:
    assert set(KINDS) == set(Kind)
    assert [kind for kind in Kind if not kind.rules.has_learners] == [Kind.PARTNER]
    with pytest.raises(RoleNotForKindError):
        Kind.PARTNER.check_roles({Role.LEARNER, Role.TRAINER})
    Kind.PARTNER.check_roles({Role.TRAINER})


@pytest.fixture
def work() -> FakeUnitOfWork:
    return FakeUnitOfWork()


async def joined(work: FakeUnitOfWork, **changes: Any) -> UUID:
    made = active_tenant(**changes)
    await work.tenants.add(made)
    await work.memberships.add(Membership.admit(made.tenant_id, "Speyer", 2, "op", NOW))
    return made.tenant_id


async def test_approval_admits_once(work: FakeUnitOfWork) -> None:
    made = tenant(name="Speyer")
    await work.tenants.add(made)
    for _ in range(2):
        await approve_application(work, made.tenant_id, NOW, "op")
    [entry] = work.memberships.kept[made.tenant_id].entries
    assert (entry.name, entry.shares, entry.recorded_by) == ("Speyer", 1, "op")


async def test_who_is_suspended_registers_nobody_and_takes_no_shares(work: FakeUnitOfWork) -> None:
    tenant_id = await joined(work)
    for _ in range(2):
        await suspend_tenant(work, tenant_id, "fees unpaid", CAUSE, NOW)
    for act in (
        register_people(work, tenant_id, [registration()], CAUSE),
        subscribe_shares(work, ChangeShares(tenant_id, 1, "admin"), NOW),
        cancel_shares(work, ChangeShares(tenant_id, 1, "admin"), NOW, STATUTES),
    ):
        with pytest.raises(TenantSuspendedError):
            await act
    for _ in range(2):
        await resume_tenant(work, tenant_id, CAUSE)
    await register_people(work, tenant_id, [registration()], CAUSE)
    told = [each.event.TYPE for each in work.published]
    assert told[:2] == ["tenant.suspended.v1", "tenant.resumed.v1"]
    assert "tenant.suspended.v1" not in told[1:]


async def test_a_partner_registers_no_learners(work: FakeUnitOfWork) -> None:
    tenant_id = await joined(work, kind=Kind.PARTNER, official_key=None)
    with pytest.raises(RoleNotForKindError):
        await register_people(work, tenant_id, [registration()], CAUSE)
    trainer = registration(roles=frozenset({Role.TRAINER}))
    await register_people(work, tenant_id, [trainer], CAUSE)


async def test_a_membership_from_notice_to_deletion(work: FakeUnitOfWork) -> None:
    tenant_id = await joined(work)
    await register_people(work, tenant_id, [registration(str(n)) for n in range(3)], CAUSE)
    command = GiveNotice(tenant_id, Party.MEMBER, "", CAUSE)
    await give_notice(work, command, NOW, STATUTES)
    await withdraw_notice(work, tenant_id, Party.MEMBER, CAUSE)
    await give_notice(work, command, NOW, STATUTES)
    await end_membership(work, tenant_id, NOW, STATUTES)
    assert work.tenants.kept[tenant_id].is_active
    for _ in range(2):
        await end_membership(work, tenant_id, AFTER, STATUTES)
    kept = work.tenants.kept[tenant_id]
    assert (kept.status, work.memberships.kept[tenant_id].standing(YEAR_END + DAY).shares) == (
        Status.LEFT,
        0,
    )
    await delete_tenant(work.opened, tenant_id, AFTER + timedelta(days=90))
    assert len(work.people.kept) == 3
    for _ in range(2):
        await delete_tenant(work.opened, tenant_id, AFTER + timedelta(days=91))
    assert work.people.kept == {}
    assert work.tenant_data.purged == [tenant_id]
    told = [each for each in work.published if each.event.TYPE.startswith("tenant.")]
    assert [each.event.TYPE for each in told] == [
        "tenant.leaving.v1",
        "tenant.resumed.v1",
        "tenant.leaving.v1",
        "tenant.left.v1",
        "tenant.deleted.v1",
    ]
    assert isinstance(told[0].event, TenantLeavingV1)
    assert told[0].event.last_day == YEAR_END
    assert isinstance(told[3].event, TenantLeftV1)
    assert told[3].event.status == "left"
    first = told[0].sequence
    assert [each.sequence for each in told] == list(range(first, first + 5)), "none is missing"


async def test_its_agreements_end_on_the_day_the_membership_does(work: FakeUnitOfWork) -> None:
    tenant_id, other = await joined(work), await joined(work, name="Worms", official_key=None)
    pair = (Partner(tenant_id, "Speyer", Part.HOST), Partner(other, "Worms", Part.PARTY))
    text = terms(parties=pair, offers=frozenset(), starts_at=NOW, ends_at=None)
    agreement = Agreement.propose(other, uuid4(), text, NOW)
    await work.agreements.add(agreement)
    for each in signatures(agreement):
        await work.agreements.declare(agreement, each)

    async def settle(now: datetime) -> Any:
        found = await settle_agreement(work.opened, other, agreement.agreement_id, CAUSE, now)
        assert found
        return found.status

    await give_notice(work, GiveNotice(tenant_id, Party.MEMBER, "", CAUSE), NOW, STATUTES)
    await suspend_tenant(work, other, "fees unpaid", CAUSE, NOW)
    await end_membership(work, tenant_id, AFTER - DAY, STATUTES)
    assert await settle(AFTER - DAY) == "running"
    for _ in range(2):
        await end_membership(work, tenant_id, AFTER, STATUTES)
    assert await settle(AFTER) == "ended"
    leaves = (await work.agreements.declarations(agreement.agreement_id))[2:]
    assert [(each.tenant_id, each.act, each.subject) for each in leaves] == [
        (tenant_id, "leaves", "member")
    ]
    told = [each.event for each in work.published if isinstance(each.event, AgreementEndedV1)]
    assert [each.reason for each in told] == ["party_left"]


async def test_what_is_not_there_does_not_leave(work: FakeUnitOfWork) -> None:
    nobody = uuid4()
    command = GiveNotice(nobody, Party.MEMBER, "", CAUSE)
    assert await give_notice(work, command, NOW, STATUTES) is None
    assert await withdraw_notice(work, nobody, Party.MEMBER, CAUSE) is None
    assert await suspend_tenant(work, nobody, "x", CAUSE, NOW) is None
    assert await resume_tenant(work, nobody, CAUSE) is None
    await end_membership(work, nobody, NOW, STATUTES)
    await delete_tenant(work.opened, nobody, NOW)


def _refused() -> Tenant:
    made = tenant()
    made.refuse("no", NOW)
    return made


def _left() -> Tenant:
    made = active_tenant()
    made.give_notice(Party.MEMBER, "we merge", NOW, STATUTES)
    assert made.leave(AFTER, STATUTES)
    return made

"""Onboarding and offboarding: how the steps are taken."""

import asyncio
from dataclasses import replace
from datetime import timedelta
from uuid import uuid4

import pytest
from asyncpg.exceptions import ConnectionDoesNotExistError

from services.member.application.apply import apply
from services.member.application.close_tenant import close_tenant
from services.member.application.confirm_issuers import confirm_issuers
from services.member.application.decide_application import approve_application
from services.member.application.invite_again import invite_again
from services.member.application.issue_scim_token import issue_scim_token
from services.member.application.limit_tenant import change_quotas
from services.member.application.machine_clients import RequestClient, request_machine_client
from services.member.contracts.events import TenantActivatedV1, TenantLimitedV1
from services.member.domain.machine_client import MachineRole
from services.member.domain.onboarding import (
    EXPORT_PERIOD,
    LEASE,
    Direction,
    Process,
    State,
    Step,
    wait_after,
)
from services.member.domain.onboarding_errors import NobodyInvitedError
from services.member.domain.organisation import Kind
from services.member.domain.quota import quotas_of
from services.member.domain.tenant import Status, Tenant
from shared.envelope import Cause
from tests.member.builders import LATER, NOW, application
from tests.member.fakes import FakeUnitOfWork
from tests.member.outside import Crash, FakeOutside, onboard

OPENING, CLOSING = Direction.OPENING, Direction.CLOSING
#: What the worker does for an applicant with an account of its own, but for quotas, which are its own.
CALLS = ["organization", "membership", "roles", "kafka_rights", "probe"]


@pytest.fixture
def work() -> FakeUnitOfWork:
    return FakeUnitOfWork()


@pytest.fixture
def outside() -> FakeOutside:
    return FakeOutside()


async def approved(work: FakeUnitOfWork, **changes: object) -> Tenant:
    made = await apply(work, application(**changes), NOW)
    await approve_application(work, made.tenant_id, NOW)
    return work.tenants.kept[made.tenant_id]


def process_of(work: FakeUnitOfWork, tenant: Tenant, direction: Direction = OPENING) -> Process:
    return work.processes.kept[tenant.tenant_id, direction]


def states(process: Process) -> dict[Step, State]:
    return {step: progress.state for step, progress in process.steps.items()}


async def test_onboarding_makes_active_and_tells_it_once(
    work: FakeUnitOfWork, outside: FakeOutside
) -> None:
    tenant = await approved(work, kind=Kind.STATE_AGENCY, official_key=None)
    await onboard(work.opened, tenant.tenant_id, outside, clock=lambda: NOW)
    await onboard(work.opened, tenant.tenant_id, outside, clock=lambda: LATER)
    kept = work.tenants.kept[tenant.tenant_id]
    assert (kept.status, kept.active_at) == (Status.ACTIVE, NOW)
    assert sorted(outside.calls) == sorted(CALLS)
    organization_id = outside.identity.organizations[tenant.tenant_id]
    assert kept.organization_id == organization_id
    assert outside.identity.members == {(organization_id, tenant.applicant)}
    assert outside.identity.roles == {
        (tenant.tenant_id, tenant.applicant): {"tenant-admin", "funder"}
    }
    assert outside.broker.allowed == {tenant.tenant_id}
    assert work.quotas.kept == {tenant.tenant_id: quotas_of(Kind.STATE_AGENCY)}
    limited, told = work.published
    usual = quotas_of(Kind.STATE_AGENCY)
    assert limited.event == TenantLimitedV1(
        events_per_day=usual.events_per_day, subscriptions=usual.subscriptions
    )
    assert isinstance(told.event, TenantActivatedV1)
    assert (told.aggregate, told.sequence) == (str(tenant.tenant_id), kept.version)
    assert (limited.aggregate, limited.sequence) == (told.aggregate, told.sequence - 1)


async def test_other_quotas_are_told_and_unknown_tenants_get_none(work: FakeUnitOfWork) -> None:
    tenant = await approved(work)
    given = replace(quotas_of(Kind.COUNTY), events_per_day=7, subscriptions=1)
    assert await change_quotas(work, tenant.tenant_id, given, Cause("1"))
    assert not await change_quotas(work, uuid4(), given, Cause("1"))
    [told] = work.published
    assert told.event == TenantLimitedV1(events_per_day=7, subscriptions=1)
    assert told.sequence == work.tenants.kept[tenant.tenant_id].version
    assert work.quotas.kept == {tenant.tenant_id: given}


async def test_an_active_tenant_shows_that_its_issuer_is_awaited(
    work: FakeUnitOfWork, outside: FakeOutside
) -> None:
    tenant = await approved(work)
    await onboard(work.opened, tenant.tenant_id, outside, clock=lambda: NOW)
    assert work.tenants.kept[tenant.tenant_id].is_active
    assert states(process_of(work, tenant))[Step.ISSUER] is State.WAITING
    for now in (LATER, LATER + LEASE):
        await confirm_issuers(work, {tenant.tenant_id, uuid4()}, now)
    issuer = process_of(work, tenant).steps[Step.ISSUER]
    assert (issuer.state, issuer.done_at) == (State.DONE, LATER)
    assert process_of(work, tenant).is_over


async def test_who_has_no_account_is_given_one_and_invited(
    work: FakeUnitOfWork, outside: FakeOutside
) -> None:
    outside.identity.fails_before.append("invitation")
    tenant = await approved(work, applicant="", contact_email="bildung@example.org")
    await onboard(work.opened, tenant.tenant_id, outside, clock=lambda: NOW)
    kept = work.tenants.kept[tenant.tenant_id]
    account = outside.identity.accounts["bildung@example.org"]
    assert (kept.status, kept.applicant) == (Status.ACTIVE, account)
    assert outside.identity.members == {(kept.organization_id, account)}
    assert outside.identity.roles == {(tenant.tenant_id, account): {"tenant-admin"}}
    invitation = process_of(work, tenant).steps[Step.INVITATION]
    assert (invitation.state, invitation.error) == (
        State.FAILED,
        "unreachable: Keycloak does not answer.",
    )
    await onboard(work.opened, tenant.tenant_id, outside, clock=lambda: NOW + wait_after(1))
    assert outside.identity.invited == [account]
    await invite_again(work, tenant.tenant_id, LATER)
    await invite_again(work, tenant.tenant_id, LATER)
    await onboard(work.opened, tenant.tenant_id, outside, clock=lambda: LATER)
    assert outside.identity.invited == [account, account]


async def test_who_has_an_account_is_not_invited(work: FakeUnitOfWork) -> None:
    tenant = await approved(work)
    for tenant_id in (tenant.tenant_id, uuid4()):
        with pytest.raises(NobodyInvitedError):
            await invite_again(work, tenant_id, NOW)


@pytest.mark.parametrize("call", CALLS)
@pytest.mark.parametrize("acted", [False, True])
async def test_a_failure_at_any_step_is_made_good(
    work: FakeUnitOfWork, outside: FakeOutside, call: str, *, acted: bool
) -> None:
    for part in outside.parts:
        (part.fails_after if acted else part.fails_before).append(call)
    tenant = await approved(work)
    await onboard(work.opened, tenant.tenant_id, outside, clock=lambda: NOW)
    failed = process_of(work, tenant).steps[Step(call)]
    assert work.tenants.kept[tenant.tenant_id].status is Status.APPROVED
    assert (failed.state, failed.attempts) == (State.FAILED, 1)
    assert failed.error
    assert failed.error.startswith("unreachable: ")
    await onboard(work.opened, tenant.tenant_id, outside, clock=lambda: NOW)  # not due yet
    assert outside.calls.count(call) == 1
    await onboard(work.opened, tenant.tenant_id, outside, clock=lambda: NOW + wait_after(1))
    assert work.tenants.kept[tenant.tenant_id].is_active
    assert process_of(work, tenant).steps[Step(call)].error is None
    assert len(outside.identity.organizations) == 1
    assert [type(told.event) for told in work.published] == [TenantLimitedV1, TenantActivatedV1]
    assert sorted(outside.calls) == sorted([*CALLS, call])


async def test_a_defect_in_one_step_is_told_and_tried_again(
    work: FakeUnitOfWork, outside: FakeOutside, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def broken(_tenant_id: object) -> None:
        raise KeyError("Luisa Rheinufer")

    monkeypatch.setattr(outside.broker, "allow", broken)
    tenant = await approved(work)
    await onboard(work.opened, tenant.tenant_id, outside, clock=lambda: NOW)
    failed = process_of(work, tenant).steps[Step.KAFKA_RIGHTS]
    assert failed.state is State.FAILED
    assert failed.error
    assert failed.error.startswith("unexpected: ")
    assert "Luisa" not in failed.error


async def test_an_outage_of_the_database_is_told_apart_from_a_defect(
    work: FakeUnitOfWork, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    async def away(*_quotas: object) -> None:
        raise ConnectionDoesNotExistError("connection was closed in the middle of operation")

    tenant = await approved(work)
    with monkeypatch.context() as patch:
        patch.setattr(work.quotas, "add", away)
        await onboard(work.opened, tenant.tenant_id, clock=lambda: NOW)
    failed = process_of(work, tenant).steps[Step.QUOTAS]
    assert (failed.state, failed.due_at) == (State.FAILED, NOW + wait_after(1))
    assert failed.error
    assert failed.error.startswith("outage: ")
    assert "Traceback" not in caplog.text
    assert states(process_of(work, tenant))[Step.PROBE] is State.DONE
    await onboard(work.opened, tenant.tenant_id, clock=lambda: NOW + wait_after(1))
    assert work.tenants.kept[tenant.tenant_id].is_active


async def test_a_worker_that_is_stopped_leaves_its_steps_to_the_lease(
    work: FakeUnitOfWork, outside: FakeOutside, monkeypatch: pytest.MonkeyPatch
) -> None:
    begun = asyncio.Event()

    async def hangs(_tenant_id: object) -> None:
        begun.set()
        await asyncio.Event().wait()

    tenant = await approved(work)
    with monkeypatch.context() as patch:
        patch.setattr(outside.broker, "allow", hangs)
        task = asyncio.create_task(
            onboard(work.opened, tenant.tenant_id, outside, clock=lambda: NOW)
        )
        await begun.wait()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
    left = process_of(work, tenant).steps[Step.KAFKA_RIGHTS]
    assert (left.state, left.error, left.due_at) == (State.RUNNING, None, NOW + LEASE)
    await onboard(work.opened, tenant.tenant_id, outside, clock=lambda: NOW + LEASE)
    assert work.tenants.kept[tenant.tenant_id].is_active


async def test_a_crash_is_taken_up_after_the_lease(
    work: FakeUnitOfWork, outside: FakeOutside
) -> None:
    tenant = await approved(work)
    outside.identity.crashes = True
    with pytest.raises(Crash):
        await onboard(work.opened, tenant.tenant_id, outside, clock=lambda: NOW)
    outside.identity.crashes = False
    outside.identity.calls.clear()
    await onboard(work.opened, tenant.tenant_id, outside, clock=lambda: NOW)
    assert outside.identity.calls == []
    await onboard(work.opened, tenant.tenant_id, outside, clock=lambda: NOW + LEASE)
    assert work.tenants.kept[tenant.tenant_id].is_active
    assert outside.broker.calls == ["kafka_rights"]


async def test_who_was_not_approved_is_not_onboarded(
    work: FakeUnitOfWork, outside: FakeOutside
) -> None:
    applied = await apply(work, application(), NOW)
    for tenant_id in (applied.tenant_id, uuid4()):
        await onboard(work.opened, tenant_id, outside, clock=lambda: LATER)
    assert outside.calls == []


async def left(work: FakeUnitOfWork, outside: FakeOutside) -> Tenant:
    tenant = await approved(work)
    await onboard(work.opened, tenant.tenant_id, outside, clock=lambda: NOW)
    await outside.broker.set_password(tenant.tenant_id, "x")
    outside.broker.topics.add(tenant.tenant_id)
    outside.identity.linked.add(tenant.tenant_id)
    await issue_scim_token(work, tenant.tenant_id, uuid4(), "secret", NOW)
    await request_machine_client(
        work,
        RequestClient(
            tenant.tenant_id,
            uuid4(),
            actor="admin",
            name="Reports",
            roles=frozenset({MachineRole.REPORTING}),
            expires_at=NOW + timedelta(days=30),
        ),
        NOW,
    )
    for part in outside.parts:
        part.calls.clear()
    kept = work.tenants.kept[tenant.tenant_id]
    kept.status = Status.LEFT
    return kept


async def test_leaving_undoes_everything_in_order(
    work: FakeUnitOfWork, outside: FakeOutside
) -> None:
    tenant = await left(work, outside)
    await close_tenant(work, tenant.tenant_id, LATER)
    assert states(process_of(work, tenant))[Step.ISSUER] is State.CANCELLED
    await onboard(work.opened, tenant.tenant_id, outside, direction=CLOSING, clock=lambda: LATER)
    assert outside.broker.calls == ["kafka_rights", "kafka_user"]
    assert not any(token.is_valid(LATER) for token in await work.scim_tokens.all(tenant.tenant_id))
    assert await work.machine_clients.count_open(tenant.tenant_id) == 0
    assert outside.broker.allowed == outside.identity.linked == set()
    assert outside.broker.passwords == {}
    assert process_of(work, tenant, CLOSING).is_complete
    # What is its own may still be fetched; then that ends, too.
    assert outside.identity.organizations
    assert outside.broker.topics
    await onboard(
        work.opened,
        tenant.tenant_id,
        outside,
        direction=CLOSING,
        clock=lambda: LATER + EXPORT_PERIOD,
    )
    assert outside.identity.organizations == {}
    assert outside.broker.topics == set()
    assert process_of(work, tenant, CLOSING).is_over


async def test_the_user_stays_as_long_as_its_rights(
    work: FakeUnitOfWork, outside: FakeOutside
) -> None:
    """Without its user an open session would go on; so the rights are gone before it."""
    tenant = await left(work, outside)
    outside.broker.fails_before.append("kafka_rights")
    await close_tenant(work, tenant.tenant_id, LATER)
    await onboard(work.opened, tenant.tenant_id, outside, direction=CLOSING, clock=lambda: LATER)
    assert outside.broker.calls == ["kafka_rights"]
    assert outside.broker.passwords
    again = LATER + wait_after(1)
    await onboard(work.opened, tenant.tenant_id, outside, direction=CLOSING, clock=lambda: again)
    assert outside.broker.passwords == {}


async def test_only_who_has_left_is_closed(work: FakeUnitOfWork) -> None:
    tenant = await approved(work)
    for tenant_id in (tenant.tenant_id, uuid4()):
        await close_tenant(work, tenant_id, NOW)
    assert (tenant.tenant_id, CLOSING) not in work.processes.kept

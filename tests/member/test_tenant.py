"""The way of an application, and onboarding."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.member.domain.errors import ApplicationDecidedError
from services.member.domain.onboarding import LONGEST_WAIT, Step, wait_after
from services.member.domain.organisation import Kind
from services.member.domain.tenant import Status
from tests.member.builders import LATER, NOW, active_tenant, tenant


def test_approval_starts_onboarding_once() -> None:
    approved = tenant()
    approved.approve(NOW)
    approved.approve(LATER)
    assert (approved.status, approved.decided_at, approved.version) == (Status.APPROVED, NOW, 2)
    assert approved.onboarding.is_due(NOW)


def test_refusal_keeps_the_first_reason() -> None:
    refused = tenant()
    refused.refuse("not a public body", NOW)
    refused.refuse("something else", LATER)
    assert (refused.status, refused.reason, refused.version) == (
        Status.REFUSED,
        "not a public body",
        2,
    )
    assert not refused.onboarding.is_due(LATER)


def test_a_decision_stands() -> None:
    refused, approved, active = tenant(), tenant(), active_tenant()
    refused.refuse("no", NOW)
    approved.approve(NOW)
    with pytest.raises(ApplicationDecidedError) as error:
        refused.approve(NOW)
    assert error.value.code == "application_decided"
    for each in (approved, active):
        with pytest.raises(ApplicationDecidedError):
            each.refuse("no", NOW)
    active.approve(LATER)
    assert active.is_active


@given(st.lists(st.sampled_from(Step)))
def test_active_only_when_every_step_was_taken_and_only_once(steps: list[Step]) -> None:
    approved = tenant()
    approved.approve(NOW)
    activations = sum(approved.take(step, NOW) for step in steps)
    complete = set(steps) == set(Step)
    assert activations == complete
    assert approved.is_active == complete


def test_who_was_not_approved_takes_no_step() -> None:
    applied = tenant()
    assert not any(applied.take(step, NOW) for step in Step)
    assert applied.onboarding.done == []


def test_failures_wait_longer_and_are_forgotten() -> None:
    onboarding = tenant().onboarding
    onboarding.start(NOW)
    onboarding.fail("unreachable", NOW)
    assert not onboarding.is_due(NOW)
    assert onboarding.is_due(NOW + wait_after(1))
    assert (onboarding.attempts, onboarding.last_error) == (1, "unreachable")
    onboarding.mark(Step.ORGANIZATION)
    assert (onboarding.attempts, onboarding.last_error) == (0, None)


@given(st.integers(1, 10_000))
def test_waits_grow_to_a_limit(attempts: int) -> None:
    assert timedelta(0) < wait_after(attempts) <= wait_after(attempts + 1) <= LONGEST_WAIT


def test_a_lease_keeps_others_away_and_ends() -> None:
    onboarding = tenant().onboarding
    onboarding.start(NOW)
    onboarding.lease(NOW)
    assert not onboarding.is_due(NOW)
    assert onboarding.is_due(NOW + timedelta(minutes=1))


def test_a_ministry_funds() -> None:
    assert tenant().applicant_roles == ("tenant-admin",)
    ministry = tenant(kind=Kind.STATE_AGENCY, official_key=None)
    assert ministry.applicant_roles == ("tenant-admin", "funder")

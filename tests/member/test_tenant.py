"""The way of an application."""

import pytest

from services.member.domain.errors import ApplicationDecidedError
from services.member.domain.organisation import Kind
from services.member.domain.tenant import Status
from tests.member.builders import LATER, NOW, active_tenant, tenant


def test_approval_starts_onboarding_once() -> None:
    approved = tenant()
    assert [approved.approve(NOW), approved.approve(LATER)] == [True, False]
    assert (approved.status, approved.decided_at, approved.version) == (Status.APPROVED, NOW, 2)


def test_refusal_keeps_the_first_reason() -> None:
    refused = tenant()
    refused.refuse("not a public body", NOW)
    refused.refuse("something else", LATER)
    assert (refused.status, refused.reason, refused.version) == (
        Status.REFUSED,
        "not a public body",
        2,
    )


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


def test_active_once_and_only_after_approval() -> None:
    applied = tenant()
    assert not applied.activate(NOW)
    applied.approve(NOW)
    assert [applied.activate(NOW), applied.activate(LATER)] == [True, False]
    assert (applied.active_at, applied.version) == (NOW, 3)


def test_a_ministry_funds() -> None:
    assert tenant().applicant_roles == ("tenant-admin",)
    ministry = tenant(kind=Kind.STATE_AGENCY, official_key=None)
    assert ministry.applicant_roles == ("tenant-admin", "funder")

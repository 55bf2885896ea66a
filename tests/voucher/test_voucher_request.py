"""Requests: who has the next word, and one outcome whatever is tried."""

from datetime import timedelta
from uuid import UUID, uuid4

import pytest

from services.voucher.domain.terms import Step
from services.voucher.domain.voucher_request import (
    Decider,
    NotYourStepError,
    OwnRequestError,
    RequestDecidedError,
    Status,
    VoucherRequest,
    steps_of,
)
from tests.voucher.builders import NOW

PERSON, LEADER, CLERK = UUID(int=1), UUID(int=2), UUID(int=3)
AS_LEADER = Decider("leader's", LEADER, frozenset({Step.LEADER}))
AS_HR = Decider("clerk's", CLERK, frozenset({Step.HR}))
AS_BOTH = Decider("both", uuid4(), frozenset(Step))


def asked(*steps):
    until = NOW + timedelta(days=30)
    return VoucherRequest(uuid4(), uuid4(), PERSON, uuid4(), steps, NOW, until, leader_id=LEADER)


def test_steps_are_taken_in_the_programmes_order():
    request = asked(Step.LEADER, Step.HR)
    with pytest.raises(NotYourStepError):
        request.approve(AS_HR, NOW)
    assert not request.approve(AS_LEADER, NOW)
    with pytest.raises(NotYourStepError):
        request.approve(AS_LEADER, NOW)
    assert request.approve(AS_HR, NOW)
    request.grant(uuid4())
    assert request.status is Status.APPROVED
    assert [each.step for each in request.decisions] == [Step.LEADER, Step.HR]


def test_whoever_may_take_both_steps_takes_one():
    request = asked(Step.LEADER, Step.HR)
    request.approve(AS_BOTH, NOW)
    with pytest.raises(NotYourStepError):
        request.approve(AS_BOTH, NOW)
    assert request.next_step is Step.HR


def test_nobody_decides_for_themselves():
    own = Decider("own", PERSON, frozenset(Step))
    for step in Step:
        with pytest.raises(OwnRequestError):
            asked(step).approve(own, NOW)


def test_one_no_ends_it():
    request = asked(Step.LEADER, Step.HR)
    request.refuse(AS_LEADER, "Not this year.", NOW)
    assert (request.status, request.decisions[-1].reason) == (Status.REFUSED, "Not this year.")
    assert request.next_step is None


@pytest.mark.parametrize("end", [VoucherRequest.withdraw, VoucherRequest.lapse])
def test_what_has_ended_stays_so(end):
    request = asked(Step.HR)
    end(request)
    with pytest.raises(RequestDecidedError):
        request.approve(AS_HR, NOW)
    with pytest.raises(RequestDecidedError):
        end(request)


@pytest.mark.parametrize(
    ("roles", "person", "steps"),
    [
        ({"learner"}, CLERK, set()),
        ({"hr"}, CLERK, {Step.HR}),
        ({"tenant-admin"}, None, {Step.HR}),
        ({"leader"}, CLERK, set()),
        ({"leader"}, LEADER, {Step.LEADER}),
        ({"learner"}, LEADER, set()),
        ({"leader", "hr"}, LEADER, set(Step)),
    ],
)
def test_the_named_leader_and_hr_may_decide(roles, person, steps):
    assert steps_of(roles, leads=asked().is_led_by(person)) == steps

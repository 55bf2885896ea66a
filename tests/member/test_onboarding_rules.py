"""The rules of onboarding's and offboarding's steps."""

from datetime import timedelta
from random import Random
from uuid import uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.member.application.steps import ACTIONS
from services.member.domain.onboarding import (
    LEASE,
    LONGEST_WAIT,
    RULES,
    Attempt,
    Direction,
    Process,
    State,
    Step,
    wait_after,
)
from services.member.domain.onboarding_errors import StepNotFailedError
from tests.member.builders import LATER, NOW

OPENING, CLOSING = Direction.OPENING, Direction.CLOSING


def test_every_step_is_taken_by_somebody() -> None:
    for direction, rules in RULES.items():
        told = {step for step, rule in rules.items() if rule.told}
        assert ACTIONS[direction].keys() == rules.keys() - told
        assert all(rule.after <= rules.keys() for rule in rules.values())


@given(st.sampled_from(Direction), st.booleans(), st.integers(0, 10_000))
def test_steps_in_any_order_come_to_the_end_and_never_before_what_they_need(
    direction: Direction, has_account: bool, seed: int
) -> None:
    tenant_id, now, random = uuid4(), NOW, Random(seed)
    process = (
        Process.opening(tenant_id, now, has_account=has_account)
        if direction is OPENING
        else Process.closing(tenant_id, now)
    )
    rules = RULES[direction]
    while running := [
        step for step, progress in process.steps.items() if progress.state is State.RUNNING
    ] or process.claim(now):
        step = random.choice(running)
        for other in rules[step].after & process.steps.keys():
            assert process.steps[other].state is State.DONE
        if random.random() < 0.3:
            process.fail(step, "unreachable", now)
            assert process.steps[step].due_at == now + wait_after(process.steps[step].attempts)
            now = now + LONGEST_WAIT
        else:
            process.finish(step, now)
        needed = {step for step in process.steps if rules[step].needed}
        assert process.is_complete == all(
            process.steps[step].state is State.DONE for step in needed
        )
        now = max([now, *(p.due_at for p in process.steps.values() if p.due_at)])
    assert process.is_complete
    open_steps = {step for step, progress in process.steps.items() if not progress.is_over}
    assert open_steps == {step for step in process.steps if rules[step].told}


def test_a_lease_keeps_others_away_and_ends() -> None:
    process = Process.opening(uuid4(), NOW)
    first = process.claim(NOW)
    assert set(first) == {Step.ORGANIZATION, Step.ROLES, Step.KAFKA_RIGHTS, Step.QUOTAS}
    assert process.claim(NOW + LEASE - timedelta(seconds=1)) == []
    assert process.claim(NOW + LEASE) == first
    assert {process.steps[step].attempts for step in first} == {2}
    assert {process.steps[step].started_at for step in first} == {NOW}


def test_what_is_over_stays_as_it_is() -> None:
    process = Process.opening(uuid4(), NOW)
    process.claim(NOW)
    process.finish(Step.QUOTAS, NOW)
    process.finish(Step.QUOTAS, LATER)
    process.fail(Step.QUOTAS, "a worker whose lease had ended", LATER)
    assert process.steps[Step.QUOTAS].done_at == NOW
    assert process.steps[Step.QUOTAS].state is State.DONE
    process.cancel()
    process.finish(Step.ORGANIZATION, LATER)
    assert process.claim(LATER + LEASE) == []
    assert process.steps[Step.ORGANIZATION].state is State.CANCELLED


@given(st.integers(1, 10_000))
def test_waits_grow_to_a_limit(attempts: int) -> None:
    assert timedelta(0) < wait_after(attempts) <= wait_after(attempts + 1) <= LONGEST_WAIT


def test_what_failed_may_be_tried_again_at_once_and_nothing_else() -> None:
    process = Process.opening(uuid4(), NOW)
    for step in (Step.QUOTAS, Step.PROBE, Step.TOPIC):  # due, waiting for another, not part of it
        with pytest.raises(StepNotFailedError):
            process.retry(step, NOW)
    process.claim(NOW)
    process.fail(Step.QUOTAS, "unreachable", NOW)
    assert process.claim(NOW) == []
    process.retry(Step.QUOTAS, NOW)
    assert process.claim(NOW) == [Step.QUOTAS]
    with pytest.raises(StepNotFailedError):
        process.retry(Step.QUOTAS, NOW)


def test_every_attempt_that_ended_is_remembered() -> None:
    process = Process.opening(uuid4(), NOW)
    process.claim(NOW)
    process.fail(Step.QUOTAS, "unreachable", NOW)
    process.claim(LATER)
    process.finish(Step.QUOTAS, LATER)
    process.finish(Step.QUOTAS, LATER)
    assert process.ended == [
        Attempt(Step.QUOTAS, 1, NOW, "unreachable"),
        Attempt(Step.QUOTAS, 2, LATER),
    ]

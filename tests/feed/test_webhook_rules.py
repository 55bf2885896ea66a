"""When an endpoint is delivered to, left alone and given up; when an event is sent again; what waits."""

from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from services.feed.domain.attempt import Result, Trigger
from services.feed.domain.breaker import Recent, pause_before_probe
from services.feed.domain.endpoint import Endpoint, Happened, Health
from services.feed.domain.failing_key import FailingKey
from services.feed.domain.schedule import STEPS, pause_after
from services.feed.domain.secret import Secret, rotated
from services.feed.domain.subscription import Status
from services.feed.domain.webhook_errors import CodeWrongError, TooManySecretsError

NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)
URL = "https://hr.example.org/hooks"
OK = Result(5, status=204)
BROKEN = Result(5, status=500)
HANGING = Result(15_000, trouble="timeout")

chances = st.floats(0, 1)


def seconds(number: float) -> timedelta:
    return timedelta(seconds=number)


def health(status: Status = Status.ACTIVE, **endpoint: object) -> Health:
    return Health(status, Endpoint(URL, **endpoint), Recent())  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("result", "success", "error"),
    [
        (Result(1, status=200, answer_start=b"<html>not JSON"), True, None),
        (Result(1, status=299), True, None),
        (Result(1, status=199), False, "status"),
        (Result(1, status=302), False, "redirect"),
        (Result(1, status=404), False, "rejected"),
        (Result(1, status=410), False, "gone"),
        (Result(1, status=429), False, "throttled"),
        (Result(1, status=503), False, "failed"),
        (Result(1, trouble="certificate"), False, "certificate"),
    ],
)
def test_only_2xx_is_a_success(result: Result, success: bool, error: str | None) -> None:
    assert (result.is_success, result.error_class) == (success, error)


def test_ten_attempts_within_three_days() -> None:
    assert len(STEPS) == 10
    assert sum(STEPS, timedelta()) == timedelta(hours=71, minutes=35, seconds=5)
    assert [pause_after(n, BROKEN, 0) for n in range(1, 10)] == list(STEPS[1:])
    assert pause_after(10, BROKEN, 0) is None


@given(st.integers(1, 9), chances)
def test_chance_only_shortens_and_by_a_fifth_at_most(attempts: int, chance: float) -> None:
    pause = pause_after(attempts, BROKEN, chance)
    assert pause is not None
    assert STEPS[attempts] * 0.8 <= pause <= STEPS[attempts]


@given(st.integers(1, 9), chances, st.integers(-100, 10**7))
def test_an_endpoint_may_ask_for_up_to_twice_the_step(
    attempts: int, chance: float, asked: int
) -> None:
    step = STEPS[attempts]
    pause = pause_after(attempts, Result(1, status=503, retry_after=seconds(asked)), chance)
    assert pause is not None
    assert step <= pause <= 2 * step


@pytest.mark.parametrize(
    "result", [HANGING, Result(1, status=429), Result(1, 429, None, seconds(1))]
)
def test_who_asks_for_time_has_a_minute(result: Result) -> None:
    pause = pause_after(1, result, 1.0)
    assert pause is not None
    assert pause >= seconds(60)


@given(st.integers(1, 500))
def test_probes_come_ever_later_up_to_an_hour(tripped: int) -> None:
    assert seconds(30) <= pause_before_probe(tripped) <= pause_before_probe(tripped + 1)
    assert pause_before_probe(tripped) <= timedelta(hours=1)
    assert pause_before_probe(1) == seconds(30)
    assert pause_before_probe(2) == seconds(60)


@pytest.mark.parametrize(
    ("attempts", "failed", "trips"),
    [(9, 9, False), (10, 7, True), (10, 6, False), (200, 140, True), (200, 139, False)],
)
def test_most_of_enough_must_fail(attempts: int, failed: int, trips: bool) -> None:
    assert Recent(attempts, failed).is_too_much is trips


def test_an_endpoint_that_fails_is_left_alone_and_comes_back_with_one_success() -> None:
    subject = health()
    for _ in range(9):
        subject.note(BROKEN, Trigger.SCHEDULED, NOW)
    assert subject.may_send
    subject.note(BROKEN, Trigger.RETRY, NOW)
    assert (subject.status, subject.may_send, subject.may_probe) == (Status.COOLING, False, False)
    assert subject.resting_until == NOW + seconds(30)
    later = Health(subject.status, subject.endpoint, Recent())
    assert later.may_probe
    later.note(BROKEN, Trigger.PROBE, NOW + seconds(30))
    assert later.resting_until == NOW + seconds(90)
    well = Health(later.status, later.endpoint, Recent())
    well.note(OK, Trigger.PROBE, NOW + seconds(90))
    assert (well.status, well.may_send, well.endpoint.tripped) == (Status.ACTIVE, True, 0)
    assert well.endpoint.failing_since is None


def test_one_success_ends_what_was_announced() -> None:
    subject = health(failing_since=NOW - timedelta(hours=30), announced_at=NOW)
    subject.note(OK, Trigger.RETRY, NOW)
    assert subject.endpoint == Endpoint(URL, last_success_at=NOW)


def test_a_day_is_announced_once_and_three_days_end_it() -> None:
    subject = health()
    subject.note(BROKEN, Trigger.SCHEDULED, NOW)
    for hours in (0, 23, 24, 25, 71):
        subject.tell_the_time(NOW + timedelta(hours=hours))
    assert (subject.happened, subject.status) == ([Happened.FAILING], Status.ACTIVE)
    assert subject.look_again_at == NOW + timedelta(hours=72)
    assert subject.endpoint.oldest_event_expires_at == NOW + timedelta(days=30)
    subject.tell_the_time(NOW + timedelta(hours=72))
    assert subject.happened == [Happened.FAILING, Happened.PAUSED]
    assert subject.status is Status.PAUSED_AUTO
    assert not subject.may_send


def test_410_ends_the_subscription() -> None:
    subject = health()
    subject.note(Result(1, status=410), Trigger.SCHEDULED, NOW)
    assert (subject.status, subject.may_send, subject.may_probe) == (Status.GONE, False, False)


def test_the_more_arrives_the_more_is_sent_at_once() -> None:
    subject, widths = health(), []
    for result in (OK, OK, OK, OK, BROKEN, OK):
        subject.note(result, Trigger.SCHEDULED, NOW)
        widths.append(subject.at_once)
    assert widths == [2, 4, 8, 8, 1, 2]


class EndpointLife(RuleBasedStateMachine):
    """Whatever an endpoint answers, and however long: what may be sent follows from its status."""

    @initialize()
    def begin(self) -> None:
        self.now = NOW
        self.last_success: datetime | None = None
        self.first_failure: datetime | None = None
        self.subject = health()

    @precondition(lambda self: self.subject.may_send or self.subject.may_probe)
    @rule(result=st.sampled_from([OK, BROKEN, HANGING]))
    def attempt(self, result: Result) -> None:
        trigger = Trigger.PROBE if self.subject.may_probe else Trigger.SCHEDULED
        self.subject.note(result, trigger, self.now)
        if result.is_success:
            self.first_failure = None
        else:
            self.first_failure = self.first_failure or self.now

    @rule(hours=st.integers(0, 30))
    def wait(self, hours: int) -> None:
        self.now += timedelta(hours=hours, minutes=10)
        subject = self.subject
        resting = subject.resting_until
        if resting and resting > self.now:
            return
        self.subject = Health(subject.status, subject.endpoint, Recent())
        self.subject.tell_the_time(self.now)

    @invariant()
    def failing_since_the_first_failure_after_the_last_success(self) -> None:
        assert self.subject.endpoint.failing_since == self.first_failure

    @invariant()
    def nothing_is_sent_but_to_the_active_and_one_probe_to_the_cooling(self) -> None:
        status = self.subject.status
        assert self.subject.may_send == (status is Status.ACTIVE)
        assert not self.subject.may_probe or status is Status.COOLING
        assert (self.subject.endpoint.tripped > 0) >= (status is Status.COOLING)

    @invariant()
    def paused_only_after_three_days_without_success(self) -> None:
        if self.subject.status is Status.PAUSED_AUTO:
            assert self.first_failure
            assert self.now - self.first_failure >= timedelta(hours=72)


TestEndpointLife = EndpointLife.TestCase


@given(st.lists(st.integers(1, 30), min_size=1), st.lists(st.booleans(), max_size=100))
def test_what_waits_goes_in_order_and_each_once(held: list[int], results: list[bool]) -> None:
    key = FailingKey.begin("a", held[0], NOW)
    for position in held[1:]:
        key.hold(position)
    expected = [held[0], *sorted(set(held[1:]) - {held[0]})]
    assert key.positions == expected
    gone = []
    for success in results:
        if key.is_empty:
            break
        head, attempts = key.head, key.attempts
        if success:
            key.delivered(NOW)
            gone.append(head)
        elif key.failed(BROKEN, NOW, 0.0):
            assert attempts == 9
            gone.append(head)
        else:
            assert (key.head, key.attempts) == (head, attempts + 1)
            assert key.next_attempt_at > NOW
    assert gone + key.positions == expected


def test_after_the_last_attempt_the_next_one_has_its_turn() -> None:
    key = FailingKey.begin("a", 7, NOW)
    key.hold(9)
    exhausted = [key.failed(BROKEN, NOW, 0.0) for _ in range(10)]
    assert exhausted == [False] * 9 + [True]
    assert (key.positions, key.attempts, key.next_attempt_at) == ([9], 0, NOW)


def test_what_the_log_no_longer_keeps_waits_no_more() -> None:
    key = FailingKey("a", [3, 5, 9], NOW + timedelta(hours=1), NOW, attempts=4)
    key.drop_before(5, NOW)
    assert (key.positions, key.attempts) == ([5, 9], 0)
    untouched = FailingKey("a", [5, 9], NOW + timedelta(hours=1), NOW, attempts=4)
    untouched.drop_before(5, NOW)
    assert (untouched.positions, untouched.attempts) == ([5, 9], 4)


def test_an_endpoint_is_believed_with_the_code_that_it_was_sent() -> None:
    endpoint = Endpoint(URL, failing_since=NOW).expecting("the-code")
    assert endpoint.code_hash
    assert b"the-code" not in endpoint.code_hash
    for wrong in ("", "the-cod", "the-code "):
        with pytest.raises(CodeWrongError):
            endpoint.verified(wrong, NOW)
    assert endpoint.verified("the-code", NOW) == Endpoint(URL, verified_at=NOW)
    with pytest.raises(CodeWrongError):
        endpoint.verified("the-code", NOW).verified("the-code", NOW)


def test_old_secrets_sign_for_the_overlap() -> None:
    first, second, third = (Secret(uuid4(), b"", NOW) for _ in range(3))
    both = rotated([first], second, timedelta(hours=24), NOW)
    assert [each.ends_at for each in both] == [None, NOW + timedelta(hours=24)]
    later = rotated(both, third, timedelta(hours=48), NOW)
    assert [each.ends_at for each in later] == [
        None,
        NOW + timedelta(hours=48),
        NOW + timedelta(hours=24),
    ]
    with pytest.raises(TooManySecretsError):
        rotated(later, first, timedelta(hours=1), NOW)
    assert rotated(later, first, timedelta(0), NOW) == [first]
    assert len(rotated(later, first, timedelta(hours=1), NOW + timedelta(hours=25))) == 3

"""How the console judges what services say: work done counts, not that a process lives."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.console.domain import reasons
from services.console.domain.health import WELL, Condition, Health, worst
from services.console.domain.observation import STALE, Check, Failing, Failure, Picture
from services.console.domain.parts_health import health_of_part
from services.console.domain.service_health import health_of, health_of_process, needs_waiting
from services.console.domain.status import Backlog, DeadLetters, Invariant, Parked
from tests.console.statuses import (
    NOW,
    SPEYER,
    WORMS,
    ago,
    events_of,
    observed,
    process,
    status,
    waiting,
    window,
)


def workers(*several: Any) -> Any:
    return observed(status(processes=(process("api"), *several)))


def told(seen: Any) -> tuple[str, Any]:
    health = health_of(seen, NOW)
    return health.condition.word, health.why


def test_a_service_that_works_is_ok() -> None:
    assert health_of(observed(), NOW) == WELL


@pytest.mark.parametrize(
    ("seen", "condition", "why"),
    [
        (workers(), "down", reasons.NO_WORKER_EVER),
        (workers(process(state="gone", seen_at=ago(6))), "down", reasons.WORKER_GONE),
        (workers(process(state="stopped", seen_at=ago(6))), "paused", reasons.STOPPED),
        (
            replace(workers(process(state="stopped", seen_at=ago(2))), waiting=(waiting(),)),
            "paused",
            reasons.STOPPED,
        ),
        (
            replace(workers(process(state="stopped", seen_at=ago(3))), waiting=(waiting(),)),
            "stalled",
            reasons.STOPPED,
        ),
        (workers(process(seen_at=ago(3.5))), "progressing", reasons.GONE_SILENT),
        (
            replace(workers(process(seen_at=ago(3.5))), waiting=(waiting(),)),
            "stalled",
            reasons.GONE_SILENT,
        ),
        (
            workers(process(is_ready=False, started_at=ago(10), checks={"broker": "E"})),
            "progressing",
            reasons.STARTING,
        ),
        (
            workers(process(is_ready=False, started_at=ago(61), checks={"broker": "E"})),
            "degraded",
            reasons.NOT_READY,
        ),
        (
            workers(process(), process(name="other", state="gone", seen_at=ago(6))),
            "degraded",
            reasons.REPLICA_GONE,
        ),
        (
            workers(process(started_at=ago(2)), process(name="old", state="gone", seen_at=ago(6))),
            "ok",
            None,
        ),
        (
            workers(process(), process(name="old", state="stopped", seen_at=ago(6))),
            "ok",
            None,
        ),
    ],
    ids=lambda each: "" if not isinstance(each, str) else each,
)
def test_workers_say_whether_work_is_done(seen: Any, condition: str, why: Any) -> None:
    assert told(seen) == (condition, why)


def test_records_that_wait_while_nothing_is_finished_stand_still() -> None:
    events = (events_of("booking.requested.v1", ago(9)),)
    behind = observed(status(lag={"catalogue-events": 3}, events=events), behind_since=ago(6))
    assert needs_waiting(behind)
    assert told(behind) == ("ok", None), "before the broker says so, nothing is claimed"
    still = replace(behind, waiting=(waiting(3, 7, (SPEYER, WORMS)),))
    health = health_of(still, NOW)
    assert (health.condition, health.why) == (Condition.STALLED, reasons.STANDS_STILL)
    assert health.since == ago(7)
    assert (health.tenants, health.tenants_hit, health.waiting) == ((SPEYER, WORMS), 2, 3)
    finishing = status(lag={"catalogue-events": 3}, events=(events_of("a", ago(1)),))
    assert told(replace(still, status=finishing)) == ("ok", None)


def test_a_worker_that_went_silent_while_events_wait_says_since_when_and_for_whom() -> None:
    seen = replace(workers(process(seen_at=ago(4))), waiting=(waiting(2, 2),))
    health = health_of(seen, NOW)
    assert (health.since, health.tenants, health.waiting) == (ago(4), (SPEYER,), 2)


def test_one_worker_that_speaks_is_enough() -> None:
    assert told(workers(process(seen_at=ago(4)), process(name="b"))) == ("ok", None)


def test_a_worker_without_broker_is_slow_to_speak_and_not_called_silent() -> None:
    slow = process(seen_at=ago(4), checks={"broker": "ConnectionError"}, is_ready=False)
    assert told(workers(slow)) == ("degraded", reasons.NOT_READY)


@pytest.mark.parametrize(
    ("changes", "condition", "why"),
    [
        ({"dead_letters": DeadLetters(3, 2, ago(60), ago(9))}, "degraded", reasons.DEAD_LETTERS),
        ({"parked": Parked(1, 4, ago(61))}, "degraded", reasons.PARKED),
        ({"parked": Parked(1, 4, ago(30))}, "ok", None),
        ({"backlog": Backlog(5, ago(4))}, "ok", None),
        ({"backlog": Backlog(5, ago(31))}, "degraded", reasons.SENDS_SLOWLY),
        (
            {
                "backlog": Backlog(5, ago(6)),
                "processes": (process("api"), process(windows=(window(10, {}),))),
            },
            "stalled",
            reasons.SENDS_NOTHING,
        ),
        (
            {"invariants": (Invariant("a pool adds up", NOW, ago(9)),)},
            "degraded",
            reasons.INVARIANT_BROKEN,
        ),
        ({"events": (events_of("a", ago(1), p99=31.0),)}, "degraded", reasons.SLOW),
        (
            {"processes": (process("api", windows=(window(10, failed=5),)), process())},
            "degraded",
            reasons.REQUESTS_FAIL,
        ),
        ({"processes": (process("api", windows=(window(10, failed=4),)), process())}, "ok", None),
    ],
    ids=lambda each: "" if not isinstance(each, str) else each,
)
def test_what_goes_wrong_beside_work_degrades(changes: Any, condition: str, why: Any) -> None:
    assert told(observed(status(**changes))) == (condition, why)


@pytest.mark.parametrize(
    ("how", "seconds", "condition", "why"),
    [
        (Failing.SILENT, 2, "ok", None),
        (Failing.SILENT, 3, "down", reasons.SERVICE_SILENT),
        (Failing.NO_DATABASE, 0, "down", reasons.NO_DATABASE),
        (Failing.STRANGE, 0, "unknown", reasons.SERVICE_STRANGE),
        (Failing.REFUSED, 0, "unknown", reasons.SERVICE_REFUSES),
    ],
)
def test_a_service_that_does_not_tell(how: Failing, seconds: float, condition: str, why: Any):
    assert told(observed(failure=Failure(how, ago(seconds)))) == (condition, why)


@given(st.floats(0, 3_600), st.sampled_from([None, *Failing]), st.floats(0, 3_600))
def test_what_is_stale_is_never_green(age: float, how: Failing | None, failing: float) -> None:
    failure = Failure(how, ago(failing)) if how else None
    seen = observed(observed_at=ago(age), failure=failure)
    if timedelta(seconds=age) > STALE:
        assert health_of(seen, NOW).condition >= Condition.UNKNOWN


HEALTHS = st.sampled_from(Condition).map(
    lambda condition: Health(
        condition,
        None if condition is Condition.OK else reasons.STALE,
        until=NOW if condition is Condition.PROGRESSING else None,
    )
)


@given(
    st.lists(HEALTHS, max_size=6).flatmap(
        lambda some: st.tuples(st.just(some), st.permutations(some))
    )
)
def test_the_worst_is_told_in_whatever_order_it_is_found(found: Any) -> None:
    some, shuffled = found
    assert worst(some).condition == worst(shuffled).condition
    assert worst(some).condition == max([Condition.OK, *(each.condition for each in some)])


@given(st.booleans(), st.floats(0, 120), st.floats(0, 120), st.booleans())
def test_what_progresses_has_a_deadline_that_is_not_over(
    ready: bool, started: float, silent: float, waits: bool
) -> None:
    one = process(is_ready=ready, started_at=ago(started), seen_at=ago(silent))
    seen = replace(workers(one), waiting=(waiting(),) if waits else None)
    health = health_of(seen, NOW)
    assert (health.condition is Condition.PROGRESSING) == (health.until is not None)
    assert health.until is None or health.until >= NOW


def test_progress_without_a_deadline_cannot_be_told() -> None:
    with pytest.raises(ValueError, match="deadline"):
        Health(Condition.PROGRESSING, reasons.STARTING)
    with pytest.raises(ValueError, match="deadline"):
        Health(Condition.DOWN, reasons.WORKER_GONE, until=NOW)


def test_one_process_says_how_it_is() -> None:
    seen = status()
    assert health_of_process(seen, process()) == WELL
    silent = health_of_process(seen, process("api", seen_at=ago(4)))
    assert (silent.condition, silent.until) == (Condition.PROGRESSING, ago(-1))
    assert health_of_process(seen, process(state="gone")).condition is Condition.DOWN
    assert health_of_process(seen, process(state="stopped")).condition is Condition.PAUSED


def picture(*several: Any, **checks: Check) -> Picture:
    return Picture({each.service: each for each in several}, checks)


def no_broker(service: str, **changes: Any) -> Any:
    checks = {"database": "ok", "broker": "ConnectionError"}
    worker = process(checks=checks, is_ready=False, **changes)
    return observed(status(service, processes=(process("api"), worker)))


def test_kafka_is_as_the_workers_say() -> None:
    well, ill = observed(), no_broker("catalogue")
    assert health_of_part("kafka", picture(well), NOW) == WELL
    partly = health_of_part("kafka", picture(well, ill), NOW)
    assert (partly.condition, partly.values) == (Condition.DEGRADED, {"services": "catalogue"})
    assert health_of_part("kafka", picture(ill), NOW).condition is Condition.DOWN
    connecting = no_broker("catalogue", started_at=ago(5))
    assert health_of_part("kafka", picture(well, connecting), NOW) == WELL
    assert health_of_part("kafka", picture(connecting), NOW).condition is Condition.UNKNOWN
    stale = observed(observed_at=ago(11))
    assert health_of_part("kafka", picture(stale), NOW).condition is Condition.UNKNOWN


def test_postgresql_is_as_the_services_say() -> None:
    lost = observed(status("member"), failure=Failure(Failing.NO_DATABASE, ago(2)))
    assert health_of_part("postgresql", picture(observed()), NOW) == WELL
    assert (
        health_of_part("postgresql", picture(observed(), lost), NOW).condition is Condition.DEGRADED
    )
    assert health_of_part("postgresql", picture(lost), NOW).condition is Condition.DOWN


def test_redis_and_keycloak_are_as_the_console_finds_them() -> None:
    answers, fails = Check("", ago(60), ago(1)), Check("TimeoutError", ago(5), ago(1))
    assert health_of_part("redis", picture(redis=answers), NOW) == WELL
    down = health_of_part("keycloak", picture(keycloak=fails), NOW)
    assert (down.condition, down.since) == (Condition.DOWN, ago(5))
    assert health_of_part("redis", picture(), NOW).condition is Condition.UNKNOWN
    old = Check("", ago(60), ago(11))
    assert health_of_part("redis", picture(redis=old), NOW).condition is Condition.UNKNOWN

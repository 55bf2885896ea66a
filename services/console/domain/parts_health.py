"""How Kafka, PostgreSQL, Redis and Keycloak are, from what the processes' own checks and the console's say."""

from collections.abc import Collection, Mapping
from datetime import datetime, timedelta

from services.console.domain import reasons
from services.console.domain.health import WELL, Condition, Health
from services.console.domain.observation import Check, Failing, Observation, Picture
from services.console.domain.reasons import Why

#: What the console looks at itself, and why nobody gets in without it.
CHECKED: Mapping[str, Why] = {
    "redis": reasons.REDIS_DOWN,
    "keycloak": reasons.KEYCLOAK_DOWN,
}
#: A worker that has just started may not have reached the broker yet, and tells nothing of it.
CONNECTING = timedelta(seconds=10)
PARTS = ("kafka", "postgresql", *CHECKED)


def health_of_part(name: str, picture: Picture, now: datetime) -> Health:
    """How a part that all share is now."""
    fresh = [each for each in picture.services.values() if not each.is_stale(now)]
    if name == "kafka":
        return _kafka(fresh)
    if name == "postgresql":
        return _postgresql(picture.services.values(), fresh)
    return _checked(name, picture.checks.get(name), now)


def _kafka(fresh: Collection[Observation]) -> Health:
    told: dict[str, bool] = {}
    since = []
    for seen in fresh:
        for worker in seen.status.of_kind("worker") if seen.status else ():
            answers = worker.checks.get("broker") == "ok"
            if not answers and worker.seen_at - worker.started_at < CONNECTING:
                continue
            told[seen.service] = told.get(seen.service, True) and answers
            if not answers:
                since.append(worker.seen_at)
    without = sorted(service for service, answers in told.items() if not answers)
    if not told:
        return Health(Condition.UNKNOWN, reasons.KAFKA_UNSEEN)
    if not without:
        return WELL
    if len(without) == len(told):
        return Health(Condition.DOWN, reasons.KAFKA_DOWN, min(since))
    values = {"services": ", ".join(without)}
    return Health(Condition.DEGRADED, reasons.KAFKA_PARTLY, min(since), values=values)


def _postgresql(services: Collection[Observation], fresh: Collection[Observation]) -> Health:
    failures = {
        seen.service: seen.failure.since
        for seen in services
        if seen.failure and seen.failure.how is Failing.NO_DATABASE
    }
    told = {seen.service for seen in fresh if not seen.failure}
    if failures and not told:
        return Health(Condition.DOWN, reasons.DATABASES_DOWN, min(failures.values()))
    if failures:
        values = {"services": ", ".join(sorted(failures))}
        since = min(failures.values())
        return Health(Condition.DEGRADED, reasons.DATABASES_PARTLY, since, values=values)
    if not told:
        return Health(Condition.UNKNOWN, reasons.DATABASES_UNSEEN)
    return WELL


def _checked(name: str, check: Check | None, now: datetime) -> Health:
    values = {"name": name.capitalize()}
    if check is None:
        return Health(Condition.UNKNOWN, reasons.NOT_ASKED_YET, values=values)
    if check.is_stale(now):
        return Health(Condition.UNKNOWN, reasons.STALE, check.observed_at, values=values)
    if check.error:
        return Health(Condition.DOWN, CHECKED[name], check.since)
    return WELL

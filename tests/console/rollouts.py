"""Rollouts for tests, and a clock that goes on when it is told."""

from datetime import UTC, datetime, timedelta

from services.console.domain.release import MigrationKind, MigrationStep, Plan
from services.console.domain.rollout import Migrating, Rollout, Rules, Seen
from services.console.domain.rollout_book import Book, Wish
from services.console.domain.rollout_way import advance
from services.console.domain.verdict import Sample

NOW = datetime(2026, 11, 22, 1, 0, tzinfo=UTC)
RULES = Rules(soak=timedelta(seconds=60), measure_every=timedelta(seconds=10))
CONTRACT = Plan((MigrationStep("0007", "Drop the old column", MigrationKind.CONTRACT),))

GOOD = Sample(processes=2, ready=2, handled=500, failed=1, lag=0, critical_time=0.1)
FAILING = Sample(processes=2, ready=2, handled=500, failed=100, lag=0, critical_time=0.1)
THIN = Sample(processes=2, ready=2, handled=3, failed=3, lag=0)


def wish(after: str = "b", *, plan: Plan | None = None, by: str = "olga") -> Wish:
    return Wish("r1", "voucher", "a", after, plan or Plan(), by, f"subject-{by}", "It is time")


def begun(after: str = "b", *, plan: Plan | None = None) -> Rollout:
    rollout = Book().begin(wish(after, plan=plan), NOW).current
    assert rollout
    return rollout


def driven(rollout: Rollout, *seen: Seen, every: int = 10) -> Rollout:
    """After these looks, one each so many seconds."""
    at = rollout.since
    for look in seen:
        at += timedelta(seconds=every)
        rollout = advance(rollout, look, at, RULES)
    return rollout


#: The looks that bring a rollout to where it is measured.
TO_SOAK = (Seen(sample=GOOD), Seen(migration=Migrating.DONE), Seen(in_place=True))


def measured(*samples: Sample | None) -> tuple[Seen, ...]:
    return tuple(Seen(sample=each) for each in samples)

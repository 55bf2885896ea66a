"""A rollout, from preflight to its end, and what moves it on: what is seen, and what people say."""

from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from enum import StrEnum

from services.console.domain.release import Plan
from services.console.domain.sentence import Sentence
from services.console.domain.verdict import Limits, Sample, Verdict
from services.console.domain.wording import msg

#: So many measurements are kept.
KEPT = 40


class Phase(StrEnum):
    """Where a rollout stands; the last four are ends."""

    PREFLIGHT = "preflight"
    MIGRATE = "migrate"
    SURGE = "surge"
    SOAK = "soak"
    ROLLING_BACK = "rolling_back"
    PAUSED = "paused"
    DONE = "done"
    ROLLED_BACK = "rolled_back"
    REFUSED = "refused"
    REPLACED = "replaced"


ENDS = frozenset({Phase.DONE, Phase.ROLLED_BACK, Phase.REFUSED, Phase.REPLACED})


class Migrating(StrEnum):
    """How the migration does."""

    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"


class RolloutError(Exception):
    """It cannot be done with a rollout; the sentence says why, and what to do."""

    def __init__(self, says: Sentence) -> None:
        super().__init__(str(says))
        self.says = says


@dataclass(frozen=True, slots=True)
class Rules:
    """How long a rollout may take for each part, how often it is measured, and what is good enough."""

    approval: timedelta = timedelta(hours=4)
    migration: timedelta = timedelta(minutes=15)
    readiness: timedelta = timedelta(minutes=3)
    soak: timedelta = timedelta(minutes=5)
    measure_every: timedelta = timedelta(seconds=10)
    in_a_row: int = 3
    limits: Limits = field(default_factory=Limits)


@dataclass(frozen=True, slots=True)
class Measurement:
    """What was measured when, and what it means."""

    at: datetime
    sample: Sample | None
    verdict: Verdict


@dataclass(frozen=True, slots=True)
class Turn:
    """When a rollout came into a phase, why, and by whom where a person had it so."""

    at: datetime
    phase: Phase
    says: Sentence
    by: str = ""


@dataclass(frozen=True, slots=True)
class Seen:
    """What the platform shows at a moment.

    `obstacle` is why it cannot begin; `in_place`: all processes run the release aimed at, and are ready.
    """

    obstacle: Sentence | None = None
    migration: Migrating = Migrating.RUNNING
    in_place: bool = False
    sample: Sample | None = None


@dataclass(frozen=True, slots=True)
class Rollout:
    """One service on its way from a release to another."""

    rollout_id: str
    service: str
    before: str
    after: str
    plan: Plan
    asked_by: str
    asked_subject: str
    reason: str
    phase: Phase
    since: datetime
    says: Sentence
    second_person_for: Sentence | None = None
    confirmed_by: str | None = None
    resumes: Phase | None = None
    has_contracted: bool = False
    baseline: Sample | None = None
    measurements: tuple[Measurement, ...] = ()
    turns: tuple[Turn, ...] = ()

    @property
    def is_open(self) -> bool:
        """Whether it goes on."""
        return self.phase not in ENDS

    @property
    def waits_for_second_person(self) -> bool:
        """Whether somebody else has to confirm it first."""
        return self.second_person_for is not None and self.confirmed_by is None

    @property
    def aim(self) -> str | None:
        """The release that all processes shall run now."""
        if self.phase is Phase.ROLLING_BACK:
            return self.before
        return self.after if self.phase in {Phase.SURGE, Phase.SOAK} else None

    def deadline(self, rules: Rules) -> datetime | None:
        """Until when its phase must have come to an end."""
        lasts = {
            Phase.PREFLIGHT: rules.approval if self.waits_for_second_person else rules.readiness,
            Phase.MIGRATE: rules.migration,
            Phase.SURGE: rules.readiness,
            Phase.SOAK: rules.soak + (rules.in_a_row + 1) * rules.measure_every,
            Phase.ROLLING_BACK: rules.readiness,
        }.get(self.phase)
        return None if lasts is None else self.since + lasts

    def why_no_way_back(self) -> Sentence | None:
        """Why it cannot be rolled back, if so."""
        if self.has_contracted:
            titles = ", ".join(step.title for step in self.plan.contracts)
            text = msg(
                "There is no way back: the release before does not work with what was migrated (%(titles)s). Mend it with a new release."
            )
            return Sentence(text, {"titles": titles})
        if self.phase in {Phase.ROLLING_BACK, Phase.ROLLED_BACK, Phase.REFUSED, Phase.REPLACED}:
            return Sentence("Nothing of it is left to be rolled back.")
        return None


def paused(rollout: Rollout, says: Sentence, now: datetime, by: str = "") -> Rollout:
    """The rollout, which stays where it is until somebody lets it go on."""
    return replace(turned(rollout, Phase.PAUSED, says, now, by), resumes=rollout.phase)


def turned(rollout: Rollout, phase: Phase, says: Sentence, now: datetime, by: str = "") -> Rollout:
    """The rollout in another phase, with what has to be said of it."""
    return replace(
        rollout,
        phase=phase,
        since=now,
        says=says,
        resumes=None,
        turns=(*rollout.turns, Turn(now, phase, says, by)),
    )

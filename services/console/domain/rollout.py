"""A rollout, from preflight to its end, and what moves it on: what is seen, and what people say."""

from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from enum import StrEnum

from services.console.domain.release import Plan, short
from services.console.domain.sentence import Figure, Sentence, free
from services.console.domain.verdict import Judgement, Limits, Sample, Verdict, baseline, judge
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


def advance(rollout: Rollout, seen: Seen, now: datetime, rules: Rules) -> Rollout:
    """The rollout after a look at the platform; the same if nothing has changed."""
    match rollout.phase:
        case Phase.PREFLIGHT:
            return _preflight(rollout, seen, now, rules)
        case Phase.MIGRATE:
            return _migrate(rollout, seen, now, rules)
        case Phase.SURGE:
            return _surge(rollout, seen, now, rules)
        case Phase.SOAK:
            return _soak(rollout, seen, now, rules)
        case Phase.ROLLING_BACK:
            return _rolling_back(rollout, seen, now, rules)
        case _:
            return rollout


def _preflight(rollout: Rollout, seen: Seen, now: datetime, rules: Rules) -> Rollout:
    if seen.obstacle:
        return _turned(rollout, Phase.REFUSED, seen.obstacle, now)
    if rollout.waits_for_second_person:
        if _is_late(rollout, now, rules):
            return _turned(rollout, Phase.REFUSED, Sentence("Nobody confirmed it in time."), now)
        return rollout
    begun = replace(
        rollout,
        baseline=baseline(seen.sample, rules.limits),
        has_contracted=bool(rollout.plan.contracts),
    )
    return _turned(begun, Phase.MIGRATE, Sentence("The migration runs."), now)


def _migrate(rollout: Rollout, seen: Seen, now: datetime, rules: Rules) -> Rollout:
    if seen.migration is Migrating.DONE:
        says = Sentence("%(release)s starts beside %(before)s.", _releases(rollout))
        return _turned(rollout, Phase.SURGE, says, now)
    if seen.migration is Migrating.FAILED:
        return _failed(rollout, Sentence("The migration failed."), now)
    if _is_late(rollout, now, rules):
        says = Sentence("The migration takes longer than it may. Look at it, then go on.")
        return _paused(rollout, says, now)
    return rollout


def _surge(rollout: Rollout, seen: Seen, now: datetime, rules: Rules) -> Rollout:
    if seen.in_place:
        says = Sentence("%(release)s runs everywhere and is measured.", _releases(rollout))
        return _turned(replace(rollout, measurements=()), Phase.SOAK, says, now)
    if _is_late(rollout, now, rules):
        says = Sentence("%(release)s did not become ready in time.", _releases(rollout))
        return _failed(rollout, says, now)
    return rollout


def _soak(rollout: Rollout, seen: Seen, now: datetime, rules: Rules) -> Rollout:
    last = rollout.measurements[-1].at if rollout.measurements else rollout.since
    if now - last < rules.measure_every:
        return rollout
    verdict = judge(seen.sample, rollout.baseline, rules.limits)
    measured = replace(
        rollout,
        says=verdict.says,
        measurements=(*rollout.measurements, Measurement(now, seen.sample, verdict))[-KEPT:],
    )
    newest = [each.verdict.judgement for each in measured.measurements[-rules.in_a_row :]]
    if newest == [Judgement.BAD] * rules.in_a_row:
        return _failed(measured, verdict.says, now)
    if newest == [Judgement.MISSING] * rules.in_a_row:
        return _paused(measured, verdict.says, now)
    if verdict.judgement is Judgement.GOOD and now - rollout.since >= rules.soak:
        return _turned(measured, Phase.DONE, verdict.says, now)
    if _is_late(rollout, now, rules):
        text = msg("It does not come to a good end: %(why)s")
        return _paused(measured, Sentence(text, {"why": verdict.says}), now)
    return measured


def _rolling_back(rollout: Rollout, seen: Seen, now: datetime, rules: Rules) -> Rollout:
    if seen.in_place:
        return _turned(rollout, Phase.ROLLED_BACK, rollout.says, now)
    if _is_late(rollout, now, rules):
        figures: dict[str, Figure] = {"before": short(rollout.before), "why": rollout.says}
        text = msg(
            "%(before)s does not become ready again. Look at its processes, then go on. (%(why)s)"
        )
        return _paused(rollout, Sentence(text, figures), now)
    return rollout


def confirm(
    rollout: Rollout, by: str, subject: str, *, is_approver: bool, now: datetime
) -> Rollout:
    """Have it begin, as a second person: names may be alike, subjects are not."""
    if rollout.phase is not Phase.PREFLIGHT or not rollout.waits_for_second_person:
        raise RolloutError(Sentence("Nothing waits to be confirmed here any more."))
    if subject == rollout.asked_subject or not is_approver:
        text = msg(
            "%(asked_by)s asked for this: somebody else with the role approver has to confirm it."
        )
        raise RolloutError(Sentence(text, {"asked_by": rollout.asked_by}))
    confirmed = replace(rollout, confirmed_by=by)
    return _turned(confirmed, Phase.PREFLIGHT, Sentence("Confirmed."), now, by)


def pause(rollout: Rollout, by: str, reason: str, now: datetime) -> Rollout:
    """Have it stay as it is."""
    if not rollout.is_open or rollout.phase is Phase.PAUSED:
        raise RolloutError(Sentence("It does not go on: there is nothing to pause."))
    return _paused(rollout, free(reason), now, by)


def go_on(rollout: Rollout, by: str, reason: str, now: datetime) -> Rollout:
    """Take up the phase in which it was paused, from its beginning."""
    if rollout.phase is not Phase.PAUSED or rollout.resumes is None:
        raise RolloutError(Sentence("It is not paused."))
    resumed = replace(rollout, measurements=()) if rollout.resumes is Phase.SOAK else rollout
    return _turned(resumed, rollout.resumes, free(reason), now, by)


def accept(rollout: Rollout, by: str, reason: str, now: datetime) -> Rollout:
    """Finish a paused soak though it was not measured well enough: a person answers for it."""
    if rollout.phase is not Phase.PAUSED or rollout.resumes is not Phase.SOAK:
        text = msg("Only what is paused while it is measured can be accepted as it is.")
        raise RolloutError(Sentence(text))
    return _turned(rollout, Phase.DONE, free(reason), now, by)


def roll_back(rollout: Rollout, by: str, reason: str, now: datetime) -> Rollout:
    """Have the release before run again; before anything was done it is only withdrawn."""
    why_not = rollout.why_no_way_back()
    if why_not:
        raise RolloutError(why_not)
    says = free(reason)
    begun = rollout.resumes or rollout.phase
    end = Phase.REFUSED if begun is Phase.PREFLIGHT else Phase.ROLLING_BACK
    return _turned(rollout, end, says, now, by)


def replaced(rollout: Rollout, release: str, by: str, now: datetime) -> Rollout:
    """A new version comes before this one was through."""
    says = Sentence("%(release)s comes in its place.", {"release": short(release)})
    return _turned(rollout, Phase.REPLACED, says, now, by)


def _failed(rollout: Rollout, says: Sentence, now: datetime) -> Rollout:
    """Back where there is a way back; else it stops and people have to mend it."""
    no_way = rollout.why_no_way_back()
    if no_way is None:
        return _turned(rollout, Phase.ROLLING_BACK, says, now)
    return _paused(rollout, Sentence("%(why)s %(no_way)s", {"why": says, "no_way": no_way}), now)


def _paused(rollout: Rollout, says: Sentence, now: datetime, by: str = "") -> Rollout:
    return replace(_turned(rollout, Phase.PAUSED, says, now, by), resumes=rollout.phase)


def _turned(rollout: Rollout, phase: Phase, says: Sentence, now: datetime, by: str = "") -> Rollout:
    return replace(
        rollout,
        phase=phase,
        since=now,
        says=says,
        resumes=None,
        turns=(*rollout.turns, Turn(now, phase, says, by)),
    )


def _is_late(rollout: Rollout, now: datetime, rules: Rules) -> bool:
    deadline = rollout.deadline(rules)
    return deadline is not None and now > deadline


def _releases(rollout: Rollout) -> dict[str, str]:
    return {"release": short(rollout.after), "before": short(rollout.before)}

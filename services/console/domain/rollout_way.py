"""How a rollout goes on by what is seen of the platform."""

from dataclasses import replace
from datetime import datetime

from services.console.domain.release import short
from services.console.domain.rollout import (
    KEPT,
    Measurement,
    Migrating,
    Phase,
    Rollout,
    Rules,
    Seen,
    paused,
    turned,
)
from services.console.domain.sentence import Figure, Sentence
from services.console.domain.verdict import Judgement, baseline, judge
from services.console.domain.wording import msg


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
        return turned(rollout, Phase.REFUSED, seen.obstacle, now)
    if rollout.waits_for_second_person:
        if _is_late(rollout, now, rules):
            return turned(rollout, Phase.REFUSED, Sentence("Nobody confirmed it in time."), now)
        return rollout
    begun = replace(
        rollout,
        baseline=baseline(seen.sample, rules.limits),
        has_contracted=bool(rollout.plan.contracts),
    )
    return turned(begun, Phase.MIGRATE, Sentence("The migration runs."), now)


def _migrate(rollout: Rollout, seen: Seen, now: datetime, rules: Rules) -> Rollout:
    if seen.migration is Migrating.DONE:
        says = Sentence("%(release)s starts beside %(before)s.", _releases(rollout))
        return turned(rollout, Phase.SURGE, says, now)
    if seen.migration is Migrating.FAILED:
        return _failed(rollout, Sentence("The migration failed."), now)
    if _is_late(rollout, now, rules):
        says = Sentence("The migration takes longer than it may. Look at it, then go on.")
        return paused(rollout, says, now)
    return rollout


def _surge(rollout: Rollout, seen: Seen, now: datetime, rules: Rules) -> Rollout:
    if seen.in_place:
        says = Sentence("%(release)s runs everywhere and is measured.", _releases(rollout))
        return turned(replace(rollout, measurements=()), Phase.SOAK, says, now)
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
        return paused(measured, verdict.says, now)
    if verdict.judgement is Judgement.GOOD and now - rollout.since >= rules.soak:
        return turned(measured, Phase.DONE, verdict.says, now)
    if _is_late(rollout, now, rules):
        text = msg("It does not come to a good end: %(why)s")
        return paused(measured, Sentence(text, {"why": verdict.says}), now)
    return measured


def _rolling_back(rollout: Rollout, seen: Seen, now: datetime, rules: Rules) -> Rollout:
    if seen.in_place:
        return turned(rollout, Phase.ROLLED_BACK, rollout.says, now)
    if _is_late(rollout, now, rules):
        figures: dict[str, Figure] = {"before": short(rollout.before), "why": rollout.says}
        text = msg(
            "%(before)s does not become ready again. Look at its processes, then go on. (%(why)s)"
        )
        return paused(rollout, Sentence(text, figures), now)
    return rollout


def _failed(rollout: Rollout, says: Sentence, now: datetime) -> Rollout:
    """Back where there is a way back; else it stops and people have to mend it."""
    no_way = rollout.why_no_way_back()
    if no_way is None:
        return turned(rollout, Phase.ROLLING_BACK, says, now)
    return paused(rollout, Sentence("%(why)s %(no_way)s", {"why": says, "no_way": no_way}), now)


def _is_late(rollout: Rollout, now: datetime, rules: Rules) -> bool:
    deadline = rollout.deadline(rules)
    return deadline is not None and now > deadline


def _releases(rollout: Rollout) -> dict[str, str]:
    return {"release": short(rollout.after), "before": short(rollout.before)}

"""What people have a rollout do: each says why, and it stands in the rollout's history."""

from dataclasses import replace
from datetime import datetime

from services.console.domain.release import short
from services.console.domain.rollout import Phase, Rollout, RolloutError, paused, turned
from services.console.domain.sentence import Sentence, free
from services.console.domain.wording import msg


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
    return turned(confirmed, Phase.PREFLIGHT, Sentence("Confirmed."), now, by)


def pause(rollout: Rollout, by: str, reason: str, now: datetime) -> Rollout:
    """Have it stay as it is."""
    if not rollout.is_open or rollout.phase is Phase.PAUSED:
        raise RolloutError(Sentence("It does not go on: there is nothing to pause."))
    return paused(rollout, free(reason), now, by)


def go_on(rollout: Rollout, by: str, reason: str, now: datetime) -> Rollout:
    """Take up the phase in which it was paused, from its beginning."""
    if rollout.phase is not Phase.PAUSED or rollout.resumes is None:
        raise RolloutError(Sentence("It is not paused."))
    resumed = replace(rollout, measurements=()) if rollout.resumes is Phase.SOAK else rollout
    return turned(resumed, rollout.resumes, free(reason), now, by)


def accept(rollout: Rollout, by: str, reason: str, now: datetime) -> Rollout:
    """Finish a paused soak though it was not measured well enough: a person answers for it."""
    if rollout.phase is not Phase.PAUSED or rollout.resumes is not Phase.SOAK:
        text = msg("Only what is paused while it is measured can be accepted as it is.")
        raise RolloutError(Sentence(text))
    return turned(rollout, Phase.DONE, free(reason), now, by)


def roll_back(rollout: Rollout, by: str, reason: str, now: datetime) -> Rollout:
    """Have the release before run again; before anything was done it is only withdrawn."""
    why_not = rollout.why_no_way_back()
    if why_not:
        raise RolloutError(why_not)
    says = free(reason)
    begun = rollout.resumes or rollout.phase
    end = Phase.REFUSED if begun is Phase.PREFLIGHT else Phase.ROLLING_BACK
    return turned(rollout, end, says, now, by)


def replaced(rollout: Rollout, release: str, by: str, now: datetime) -> Rollout:
    """A new version comes before this one was through."""
    says = Sentence("%(release)s comes in its place.", {"release": short(release)})
    return turned(rollout, Phase.REPLACED, says, now, by)

"""What is kept of a service's rollouts: the last one, those before, what was rejected, and what else was done."""

from dataclasses import dataclass, replace
from datetime import datetime

from services.console.domain.release import Plan, short
from services.console.domain.rollout import Phase, Rollout, RolloutError, Turn
from services.console.domain.rollout_by_hand import replaced
from services.console.domain.sentence import Sentence, free

#: It has to fit where a Deployment keeps its notes: 256 KiB in all.
PAST, MEASUREMENTS_OF_PAST, ACTS = 20, 5, 50


@dataclass(frozen=True, slots=True)
class Rejection:
    """A release that was rolled back, and why."""

    release: str
    at: datetime
    why: Sentence


@dataclass(frozen=True, slots=True)
class Act:
    """What an operator did to a role of the service besides rollouts."""

    at: datetime
    by: str
    what: Sentence
    reason: str


@dataclass(frozen=True, slots=True)
class Wish:
    """Somebody wants a release to be rolled out."""

    rollout_id: str
    service: str
    before: str
    after: str
    plan: Plan
    by: str
    subject: str
    reason: str


@dataclass(frozen=True, slots=True)
class Book:
    """The newest stands first; `current` is the last rollout, also when it has ended."""

    current: Rollout | None = None
    past: tuple[Rollout, ...] = ()
    rejected: tuple[Rejection, ...] = ()
    acts: tuple[Act, ...] = ()

    @property
    def is_rolling(self) -> bool:
        """Whether a rollout is under way."""
        return self.current is not None and self.current.is_open

    def rejection(self, release: str) -> Rejection | None:
        """Why the release was rejected, if it was."""
        return next((each for each in self.rejected if each.release == release), None)

    def rollouts(self) -> tuple[Rollout, ...]:
        """All that are known, the newest first."""
        return (self.current, *self.past) if self.current else self.past

    def begin(self, wish: Wish, now: datetime) -> "Book":
        """Start it; what was under way is replaced, and the way back stays the release before that."""
        book, before, has_contracted = self, wish.before, False
        if self.current and self.current.is_open:
            running = self.current
            _refuse_to_replace(running, wish)
            before, has_contracted = running.before, running.has_contracted
            book = self._with(replaced(running, wish.after, wish.by, now))
        if wish.after == before:
            says = Sentence("%(release)s runs already.", {"release": short(wish.after)})
            raise RolloutError(says)
        says = free(wish.reason)
        rollout = Rollout(
            rollout_id=wish.rollout_id,
            service=wish.service,
            before=before,
            after=wish.after,
            plan=wish.plan,
            asked_by=wish.by,
            asked_subject=wish.subject,
            reason=wish.reason,
            phase=Phase.PREFLIGHT,
            since=now,
            says=says,
            second_person_for=self.why_second_person(wish.after, wish.plan),
            has_contracted=has_contracted,
            turns=(Turn(now, Phase.PREFLIGHT, says, wish.by),),
        )
        return replace(book, current=rollout, past=_shelved(book))

    def why_second_person(self, release: str, plan: Plan) -> Sentence | None:
        """Why the release needs a second person, if it does."""
        rejection = self.rejection(release)
        if rejection:
            return Sentence("It was rejected before: %(why)s", {"why": rejection.why})
        if not plan.is_known:
            return Sentence("It is not known what its migrations change.")
        if plan.contracts:
            titles = ", ".join(step.title for step in plan.contracts)
            return Sentence("Its migration cannot be undone: %(titles)s", {"titles": titles})
        return None

    def moved(self, rollout: Rollout) -> "Book":
        """The current rollout as it is now; who is rolled back is rejected, who is done is so no more."""
        book = self._with(rollout)
        others = tuple(each for each in self.rejected if each.release != rollout.after)
        if rollout.phase is Phase.ROLLED_BACK:
            rejection = Rejection(rollout.after, rollout.since, rollout.says)
            return replace(book, rejected=(rejection, *others)[:ACTS])
        return replace(book, rejected=others) if rollout.phase is Phase.DONE else book

    def noted(self, act: Act) -> "Book":
        """With one more act."""
        return replace(self, acts=(act, *self.acts)[:ACTS])

    def _with(self, rollout: Rollout) -> "Book":
        return replace(self, current=rollout)


def _shelved(book: Book) -> tuple[Rollout, ...]:
    if book.current is None:
        return book.past
    newest = book.current.measurements[-MEASUREMENTS_OF_PAST:]
    return (replace(book.current, measurements=newest), *book.past)[:PAST]


def _refuse_to_replace(running: Rollout, wish: Wish) -> None:
    if running.after == wish.after:
        says = Sentence("%(release)s is being rolled out already.", {"release": short(wish.after)})
        raise RolloutError(says)
    back = running.resumes or running.phase
    if back is Phase.ROLLING_BACK:
        says = Sentence(
            "%(release)s is being rolled back. Wait for that.", {"release": short(running.after)}
        )
        raise RolloutError(says)

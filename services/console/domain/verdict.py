"""How a release does, against the one before it: good, bad, or not to be told."""

from dataclasses import dataclass
from enum import StrEnum

from services.console.domain.sentence import Sentence
from services.console.domain.wording import msg


class Judgement(StrEnum):
    """What a measurement says; one that is missing is no reason to roll back."""

    GOOD = "good"
    BAD = "bad"
    MISSING = "missing"


@dataclass(frozen=True, slots=True)
class Sample:
    """What the processes of a release did together in the last seconds.

    `handled` counts requests and events, `failed` those that failed, `lag` records that wait, and
    `critical_time` is in seconds from an event's time to its effect, all but a hundredth of them.
    """

    processes: int
    ready: int
    handled: int
    failed: int
    lag: int
    critical_time: float | None = None

    @property
    def error_rate(self) -> float:
        """The share that failed."""
        return min(1.0, self.failed / self.handled) if self.handled else 0.0


@dataclass(frozen=True, slots=True)
class Limits:
    """How much worse than the version before is bad; below `minimum` handled nothing can be told."""

    minimum: int = 20
    more_errors: float = 0.01
    lag_factor: float = 2.0
    lag_more: int = 1_000
    time_factor: float = 2.0
    time_more: float = 0.5


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a measurement means, as a sentence."""

    judgement: Judgement
    says: Sentence


def baseline(sample: Sample | None, limits: Limits) -> Sample | None:
    """What a release is compared with: of too few requests and events only the lag counts."""
    if sample is None or sample.handled >= limits.minimum:
        return sample
    return Sample(sample.processes, sample.ready, 0, 0, sample.lag)


def judge(sample: Sample | None, baseline: Sample | None, limits: Limits) -> Verdict:
    """Weigh a sample; without a baseline the version before counts as free of errors and lag."""
    if sample is None:
        return _missing(Sentence("No measurement: the service does not say how it is."))
    before = baseline or Sample(0, 0, 0, 0, 0)
    return (
        _readiness(sample)
        or _lag(sample, before, limits)
        or _too_few(sample, limits)
        or _errors(sample, before, limits)
        or _critical_time(sample, before, limits)
        or _good(sample, before)
    )


def _readiness(sample: Sample) -> Verdict | None:
    if sample.processes and sample.ready == sample.processes:
        return None
    figures = {"ready": sample.ready, "processes": sample.processes}
    return _bad(Sentence("Only %(ready)s of %(processes)s processes are ready.", figures))


def _lag(sample: Sample, before: Sample, limits: Limits) -> Verdict | None:
    if sample.lag <= max(before.lag * limits.lag_factor, before.lag + limits.lag_more):
        return None
    figures = {"now": sample.lag, "before": before.lag}
    return _bad(Sentence("%(now)s records wait; before it were %(before)s.", figures))


def _too_few(sample: Sample, limits: Limits) -> Verdict | None:
    if sample.handled >= limits.minimum:
        return None
    figures = {"handled": sample.handled, "minimum": limits.minimum}
    text = msg(
        "Too few to judge: %(handled)s requests and events, at least %(minimum)s are needed."
    )
    return _missing(Sentence(text, figures))


def _errors(sample: Sample, before: Sample, limits: Limits) -> Verdict | None:
    if sample.error_rate <= before.error_rate + limits.more_errors:
        return None
    return _bad(
        Sentence("%(now)s %% fail; before it were %(before)s %%.", _percent(sample, before))
    )


def _critical_time(sample: Sample, before: Sample, limits: Limits) -> Verdict | None:
    now, then = sample.critical_time, before.critical_time
    if (
        now is None
        or then is None
        or now <= max(then * limits.time_factor, then + limits.time_more)
    ):
        return None
    figures = {"now": round(now, 2), "before": round(then, 2)}
    text = msg("An event takes %(now)s s from its time to its effect; before it were %(before)s s.")
    return _bad(Sentence(text, figures))


def _good(sample: Sample, before: Sample) -> Verdict:
    text = msg(
        "As good as before: %(now)s %% of %(handled)s requests and events fail, before it were %(before)s %%."
    )
    figures = {**_percent(sample, before), "handled": sample.handled}
    return Verdict(Judgement.GOOD, Sentence(text, figures))


def _percent(sample: Sample, before: Sample) -> dict[str, float | int]:
    return {
        "now": round(100 * sample.error_rate, 1),
        "before": round(100 * before.error_rate, 1),
    }


def _bad(says: Sentence) -> Verdict:
    return Verdict(Judgement.BAD, says)


def _missing(says: Sentence) -> Verdict:
    return Verdict(Judgement.MISSING, says)

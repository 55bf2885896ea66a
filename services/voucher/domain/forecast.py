"""When a programme runs out of vouchers, by what was taken lately: a straight line, and how far it may be off."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from enum import StrEnum
from math import sqrt
from statistics import fmean, stdev
from typing import Final

#: The whole days (UTC) before today that are looked at.
DAYS: Final = 14
#: Of fewer days nothing is foretold.
FEWEST: Final = 3
#: Two standard errors either side: 19 times of 20, if days are alike.
ERRORS: Final = 2.0
#: As far back as movements are asked for: today is not over and does not count.
LOOKED_AT: Final = timedelta(days=DAYS + 1)
#: Beyond, a date means nothing.
FARTHEST: Final = 3_650


class Verdict(StrEnum):
    """What becomes of a programme's vouchers."""

    NOT_OPEN = "not_open"
    OVER = "over"
    TAKEN = "taken"
    TOO_EARLY = "too_early"
    UNUSED = "unused"
    RUNS_OUT = "runs_out"
    LASTS = "lasts"


@dataclass(frozen=True, slots=True)
class Forecast:
    """The verdict; `a_day` is how many vouchers are taken for good a day, `off` by how much that may be wrong.

    `on` is the day that the last one goes if it goes on so, `earliest` and `latest` if it is off; None is never,
    or too far away. `left` is how many are left when the programme ends.
    """

    verdict: Verdict
    a_day: float = 0.0
    off: float = 0.0
    on: date | None = None
    earliest: date | None = None
    latest: date | None = None
    left: int = 0


@dataclass(frozen=True, slots=True)
class Usage:
    """What is known of a programme: its time, what is left, and what was taken less what came back, by day."""

    opens_at: datetime
    closes_at: datetime
    is_closed: bool
    available: int
    net: Mapping[date, int]


def forecast(usage: Usage, now: datetime) -> Forecast:
    """What becomes of it."""
    if usage.opens_at > now:
        return Forecast(Verdict.NOT_OPEN)
    if usage.is_closed or usage.closes_at <= now:
        return Forecast(Verdict.OVER)
    if usage.available <= 0:
        return Forecast(Verdict.TAKEN)
    taken = _taken(usage, now)
    if len(taken) < FEWEST:
        return Forecast(Verdict.TOO_EARLY)
    return _line(usage, taken, now)


def _taken(usage: Usage, now: datetime) -> Sequence[int]:
    """Of each day looked at, the days on which nothing moved too."""
    today, opened = now.astimezone(UTC).date(), usage.opens_at.astimezone(UTC).date()
    first = max(opened, today - timedelta(days=DAYS))
    days = (first + timedelta(days=n) for n in range((today - first).days))
    return [usage.net.get(day, 0) for day in days]


def _line(usage: Usage, taken: Sequence[int], now: datetime) -> Forecast:
    a_day = fmean(taken)
    off = ERRORS * stdev(taken) / sqrt(len(taken))
    on, earliest, latest = (
        _day(usage.available, rate, now) for rate in (a_day, a_day + off, a_day - off)
    )
    ends = usage.closes_at.astimezone(UTC).date()
    left = usage.available - a_day * ((usage.closes_at - now) / timedelta(days=1))
    if a_day <= 0 and not off:
        verdict = Verdict.UNUSED
    else:
        verdict = Verdict.RUNS_OUT if on and on < ends else Verdict.LASTS
    return Forecast(
        verdict,
        a_day,
        off,
        on,
        earliest if earliest and earliest < ends else None,
        latest if latest and latest < ends else None,
        max(0, min(usage.available, round(left))),
    )


def _day(available: int, a_day: float, now: datetime) -> date | None:
    if a_day <= 0 or available / a_day > FARTHEST:
        return None
    return (now.astimezone(UTC) + timedelta(days=available / a_day)).date()

"""When an event that could not be delivered is sent again: ten attempts within three days."""

from datetime import timedelta

from services.feed.domain.attempt import Result

_MINUTE, _HOUR = timedelta(minutes=1), timedelta(hours=1)

#: How long after the attempt before: 71 h 35 min in all. Source: the example of Standard Webhooks.
STEPS = (
    timedelta(0),
    timedelta(seconds=5),
    5 * _MINUTE,
    30 * _MINUTE,
    2 * _HOUR,
    5 * _HOUR,
    10 * _HOUR,
    14 * _HOUR,
    20 * _HOUR,
    20 * _HOUR,
)
#: So much of a step may be left out by chance, so that what failed together does not come back together.
JITTER = 0.2
#: After an answer that asks for time.
LEAST_WHEN_ASKED = timedelta(seconds=60)
#: An endpoint may ask for so many times the step.
MOST_STEPS = 2


def pause_after(attempts: int, result: Result, chance: float) -> timedelta | None:
    """How long to wait after `attempts` failed ones, the last of which had `result`; None: no more.

    `chance` is a random number from 0 to 1.
    """
    if attempts >= len(STEPS):
        return None
    step = STEPS[attempts]
    pause = step * (1 - JITTER * chance)
    if result.retry_after is not None:
        pause = min(max(result.retry_after, step), MOST_STEPS * step)
    return max(pause, LEAST_WHEN_ASKED) if result.wants_time else pause

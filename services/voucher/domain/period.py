"""Days of settlements: those of the cooperative's seat, however the clocks elsewhere stand."""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from services.voucher.domain.errors import InvalidPeriodError

SEAT = ZoneInfo("Europe/Berlin")


@dataclass(frozen=True, slots=True)
class Period:
    """Days, both inclusive."""

    first: date
    last: date

    @property
    def end(self) -> datetime:
        """When it is over."""
        return datetime.combine(self.last + timedelta(days=1), time(), SEAT)


def next_period(settled_to: date | None, opens_at: datetime, last: date, today: date) -> Period:
    """From the day after the last settlement, at first from the programme's opening, up to `last`.

    Raises InvalidPeriodError, also if that is later than `today`.
    """
    first = settled_to + timedelta(days=1) if settled_to else day_of(opens_at)
    if last < first:
        raise InvalidPeriodError(f"Everything before {first} is settled. Settle a later day.")
    if last > today:
        raise InvalidPeriodError(f"{last} is too late: name {today} or a day before.")
    return Period(first, last)


def day_of(at: datetime) -> date:
    """The day that it is at the seat."""
    return at.astimezone(SEAT).date()

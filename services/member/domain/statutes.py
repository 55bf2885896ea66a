"""What the cooperative's statutes say of shares, notice and what follows it, as data."""

from calendar import monthrange
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

#: Days begin and end where the cooperative has its seat.
SEAT = ZoneInfo("Europe/Berlin")
SHARE_CENTS = 100_000
MAX_SHARES = 10_000

_MONTHS = 12


@dataclass(frozen=True, slots=True)
class Statutes:
    """Notice is given to the end of a financial year, so many months ahead."""

    year_ends: tuple[int, int] = (12, 31)
    notice_months: int = 6
    export_days: int = 90

    def last_day(self, given_on: date) -> date:
        """The last day of what is given notice of on a day: of a membership, or of a share."""
        earliest = _months_later(given_on, self.notice_months)
        month, day = self.year_ends
        this_year = date(earliest.year, month, min(day, monthrange(earliest.year, month)[1]))
        if this_year >= earliest:
            return this_year
        return date(earliest.year + 1, month, min(day, monthrange(earliest.year + 1, month)[1]))

    def last_export_day(self, last_day: date) -> date:
        """Until when a tenant that left may fetch its data; afterwards it is deleted."""
        return last_day + timedelta(days=self.export_days)


STATUTES = Statutes()


def day_of(now: datetime) -> date:
    """The day that it is at the cooperative's seat."""
    return now.astimezone(SEAT).date()


def _months_later(day: date, months: int) -> date:
    years, month = divmod(day.month - 1 + months, _MONTHS)
    last = monthrange(day.year + years, month + 1)[1]
    return date(day.year + years, month + 1, min(day.day, last))

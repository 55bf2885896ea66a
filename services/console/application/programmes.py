"""How much of each funder's programme is used, and how long it will last."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any, Final

from services.console.application.ports import Services

#: Of so many days the movements are shown.
DAYS: Final = 30
PAGE: Final = 50
_PATH: Final = "/v1/operations/programmes"


@dataclass(frozen=True, slots=True)
class Forecast:
    """What the service foretells: `verdict` is a code; `a_day` is taken for good a day, give or take `off`.

    `on` is the day that the last unit goes, `earliest` and `latest` if it is off; `left` are those at the end.
    """

    verdict: str
    a_day: float
    off: float
    on: date | None
    earliest: date | None
    latest: date | None
    left: int


@dataclass(frozen=True, slots=True)
class Day:
    """Units that moved on a day (UTC): taken for bookings, used, given back or lapsed."""

    day: date
    reserved: int
    redeemed: int
    returned: int


@dataclass(frozen=True, slots=True)
class Programme:
    """A programme's figures, in vouchers or euro cents as `unit` says, and why claims on it were refused, by the reason's code."""

    programme_id: str
    funder_id: str
    name: str
    opens_at: datetime
    closes_at: datetime
    is_closed: bool
    unit: str
    granted: int
    reserved: int
    redeemed: int
    available: int
    refusals: Mapping[str, int]
    days: Sequence[Day]
    forecast: Forecast

    @property
    def used(self) -> float:
        """The share of what was granted that is held or used."""
        return (self.reserved + self.redeemed) / self.granted if self.granted else 0.0

    @property
    def refused(self) -> int:
        """How many claims were refused."""
        return sum(self.refusals.values())

    def every_day(self, now: datetime) -> Sequence[Day]:
        """The last days, the oldest first, those on which nothing moved too."""
        moved = {each.day: each for each in self.days}
        today = now.astimezone(UTC).date()
        days = (today - timedelta(days=n) for n in reversed(range(DAYS)))
        return [moved.get(day, Day(day, 0, 0, 0)) for day in days]


async def programmes(services: Services, token: str, offset: int) -> Sequence[Programme]:
    """A page of programmes, the newest first, and one more if there are more."""
    found: Sequence[Programme] = await services.get(
        "voucher", _PATH, token, _programmes, days=DAYS, limit=PAGE + 1, offset=offset
    )
    return found


async def programme(services: Services, token: str, programme_id: str) -> Programme | None:
    """One of them."""
    found: Sequence[Programme] = await services.get(
        "voucher", _PATH, token, _programmes, days=DAYS, programme_id=programme_id
    )
    return next(iter(found), None)


def _programmes(answer: Any) -> Sequence[Programme]:
    return [
        Programme(
            programme_id=str(each["programme_id"]),
            funder_id=str(each["funder_id"]),
            name=str(each["name"]),
            opens_at=datetime.fromisoformat(each["opens_at"]),
            closes_at=datetime.fromisoformat(each["closes_at"]),
            is_closed=bool(each["is_closed"]),
            unit=str(each["unit"]),
            granted=int(each["granted"]),
            reserved=int(each["reserved"]),
            redeemed=int(each["redeemed"]),
            available=int(each["available"]),
            refusals={str(reason): int(many) for reason, many in each["refusals"].items()},
            days=[_day(one) for one in each["days"]],
            forecast=_forecast(each["forecast"]),
        )
        for each in answer
    ]


def _day(each: Any) -> Day:
    return Day(
        date.fromisoformat(each["day"]),
        int(each["reserved"]),
        int(each["redeemed"]),
        int(each["returned"]),
    )


def _forecast(each: Any) -> Forecast:
    return Forecast(
        verdict=str(each["verdict"]),
        a_day=float(each["a_day"]),
        off=float(each["off"]),
        on=_date(each["on"]),
        earliest=_date(each["earliest"]),
        latest=_date(each["latest"]),
        left=int(each["left"]),
    )


def _date(value: str | None) -> date | None:
    return date.fromisoformat(value) if value else None

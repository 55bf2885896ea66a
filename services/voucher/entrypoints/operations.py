"""What those who run the platform see of programmes: figures, and nothing of a claim."""

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from typing import Annotated, Self
from uuid import UUID

from fastapi import APIRouter, Query

from services.voucher.application.queries import ProgrammeUse
from services.voucher.entrypoints.api import Units
from services.voucher.entrypoints.programme_bodies import ForecastView
from shared.auth.dependencies import Viewer
from shared.clock import utc_now
from shared.http.fields import View
from shared.http.pages import Limit, Offset

router = APIRouter(prefix="/v1/operations", tags=["operations"])


class DayUseView(View):
    """Units that moved on a day (UTC): taken for bookings, used, given back or lapsed."""

    day: date
    reserved: int
    redeemed: int
    returned: int


class ProgrammeUseView(View):
    """How much of a programme is used: of `granted` units `available` are left. Refusals are counted by reason.

    A unit is a voucher or a euro cent, as `unit` says. `days` has the days on which something moved; the
    forecast is of the last 14 of those asked for.
    """

    programme_id: UUID
    funder_id: UUID
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
    days: list[DayUseView]
    forecast: ForecastView

    @classmethod
    def of_use(cls, use: ProgrammeUse, now: datetime) -> Self:
        """The view of a programme's use."""
        figures = {
            name: getattr(use, name)
            for name in cls.model_fields
            if name not in {"days", "forecast"}
        }
        days = [DayUseView.of(each) for each in use.days]
        return cls(**figures, days=days, forecast=ForecastView.of(use.forecast(now)))


@router.get("/programmes")
async def get_programme_uses(
    _caller: Viewer,
    opened: Units,
    days: Annotated[int, Query(ge=1, le=366, description="Of how many days")] = 30,
    programme_id: UUID | None = None,
    limit: Limit = 50,
    offset: Offset = 0,
) -> list[ProgrammeUseView]:
    """Every funder's programmes, the newest first, or one of them."""
    now = utc_now()
    since = now - timedelta(days=days)
    async with opened(operator=True) as work:
        uses = await work.queries.programme_uses(since, programme_id, limit, offset)
    return [ProgrammeUseView.of_use(each, now) for each in uses]

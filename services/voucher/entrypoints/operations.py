"""What those who run the platform see of programmes: figures, and nothing of a claim."""

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query

from services.voucher.entrypoints.api import Units
from shared.auth.dependencies import Viewer
from shared.clock import utc_now
from shared.http.fields import View
from shared.http.pages import Limit, Offset

router = APIRouter(prefix="/v1/operations", tags=["operations"])


class DayUseView(View):
    """Vouchers that moved on a day (UTC): taken for bookings, used, given back or lapsed."""

    day: date
    reserved: int
    redeemed: int
    returned: int


class ProgrammeUseView(View):
    """How much of a programme is used: of `granted` vouchers `available` are left. Refusals are counted by reason.

    `days` has the days on which something moved, for a forecast.
    """

    programme_id: UUID
    funder_id: UUID
    name: str
    opens_at: datetime
    closes_at: datetime
    is_closed: bool
    granted: int
    reserved: int
    redeemed: int
    available: int
    refusals: Mapping[str, int]
    days: list[DayUseView]


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
    since = utc_now() - timedelta(days=days)
    async with opened(operator=True) as work:
        uses = await work.queries.programme_uses(since, programme_id, limit, offset)
    return [ProgrammeUseView.of(each) for each in uses]

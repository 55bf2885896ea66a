"""What comparing the ledgers found: for each programme's funder, and for those who run the platform."""

from datetime import datetime
from typing import Annotated, Self
from uuid import UUID

from fastapi import APIRouter, Query

from services.voucher.domain.reconciliation import Reconciliation
from services.voucher.entrypoints.api import Examiner, Units
from shared.auth.dependencies import Viewer
from shared.http.fields import View
from shared.http.pages import Limit, Offset
from shared.http.problems import not_found

router = APIRouter(prefix="/v1", tags=["voucher"])
operations = APIRouter(prefix="/v1/operations", tags=["operations"])


class ReconciliationView(View):
    """Up to entry number `entries`, whose hash is `head`, a programme's ledger was found to hold.

    `at` is when it was compared last; `violated` names what did not hold then, `wrong_entry` the first entry that
    is not as it was written.
    """

    programme_id: UUID
    at: datetime
    entries: int
    head: str
    violated: list[str]
    wrong_entry: int | None

    @classmethod
    def of(cls, source: object) -> Self:
        """The view of what was found."""
        assert isinstance(source, Reconciliation)
        return cls(
            programme_id=source.programme_id,
            at=source.at,
            entries=source.chain.entries,
            head=source.chain.head.hex(),
            violated=list(source.violated),
            wrong_entry=source.wrong_entry,
        )


@router.get("/programmes/{programme_id}/reconciliation")
async def get_reconciliation(
    programme_id: UUID, caller: Examiner, opened: Units
) -> ReconciliationView:
    """How far your programme's ledger was compared, the head that was published, and what was found."""
    async with opened([caller.tenant_id]) as work:
        found = await work.reconciliations.latest(programme_id)
        if found is None:
            raise not_found("reconciliation")
        return ReconciliationView.of(found)


@operations.get("/reconciliations")
async def get_reconciliations(
    _caller: Viewer,
    opened: Units,
    broken: Annotated[
        bool, Query(description="Only ledgers in which something does not hold")
    ] = False,
    limit: Limit = 50,
    offset: Offset = 0,
) -> list[ReconciliationView]:
    """What comparing every programme's ledger found, the last compared first."""
    async with opened(operator=True) as work:
        found = await work.reconciliations.newest(limit, offset, broken=broken)
        return [ReconciliationView.of(each) for each in found]

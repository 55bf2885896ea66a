"""A statement's claims as CSV: a line for each ledger entry, traceable to voucher and booking."""

from collections.abc import AsyncIterator
from typing import Final

from services.voucher.application.settlement_ports import StatementClaim
from services.voucher.domain.period import day_of
from shared.http.spreadsheets import line

#: Spreadsheets tell UTF-8 by it.
_BYTE_ORDER_MARK: Final = b"\xef\xbb\xbf"
_HEADINGS: Final = (
    "entry",
    "day",
    "voucher_id",
    "booking_id",
    "beneficiary_id",
    "offer_id",
    "units",
    "used_cents",
    "reversed_cents",
    "reverses_entry",
)


async def claims_file(claims: AsyncIterator[StatementClaim]) -> AsyncIterator[bytes]:
    """The lines of the file, in the ledger's order."""
    yield _BYTE_ORDER_MARK + line(_HEADINGS)
    async for each in claims:
        yield line(_cells(each))


def _cells(claim: StatementClaim) -> tuple[object, ...]:
    reverses = claim.redeemed_entry if claim.redeemed_entry != claim.entry else ""
    return (
        claim.entry,
        day_of(claim.at),
        claim.voucher_id,
        claim.booking_id or "",
        claim.beneficiary_id,
        claim.offer_id or "",
        claim.units,
        max(claim.cents, 0),
        max(-claim.cents, 0),
        reverses,
    )

"""A sheet of codes that a tenant prints for its people, and each code's uses."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from services.voucher.domain.errors import VoucherError

MAX_CODES, MAX_USES = 1_000, 1_000


class InvalidSheetError(VoucherError):
    """The sheet contradicts itself or its programme."""

    code = "invalid_code_sheet"


class UnknownCodeError(VoucherError):
    """The tenant has no such code: it is another tenant's, or nobody's."""

    code = "code_unknown"

    def __init__(self) -> None:
        super().__init__("Your organisation has no such code. Compare it with the paper.")


class SpentCodeError(VoucherError):
    """Every use of the code is taken."""

    code = "code_spent"


class ExpiredCodeError(VoucherError):
    """The code's time is over."""

    code = "code_expired"


class WithdrawnCodeError(VoucherError):
    """The tenant has withdrawn the sheet of the code."""

    code = "code_withdrawn"


class UsedCodeError(VoucherError):
    """The person has used this code already."""

    code = "code_used_by_person"

    def __init__(self) -> None:
        super().__init__("This person has used this code already. Each person may use it once.")


@dataclass(slots=True)
class CodeSheet:
    """Codes on a programme for the people of the tenant `tenant_id`; each may be used `uses` times, each person once.

    A code is a right to claim, not a voucher: its unit is taken when somebody uses it, while there are any.
    """

    tenant_id: UUID
    sheet_id: UUID
    programme_id: UUID
    title: str
    codes: int
    uses: int
    created_at: datetime
    expires_at: datetime
    created_by: str
    withdrawn_at: datetime | None = None

    @classmethod
    def print(
        cls,
        tenant_id: UUID,
        sheet_id: UUID,
        programme_id: UUID,
        title: str,
        *,
        codes: int,
        uses: int,
        expires_at: datetime,
        closes_at: datetime,
        created_by: str,
        now: datetime,
    ) -> "CodeSheet":
        """A new sheet; `closes_at` is the programme's, which no code outlives. Raises InvalidSheetError."""
        if not (1 <= codes <= MAX_CODES and 1 <= uses <= MAX_USES):
            raise InvalidSheetError(
                f"A sheet has 1 to {MAX_CODES:,} codes, each for 1 to {MAX_USES:,} uses."
            )
        if not now < expires_at <= closes_at:
            raise InvalidSheetError(
                f"The codes must end in the future, and by {closes_at:%Y-%m-%d %H:%M} UTC, when the programme closes. "
                "Correct expires_at."
            )
        return cls(
            tenant_id, sheet_id, programme_id, title, codes, uses, now, expires_at, created_by
        )

    def withdraw(self, now: datetime) -> None:
        """Nobody may use its codes any more; what was taken stays. Withdrawn once is withdrawn."""
        self.withdrawn_at = self.withdrawn_at or now


@dataclass(slots=True)
class PaperCode:
    """One code of a sheet, known by a fingerprint only."""

    fingerprint: bytes
    number: int
    sheet: CodeSheet
    used: int = 0

    def require_usable(self, now: datetime) -> None:
        """Go on if a use is left. Raises WithdrawnCodeError, ExpiredCodeError or SpentCodeError, in this order."""
        sheet = self.sheet
        if sheet.withdrawn_at:
            raise WithdrawnCodeError(
                f"This code was withdrawn on {sheet.withdrawn_at:%Y-%m-%d}. Ask whoever gave it to you."
            )
        if now >= sheet.expires_at:
            raise ExpiredCodeError(
                f"This code was valid until {sheet.expires_at:%Y-%m-%d}. Ask whoever gave it to you for another."
            )
        if self.used >= sheet.uses:
            raise SpentCodeError(
                "This code has been used up. Ask whoever gave it to you for another."
            )

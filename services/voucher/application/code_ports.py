"""What giving out and using codes needs from the outside."""

from collections.abc import Collection, Mapping, Sequence
from typing import Protocol
from uuid import UUID

from services.voucher.domain.code_sheet import CodeSheet, PaperCode
from services.voucher.domain.errors import VoucherError


class TooManyAttemptsError(VoucherError):
    """Unknown codes were tried too often. `seconds` says when to try again."""

    code = "too_many_attempts"

    def __init__(self, seconds: int) -> None:
        super().__init__("Too many unknown codes were tried. Compare the code and try again later.")
        self.seconds = seconds


class CodeSheets(Protocol):
    """Sheets of the tenants that the unit of work acts for, and their codes by fingerprint."""

    async def add(self, sheet: CodeSheet, codes: Sequence[PaperCode]) -> None:
        """Keep a new sheet with its codes."""

    async def get(self, sheet_id: UUID) -> CodeSheet | None:
        """A sheet."""

    async def save(self, sheet: CodeSheet) -> None:
        """Keep a changed sheet."""

    async def lock(self, fingerprints: Collection[bytes]) -> Mapping[bytes, PaperCode]:
        """Codes that nobody else uses meanwhile; one that is not there is missing from the answer."""

    async def users(self, fingerprints: Collection[bytes]) -> Collection[tuple[bytes, UUID]]:
        """Who has used these codes: fingerprint and person."""

    async def save_uses(self, uses: Sequence[tuple[PaperCode, UUID, UUID]]) -> None:
        """Keep how often codes were used, and who got which voucher: code, person, voucher."""

    async def some(self, limit: int, offset: int) -> Sequence[CodeSheet]:
        """Sheets, newest first."""


class Attempts(Protocol):
    """How often unknown codes were tried."""

    async def require_left(self, tenant_id: UUID, account: str) -> None:
        """Raises TooManyAttemptsError when the caller or its organisation has guessed too often."""

    async def count(self, tenant_id: UUID, account: str) -> None:
        """The code was unknown."""

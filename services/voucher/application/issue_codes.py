"""HR prints a sheet of codes: shown once, and kept as fingerprints only."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol
from uuid import UUID

from services.voucher.application.giving_ports import GivingUnit
from services.voucher.domain.code import CODE_BITS, code_of, number_of
from services.voucher.domain.code_sheet import CodeSheet, InvalidSheetError, PaperCode
from services.voucher.domain.errors import ProgrammeNotKnownError
from services.voucher.domain.terms import Step


class Fingerprints(Protocol):
    """What is kept of codes."""

    def of(self, number: int) -> bytes:
        """The fingerprint of a code's number."""


@dataclass(frozen=True, slots=True)
class IssueCodes:
    """A sheet as HR wants it."""

    tenant_id: UUID
    sheet_id: UUID
    programme_id: UUID
    title: str
    codes: int
    uses: int
    expires_at: datetime
    account: str


async def issue_codes(
    work: GivingUnit,
    command: IssueCodes,
    fingerprints: Fingerprints,
    random_bits: Callable[[int], int],
    now: datetime,
) -> tuple[CodeSheet, list[str]]:
    """The sheet, and its codes in their order, which nobody can show again.

    Raises ProgrammeNotKnownError or InvalidSheetError.
    """
    terms = await work.queries.terms(command.programme_id)
    if terms is None:
        raise ProgrammeNotKnownError
    if Step.LEADER in terms.approval:
        raise InvalidSheetError(
            "In this programme the leader approves each claim. Assign vouchers by requests instead."
        )
    sheet = CodeSheet.print(
        command.tenant_id,
        command.sheet_id,
        command.programme_id,
        command.title,
        codes=command.codes,
        uses=command.uses,
        expires_at=command.expires_at,
        closes_at=terms.closes_at,
        created_by=command.account,
        now=now,
    )
    codes = [_new_code(random_bits) for _ in range(sheet.codes)]
    kept = [
        PaperCode(fingerprints.of(number_of(code)), number, sheet)
        for number, code in enumerate(codes, 1)
    ]
    await work.code_sheets.add(sheet, kept)
    return sheet, codes


async def withdraw_codes(
    work: GivingUnit, tenant_id: UUID, sheet_id: UUID, now: datetime
) -> CodeSheet | None:
    """Have nobody use a sheet's codes any more; None when the tenant has no such sheet."""
    sheet = await work.code_sheets.get(sheet_id)
    if sheet is None or sheet.tenant_id != tenant_id:
        return None
    sheet.withdraw(now)
    await work.code_sheets.save(sheet)
    return sheet


def _new_code(random_bits: Callable[[int], int]) -> str:
    while True:
        code = code_of(random_bits(CODE_BITS))
        if code:
            return code

"""People use codes from paper: each gets a voucher, as long as there are any."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from services.voucher.application.giving_ports import GivingUnit
from services.voucher.application.hold_vouchers import Holding, HoldVoucher, begin_holding
from services.voucher.domain.code_sheet import PaperCode, UnknownCodeError, UsedCodeError
from services.voucher.domain.errors import VoucherError
from services.voucher.domain.terms import Step
from services.voucher.domain.voucher import Voucher
from shared.envelope import Cause


@dataclass(frozen=True, slots=True)
class RedeemCode:
    """A code, by its fingerprint, for a person of the tenant that uses it."""

    tenant_id: UUID
    voucher_id: UUID
    person_id: UUID
    fingerprint: bytes
    cause: Cause


async def redeem_codes(
    work: GivingUnit, commands: Sequence[RedeemCode], now: datetime
) -> list[Voucher | VoucherError]:
    """A voucher for each, in the order given, or why there is none. A code whose voucher is refused is not used up."""
    wanted = {command.fingerprint for command in commands}
    codes = await work.code_sheets.lock(wanted)
    users = set(await work.code_sheets.users(wanted))
    holding = await begin_holding(
        work,
        {code.sheet.programme_id for code in codes.values()},
        {(command.tenant_id, command.person_id) for command in commands},
    )
    answers: list[Voucher | VoucherError] = []
    uses: list[tuple[PaperCode, UUID, UUID]] = []
    for command in commands:
        try:
            code = _own(command, codes.get(command.fingerprint))
            voucher = _use(command, code, users, holding, now)
        except VoucherError as error:
            answers.append(error)
        else:
            uses.append((code, command.person_id, voucher.voucher_id))
            answers.append(voucher)
    await holding.save()
    await work.code_sheets.save_uses(uses)
    return answers


def _own(command: RedeemCode, code: PaperCode | None) -> PaperCode:
    # Another tenant's code is answered like one that does not exist.
    if code is None or code.sheet.tenant_id != command.tenant_id:
        raise UnknownCodeError
    return code


def _use(
    command: RedeemCode,
    code: PaperCode,
    users: set[tuple[bytes, UUID]],
    holding: Holding,
    now: datetime,
) -> Voucher:
    used = (code.fingerprint, command.person_id)
    if used in users:
        raise UsedCodeError
    code.require_usable(now)
    voucher = holding.hold(_hold(command, code), now)
    code.used += 1
    users.add(used)
    return voucher


def _hold(command: RedeemCode, code: PaperCode) -> HoldVoucher:
    return HoldVoucher(
        command.tenant_id,
        command.voucher_id,
        command.person_id,
        code.sheet.programme_id,
        # Whoever prints a sheet has HR's word; a leader's cannot be given in advance.
        frozenset({Step.HR}),
        f"code {code.number} of sheet {code.sheet.sheet_id}",
        command.cause,
    )

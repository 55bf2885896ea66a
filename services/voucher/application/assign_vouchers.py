"""HR assigns vouchers to people, and takes back what they have not used."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from services.voucher.application import outgoing
from services.voucher.application.causes import why
from services.voucher.application.hold_vouchers import HoldVoucher, begin_holding
from services.voucher.application.ports import UnitOfWork
from services.voucher.application.tallies import keep, recount, tally_of
from services.voucher.domain.errors import NotAssignedError, VoucherError
from services.voucher.domain.voucher import Status, Voucher
from shared.envelope import Cause


async def assign_vouchers(
    work: UnitOfWork, commands: Sequence[HoldVoucher], now: datetime
) -> list[Voucher | VoucherError]:
    """A voucher for each person in the order given, or why there is none; one refused keeps no other from theirs."""
    programme_ids = {command.programme_id for command in commands}
    people = {(command.tenant_id, command.person_id) for command in commands}
    holding = await begin_holding(work, programme_ids, people)
    answers: list[Voucher | VoucherError] = []
    for command in commands:
        try:
            answers.append(holding.hold(command, now))
        except VoucherError as error:
            answers.append(error)
    await holding.save()
    return answers


async def withdraw_assignment(
    work: UnitOfWork, tenant_id: UUID, voucher_id: UUID, account: str, now: datetime
) -> Voucher | None:
    """Give an assigned voucher back; None when the tenant has no such voucher. Raises NotAssignedError."""
    found = (await work.vouchers.get_many([voucher_id])).get(voucher_id)
    if found is None or found.tenant_id != tenant_id:
        return None
    programmes = await work.programmes.lock(
        [found.programme_id] if found.programme_id else [], [tenant_id]
    )
    # A booking may have used it while this one waited for the lock.
    voucher = (await work.vouchers.get_many([voucher_id]))[voucher_id]
    if voucher.status is not Status.ASSIGNED or voucher.programme_id is None:
        raise NotAssignedError(voucher.status)
    cause = Cause(str(voucher_id))
    programme = programmes[voucher.programme_id]
    tally = await tally_of(work, [programme], [tenant_id])
    voucher.release(programme, now, why(cause, f"withdrawn by {account}"))
    work.publish(outgoing.voucher_changed(voucher, cause))
    recount(tally, voucher, Status.ASSIGNED)
    await work.vouchers.save([voucher])
    await keep(work, tally)
    await work.programmes.save([programme])
    return voucher

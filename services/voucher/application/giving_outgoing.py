"""From how units are given out to the public events that tell of it."""

from uuid import UUID, uuid5

from services.voucher.contracts.giving_events import (
    AllocationChangedV1,
    VoucherAssignedV1,
    VoucherAssignmentEndedV1,
    VoucherReminderV1,
    VoucherRequestChangedV1,
)
from services.voucher.domain.allocation import Allocation
from services.voucher.domain.ledger import Pool
from services.voucher.domain.voucher import Status, Voucher
from services.voucher.domain.voucher_request import VoucherRequest
from shared.envelope import Cause, Outgoing

_REMINDERS = UUID("0e0f3c36-6e0d-4f52-9a3a-6b2d7f5f9a41")
_ENDED = {Status.EXPIRED: "expired", Status.RELEASED: "withdrawn"}


def assignment_told(voucher: Voucher) -> VoucherAssignedV1 | VoucherAssignmentEndedV1:
    """What became of a voucher with which nothing is booked."""
    assert voucher.programme_id, "an assigned voucher has a programme"
    assert voucher.funder_id, "and a funder"
    if voucher.status in _ENDED:
        return VoucherAssignmentEndedV1(
            voucher_id=voucher.voucher_id,
            person_id=voucher.person_id,
            programme_id=voucher.programme_id,
            funder_id=voucher.funder_id,
            reason=_ENDED[voucher.status],
        )
    assert voucher.expires_at, "an assigned voucher has an end"
    return VoucherAssignedV1(
        voucher_id=voucher.voucher_id,
        person_id=voucher.person_id,
        programme_id=voucher.programme_id,
        funder_id=voucher.funder_id,
        units=voucher.units,
        expires_at=voucher.expires_at,
    )


def allocation_changed(allocation: Allocation, pool: Pool, cause: Cause) -> Outgoing:
    """An allocation is of this size now; its beneficiary is told."""
    event = AllocationChangedV1(
        allocation_id=allocation.allocation_id,
        programme_id=allocation.programme_id,
        funder_id=allocation.tenant_id,
        units=pool.granted,
        available=pool.available,
        give_back_at=allocation.give_back_at,
        ended_at=allocation.ended_at,
    )
    aggregate = str(allocation.allocation_id)
    return Outgoing(event, allocation.beneficiary_id, aggregate, allocation.version, cause)


def request_changed(request: VoucherRequest, cause: Cause) -> Outgoing:
    """A request has the status it has now."""
    event = VoucherRequestChangedV1(
        request_id=request.request_id,
        person_id=request.person_id,
        programme_id=request.programme_id,
        status=request.status,
        next_step=request.next_step,
        leader_id=request.leader_id,
        voucher_id=request.voucher_id,
    )
    return Outgoing(event, request.tenant_id, str(request.request_id), request.version, cause)


def reminder(voucher: Voucher) -> Outgoing:
    """A held voucher ends soon. A voucher that gets another end is reminded of again."""
    assert voucher.programme_id, "a held voucher has a programme"
    assert voucher.funder_id, "and a funder"
    assert voucher.expires_at, "and an end"
    reminder_id = uuid5(_REMINDERS, f"{voucher.voucher_id} {voucher.expires_at.isoformat()}")
    event = VoucherReminderV1(
        reminder_id=reminder_id,
        voucher_id=voucher.voucher_id,
        person_id=voucher.person_id,
        programme_id=voucher.programme_id,
        funder_id=voucher.funder_id,
        booking_id=voucher.booking_id,
        expires_at=voucher.expires_at,
    )
    cause = Cause(str(voucher.booking_id or voucher.voucher_id))
    return Outgoing(event, voucher.tenant_id, str(reminder_id), 1, cause)

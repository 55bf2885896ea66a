"""Events of how units are given out: allocations, requests, assignments, reminders."""

from datetime import datetime
from typing import ClassVar
from uuid import UUID

from services.voucher.contracts.topics import VOUCHER_EVENTS
from shared.envelope import Event


class AllocationChangedV1(Event):
    """A tenant's part of a programme is of this size. Aggregate: the allocation, of the beneficiary's tenant.

    `units` are given in all, `available` of them are free; from `ended_at` on nothing new is taken.
    """

    TYPE: ClassVar[str] = "allocation.changed.v1"
    TOPIC: ClassVar[str] = VOUCHER_EVENTS.name
    AGGREGATE: ClassVar[str] = "allocation_id"

    allocation_id: UUID
    programme_id: UUID
    funder_id: UUID
    units: int
    available: int
    give_back_at: datetime | None
    ended_at: datetime | None


class VoucherRequestChangedV1(Event):
    """A person asks for a voucher; `next_step` says whose word is awaited. Aggregate: the request, of the person's tenant."""

    TYPE: ClassVar[str] = "voucher_request.changed.v1"
    TOPIC: ClassVar[str] = VOUCHER_EVENTS.name
    AGGREGATE: ClassVar[str] = "request_id"

    request_id: UUID
    person_id: UUID
    programme_id: UUID
    status: str
    next_step: str | None
    leader_id: UUID | None
    voucher_id: UUID | None


class VoucherAssignedV1(Event):
    """A voucher is held for a person, who has booked nothing with it yet. Aggregate: the voucher, of the person's tenant."""

    TYPE: ClassVar[str] = "voucher.assigned.v1"
    TOPIC: ClassVar[str] = VOUCHER_EVENTS.name
    AGGREGATE: ClassVar[str] = "voucher_id"

    voucher_id: UUID
    person_id: UUID
    programme_id: UUID
    funder_id: UUID
    units: int
    expires_at: datetime


class VoucherAssignmentEndedV1(Event):
    """A voucher is no longer held for a person: `expired` unused, or `withdrawn` by the tenant."""

    TYPE: ClassVar[str] = "voucher.assignment_ended.v1"
    TOPIC: ClassVar[str] = VOUCHER_EVENTS.name
    AGGREGATE: ClassVar[str] = "voucher_id"

    voucher_id: UUID
    person_id: UUID
    programme_id: UUID
    funder_id: UUID
    reason: str


class VoucherReminderV1(Event):
    """A voucher that is held ends soon, and is then given to others. Aggregate: the reminder, of the person's tenant."""

    TYPE: ClassVar[str] = "voucher.reminder.v1"
    TOPIC: ClassVar[str] = VOUCHER_EVENTS.name
    AGGREGATE: ClassVar[str] = "reminder_id"

    reminder_id: UUID
    voucher_id: UUID
    person_id: UUID
    programme_id: UUID
    funder_id: UUID
    booking_id: UUID | None
    expires_at: datetime


GIVING_EVENTS = (
    AllocationChangedV1,
    VoucherRequestChangedV1,
    VoucherAssignedV1,
    VoucherAssignmentEndedV1,
    VoucherReminderV1,
)

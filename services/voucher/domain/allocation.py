"""A tenant's part of a programme: units that a funder sets aside for it, given back when they are not used."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from services.voucher.domain.errors import VoucherError


class InvalidAllocationError(VoucherError):
    """The allocation contradicts itself or its programme."""

    code = "invalid_allocation"


class AllocationExistsError(VoucherError):
    """The tenant has a part of the programme that runs."""

    code = "allocation_exists"

    def __init__(self) -> None:
        super().__init__(
            "This organisation has an allocation of the programme. Change that one's units."
        )


class AllocationEndedError(VoucherError):
    """The allocation was given back; a new one may follow."""

    code = "allocation_ended"

    def __init__(self) -> None:
        super().__init__("This allocation has ended. Make a new one.")


@dataclass(slots=True)
class Allocation:
    """A part of the programme of the funder `tenant_id` for one beneficiary. How much it is, says its pool in the ledger.

    `give_back_at` is when what is unused by then returns to the programme; None leaves that to the programme's end.
    """

    tenant_id: UUID
    allocation_id: UUID
    programme_id: UUID
    beneficiary_id: UUID
    created_at: datetime
    give_back_at: datetime | None = None
    ended_at: datetime | None = None
    version: int = 1

    @property
    def is_running(self) -> bool:
        """Whether something may be taken from it."""
        return self.ended_at is None

    def keep_until(self, give_back_at: datetime | None, now: datetime) -> None:
        """Give back what is unused at another moment. Raises AllocationEndedError or InvalidAllocationError."""
        self.require_running()
        if give_back_at != self.give_back_at:
            if give_back_at is not None and give_back_at <= now:
                raise InvalidAllocationError(
                    "What is unused would be given back at once. Correct give_back_at, or end the allocation."
                )
            self.give_back_at = give_back_at

    def growth(self, units: int, has: int) -> int:
        """By how many units it grows from those it `has`; below zero it shrinks. Raises as `keep_until`."""
        self.require_running()
        if units < 1:
            raise InvalidAllocationError(
                "An allocation has one unit at least. To end it, give it back."
            )
        return units - has

    def end(self, now: datetime) -> None:
        """Nothing new is taken from it; what is held stays. Ended once is ended."""
        self.ended_at = self.ended_at or now

    def touch(self) -> None:
        """Something about it or its pool has changed, of which others hear."""
        self.version += 1

    def require_running(self) -> None:
        """Raises AllocationEndedError."""
        if not self.is_running:
            raise AllocationEndedError

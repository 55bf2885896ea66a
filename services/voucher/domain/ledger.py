"""Double entry: units move between accounts, and are never made or lost.

A transfer names the account it debits and the one it credits, so every transfer sums to zero by its
form; nothing is ever updated or deleted, a correction is another transfer.
"""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from services.voucher.domain.errors import PoolExhaustedError


class Account(StrEnum):
    """Where a programme's units can be. `granted` is the funder's side, the source of all."""

    GRANTED = "granted"
    AVAILABLE = "available"
    RESERVED = "reserved"
    REDEEMED = "redeemed"
    EXPIRED = "expired"
    RETURNED = "returned"


@dataclass(frozen=True, slots=True)
class Transfer:
    """Units that moved, once and for all."""

    programme_id: UUID
    debit: Account
    credit: Account
    units: int
    at: datetime
    voucher_id: UUID | None = None
    beneficiary_id: UUID | None = None


@dataclass(slots=True)
class Pool:
    """The balances of a programme's accounts, in vouchers. granted = the sum of all others, always."""

    granted: int = 0
    available: int = 0
    reserved: int = 0
    redeemed: int = 0
    expired: int = 0
    returned: int = 0

    def grant(self, units: int) -> None:
        """Put units into the pool."""
        self.granted += units
        self.available += units

    def move(self, debit: Account, credit: Account, units: int = 1) -> None:
        """Move units between two accounts. Raises PoolExhaustedError rather than going below zero."""
        balance = getattr(self, debit)
        if balance < units:
            raise PoolExhaustedError(
                f"The programme has {balance} units {debit}, {units} are needed."
            )
        setattr(self, debit, balance - units)
        setattr(self, credit, getattr(self, credit) + units)

    def is_balanced(self) -> bool:
        """Whether every unit granted is in exactly one account."""
        spread = (self.available, self.reserved, self.redeemed, self.expired, self.returned)
        return self.granted == sum(spread) and min(spread) >= 0

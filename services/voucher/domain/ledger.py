"""Double entry: units move between accounts, and are never made or lost.

A transfer names the account it debits and the one it credits, so every transfer sums to zero by its
form; nothing is ever updated or deleted, a correction is another transfer.
"""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import NamedTuple
from uuid import UUID

from services.voucher.domain.errors import PoolExhaustedError


class Account(StrEnum):
    """Where a pool's units can be. `granted` is the funder's side, the source of all."""

    GRANTED = "granted"
    AVAILABLE = "available"
    RESERVED = "reserved"
    REDEEMED = "redeemed"
    EXPIRED = "expired"
    RETURNED = "returned"


class Kind(StrEnum):
    """Why units move; the accounts say from where to where."""

    GRANT = "grant"
    TOP_UP = "top_up"
    #: Two transfers each: out of the programme's main pool into an allocation's, and back.
    ALLOCATE = "allocate"
    GIVE_BACK = "give_back"
    RESERVE = "reserve"
    REDEEM = "redeem"
    RELEASE = "release"
    #: By the clock: a claim that was not used in time, or what a programme has left at its end.
    EXPIRE = "expire"
    #: To the funder.
    RETURN = "return"
    REVERSE = "reverse"
    #: A use that came after the claim, or the programme, had ended.
    LATE_REDEEM = "late_redeem"


class About(NamedTuple):
    """What units are moved for: in which pool, for which voucher, and of which tenant."""

    pool_id: UUID
    voucher_id: UUID | None = None
    beneficiary_id: UUID | None = None


class Why(NamedTuple):
    """What moved units: the id of the event, and the reason where a person gave one."""

    cause_id: UUID | None = None
    reason: str | None = None


#: Units that the clock moves, or a person who need not say why.
UNTOLD = Why()


class Transfer(NamedTuple):
    """Units that moved, once and for all: a line of a programme's ledger.

    `entry` counts a programme's lines from 1 without gaps; `hash` chains them (`chain.py`); both are given when
    the line is written. `cause_id` is the event that moved the units, `reverses` the entry that is taken back.
    """

    programme_id: UUID
    pool_id: UUID
    kind: Kind
    debit: Account
    credit: Account
    units: int
    at: datetime
    voucher_id: UUID | None = None
    beneficiary_id: UUID | None = None
    reverses: int | None = None
    cause_id: UUID | None = None
    reason: str | None = None
    entry: int = 0
    hash: bytes = b""


@dataclass(slots=True)
class Balances:
    """What is in each account, in units. granted = the sum of all others, always, and none is below zero."""

    granted: int = 0
    available: int = 0
    reserved: int = 0
    redeemed: int = 0
    expired: int = 0
    returned: int = 0

    def move(self, debit: Account, credit: Account, units: int) -> None:
        """Move units between two accounts. Raises PoolExhaustedError rather than going below zero."""
        if debit is Account.GRANTED:
            self.granted += units
        else:
            balance = getattr(self, debit)
            if balance < units:
                raise PoolExhaustedError(f"There are {balance} units {debit}, {units} are needed.")
            setattr(self, debit, balance - units)
        if credit is Account.GRANTED:
            self.granted -= units
        else:
            setattr(self, credit, getattr(self, credit) + units)

    def is_balanced(self) -> bool:
        """Whether every unit granted is in exactly one account."""
        spread = (self.available, self.reserved, self.redeemed, self.expired, self.returned)
        return self.granted == sum(spread) and min(spread) >= 0


@dataclass(slots=True, kw_only=True)
class Pool(Balances):
    """Units that claims are made on: a programme's main pool, or what of it is allocated to one beneficiary."""

    pool_id: UUID
    beneficiary_id: UUID | None = None

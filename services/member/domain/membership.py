"""A member's lines in the register of members (GenG § 30): immutable entries, and what they add up to.

An entry says what holds from the beginning of a day on, who recorded it, when, and on what ground.
What was wrong is corrected by another entry.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Self
from uuid import UUID

from services.member.domain.cooperative_errors import (
    InvalidPaymentError,
    InvalidSharesError,
    LastShareError,
    NotAMemberError,
)
from services.member.domain.statutes import MAX_SHARES, SHARE_CENTS, Statutes, day_of

_DAY = timedelta(days=1)


class EntryKind(StrEnum):
    """What an entry tells."""

    ADMITTED = "admitted"
    RENAMED = "renamed"
    SUBSCRIBED = "subscribed"
    CANCELLED = "cancelled"
    #: A cancellation that the member's exit came before.
    OVERTAKEN = "overtaken"
    PAID_IN = "paid_in"
    REPAID = "repaid"
    EXITED = "exited"


@dataclass(frozen=True, slots=True)
class Entry:
    """One line: by how many shares and cents paid in it changes the standing, from which day on."""

    number: int
    kind: EntryKind
    from_day: date
    shares: int
    cents: int
    name: str | None
    recorded_at: datetime
    recorded_by: str
    ground: str


@dataclass(frozen=True, slots=True)
class Standing:
    """What the entries up to a day add up to."""

    shares: int
    paid_cents: int
    name: str | None
    admitted_on: date | None
    exited_on: date | None

    @property
    def votes(self) -> int:
        """One member, one vote, whatever the shares."""
        return 1 if self.shares > 0 else 0

    @property
    def owed_cents(self) -> int:
        """What the member has still to pay in."""
        return max(0, self.shares * SHARE_CENTS - self.paid_cents)

    @property
    def repayable_cents(self) -> int:
        """What the cooperative has still to pay back, for shares that have ended."""
        return max(0, self.paid_cents - self.shares * SHARE_CENTS)


def standing(entries: Iterable[Entry], on: date) -> Standing:
    """What entries add up to on a day."""
    valid = sorted(
        (each for each in entries if each.from_day <= on),
        key=lambda each: (each.from_day, each.number),
    )
    days = {each.kind: each.from_day for each in valid}
    names = [each.name for each in valid if each.name]
    return Standing(
        shares=sum(each.shares for each in valid),
        paid_cents=sum(each.cents for each in valid),
        name=names[-1] if names else None,
        admitted_on=days.get(EntryKind.ADMITTED),
        exited_on=days.get(EntryKind.EXITED),
    )


@dataclass(slots=True)
class Membership:
    """A tenant in the register. `member_number` is given when it is kept first; `new` is to be kept."""

    tenant_id: UUID
    member_number: int | None = None
    entries: list[Entry] = field(default_factory=list)
    new: list[Entry] = field(default_factory=list)

    @classmethod
    def admit(cls, tenant_id: UUID, name: str, shares: int, by: str, now: datetime) -> Self:
        """A new member, from today on. Raises InvalidSharesError."""
        member = cls(tenant_id)
        _check_number(shares)
        member._enter(
            EntryKind.ADMITTED,
            day_of(now),
            by,
            "application approved",
            now,
            shares=shares,
            name=name,
        )
        return member

    def standing(self, on: date) -> Standing:
        """What the member has on a day."""
        return standing(self.entries, on)

    @property
    def remaining_shares(self) -> int:
        """The shares that are left when every cancellation has taken effect."""
        return sum(each.shares for each in self.entries)

    @property
    def has_exited(self) -> bool:
        """Whether the member's exit is recorded."""
        return any(each.kind is EntryKind.EXITED for each in self.entries)

    def subscribe(self, shares: int, by: str, now: datetime) -> None:
        """Take more shares, from today on. Raises NotAMemberError or InvalidSharesError."""
        self._require_member()
        _check_number(shares, self.standing(day_of(now)).shares)
        self._enter(
            EntryKind.SUBSCRIBED, day_of(now), by, "declared by the member", now, shares=shares
        )

    def cancel(self, shares: int, by: str, now: datetime, statutes: Statutes) -> date:
        """Give notice of some shares; returns their last day. One share stays as long as the member does.

        Raises NotAMemberError, InvalidSharesError or LastShareError.
        """
        self._require_member()
        _check_number(shares)
        if self.remaining_shares - shares < 1:
            raise LastShareError(self.remaining_shares)
        last_day = statutes.last_day(day_of(now))
        ground = "notice given by the member"
        self._enter(EntryKind.CANCELLED, last_day + _DAY, by, ground, now, shares=-shares)
        return last_day

    def pay_in(self, cents: int, on: date, by: str, ground: str, now: datetime) -> None:
        """The member paid for its shares. Raises InvalidPaymentError."""
        self._check_payment(cents, on, now)
        if cents > (owed := self.standing(day_of(now)).owed_cents):
            raise InvalidPaymentError(f"At most {owed} cents are owed.")
        self._enter(EntryKind.PAID_IN, on, by, ground, now, cents=cents)

    def repay(self, cents: int, on: date, by: str, ground: str, now: datetime) -> None:
        """The cooperative paid back what it had for shares that have ended. Raises InvalidPaymentError."""
        self._check_payment(cents, on, now)
        if cents > (repayable := self.standing(on).repayable_cents):
            raise InvalidPaymentError(f"At most {repayable} cents are to be paid back.")
        self._enter(EntryKind.REPAID, on, by, ground, now, cents=-cents)

    def rename(self, name: str, by: str, now: datetime) -> None:
        """The member is called otherwise, from today on; the same name changes nothing."""
        if name != self.standing(day_of(now)).name:
            ground = "told by the member"
            self._enter(EntryKind.RENAMED, day_of(now), by, ground, now, name=name)

    def exit(self, last_day: date, by: str, ground: str, now: datetime) -> None:
        """The membership ends after its last day, and all shares with it. Twice is as good as once."""
        if self.has_exited:
            return
        from_day = last_day + _DAY
        later = [each for each in self.entries if each.from_day > from_day and each.shares]
        for each in later:
            self._enter(EntryKind.OVERTAKEN, each.from_day, by, ground, now, shares=-each.shares)
        held = self.standing(from_day).shares
        self._enter(EntryKind.EXITED, from_day, by, ground, now, shares=-held)

    def _require_member(self) -> None:
        if self.has_exited or not self.entries:
            raise NotAMemberError

    def _check_payment(self, cents: int, on: date, now: datetime) -> None:
        admitted_on = self.standing(date.max).admitted_on
        if admitted_on is None:
            raise NotAMemberError
        if cents <= 0:
            raise InvalidPaymentError("A payment has one cent at least.")
        if not admitted_on <= on <= day_of(now):
            raise InvalidPaymentError(f"It was made between {admitted_on} and today.")

    def _enter(
        self,
        kind: EntryKind,
        from_day: date,
        by: str,
        ground: str,
        now: datetime,
        *,
        shares: int = 0,
        cents: int = 0,
        name: str | None = None,
    ) -> None:
        number = len(self.entries) + 1
        entry = Entry(number, kind, from_day, shares, cents, name, now, by, ground)
        self.entries.append(entry)
        self.new.append(entry)


def _check_number(shares: int, held: int = 0) -> None:
    if shares < 1 or held + shares > MAX_SHARES:
        raise InvalidSharesError(MAX_SHARES)

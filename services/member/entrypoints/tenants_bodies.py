"""The bodies of the addresses for a tenant's own membership and for what operators do to tenants."""

from datetime import date, datetime
from typing import Annotated, Self
from uuid import UUID

from pydantic import Field

from services.member.application.queries import RegisterLine
from services.member.domain.membership import EntryKind, Membership
from services.member.domain.organisation import OfficialKey
from services.member.domain.statutes import MAX_SHARES, SHARE_CENTS
from services.member.entrypoints.bodies import OfficialKeyText
from shared.http.fields import EARLIEST, LATEST, Body, Name, View
from shared.http.fields import Description as LongText

MAX_CENTS = MAX_SHARES * SHARE_CENTS

Reason = Annotated[LongText, Field(min_length=1)]
Day = Annotated[date, Field(ge=EARLIEST.date(), le=LATEST.date())]


class NameBody(Body):
    """What your organisation is called from now on."""

    name: Name


class ReasonBody(Body):
    """Why; the tenant reads it. Name no person."""

    reason: Reason


class ExclusionBody(ReasonBody):
    """Why the cooperative ends a membership; without a day, the one that the statutes say."""

    last_day: Day | None = None


class NoticeBody(Body):
    """Why you leave, if you want to say it."""

    reason: LongText = ""


class OfficialKeyBody(Body):
    """The key that a tenant has from a day on."""

    official_key: OfficialKeyText
    valid_from: Day


class SharesBody(Body):
    """How many shares of 1,000 euros each."""

    shares: Annotated[int, Field(ge=1, le=MAX_SHARES)]


class PaymentBody(Body):
    """What a member paid in, or with a negative number what it was paid back, and on what ground."""

    cents: Annotated[int, Field(ge=-MAX_CENTS, le=MAX_CENTS)]
    paid_on: Day
    ground: Name


class HeldKeyView(View):
    """An official key with the days from which and before which it holds."""

    official_key: str
    valid_from: date
    valid_to: date | None


class StandingView(View):
    """What a member has on a day: its shares, what is paid in, owed, or to be paid back, and its vote."""

    shares: int
    paid_cents: int
    owed_cents: int
    repayable_cents: int
    votes: int
    admitted_on: date | None
    exited_on: date | None


class EntryView(View):
    """An entry of the register: what holds from a day on, who recorded it, when, on what ground."""

    number: int
    kind: EntryKind
    from_day: date
    shares: int
    cents: int
    name: str | None
    recorded_at: datetime
    recorded_by: str
    ground: str


class MembershipView(View):
    """A member with its standing as of a day, and every entry."""

    member_number: int
    as_of: date
    standing: StandingView
    entries: tuple[EntryView, ...]

    @classmethod
    def as_of_day(cls, member: Membership, day: date) -> Self:
        """The view of a member on a day."""
        assert member.member_number, "who is kept has a number"
        return cls(
            member_number=member.member_number,
            as_of=day,
            standing=StandingView.of(member.standing(day)),
            entries=tuple(EntryView.of(entry) for entry in member.entries),
        )


class RegisterLineView(View):
    """A member in the register as of a day."""

    tenant_id: UUID
    member_number: int
    name: str | None
    standing: StandingView

    @classmethod
    def of(cls, source: object) -> Self:
        """The view of a line."""
        assert isinstance(source, RegisterLine)
        return cls(
            tenant_id=source.tenant_id,
            member_number=source.member_number,
            name=source.standing.name,
            standing=StandingView.of(source.standing),
        )


class VotesView(View):
    """How many votes a general meeting has on a day: one a member."""

    as_of: date
    votes: int


def held_key(key: OfficialKey, valid_from: date, valid_to: date | None) -> HeldKeyView:
    """The view of a key with its days."""
    return HeldKeyView(official_key=key.digits, valid_from=valid_from, valid_to=valid_to)

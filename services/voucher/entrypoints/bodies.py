"""The bodies of this service's HTTP contract."""

from dataclasses import asdict
from datetime import datetime, timedelta
from typing import Annotated, Self
from uuid import UUID

from pydantic import Field

from services.voucher.application.queries import LedgerLine
from services.voucher.domain.eligibility import Eligibility, Refusal
from services.voucher.domain.limits import Limits
from services.voucher.domain.programme import Programme
from services.voucher.domain.terms import MAX_VOUCHERS, Terms
from services.voucher.domain.voucher import Voucher
from shared.http.fields import Body, Key, Moment, Name, View

Keys = Annotated[frozenset[Key], Field(max_length=200)]


class EligibilityBody(Body):
    """Conditions; an empty list sets none. A state OR a region is enough."""

    states: Keys = frozenset()
    regions: Keys = frozenset()
    tenant_kinds: Keys = frozenset()
    offers: Annotated[frozenset[UUID], Field(max_length=1_000)] = frozenset()
    offer_kinds: Keys = frozenset()


class ProgrammeBody(Body):
    """A funder's decision."""

    name: Name
    reference: Annotated[Name, Field(description="The funder's file reference (Aktenzeichen)")]
    vouchers: Annotated[int, Field(ge=1, le=MAX_VOUCHERS)]
    eligibility: EligibilityBody
    vouchers_per_person: Annotated[int, Field(ge=1, le=1_000)] = 1
    opens_at: Moment
    closes_at: Moment
    reservation_days: Annotated[int, Field(ge=1, le=3_650)] = 90

    def terms(self) -> Terms:
        """The terms in the domain's words."""
        return Terms(
            name=self.name,
            reference=self.reference,
            eligibility=Eligibility(**self.eligibility.model_dump()),
            limits=Limits(self.vouchers_per_person),
            opens_at=self.opens_at,
            closes_at=self.closes_at,
            reservation=timedelta(days=self.reservation_days),
        )


class PoolView(View):
    """Where the vouchers are. granted = available + reserved + redeemed + expired + returned."""

    granted: int
    available: int
    reserved: int
    redeemed: int
    expired: int
    returned: int


class ProgrammeView(View):
    """A programme as its funder sees it."""

    programme_id: UUID
    name: str
    reference: str
    opens_at: datetime
    closes_at: datetime
    is_closed: bool
    pool: PoolView

    @classmethod
    def of(cls, source: object) -> Self:
        """The view of a programme."""
        assert isinstance(source, Programme)
        return cls(
            programme_id=source.programme_id,
            name=source.terms.name,
            reference=source.terms.reference,
            opens_at=source.terms.opens_at,
            closes_at=source.terms.closes_at,
            is_closed=source.is_closed,
            pool=PoolView.of(source.total),
        )


class EligibilityView(View):
    """Whether the caller's organisation may use a programme, and why not."""

    programme_id: UUID
    name: str
    eligible: bool
    reason: str | None
    explanation: str | None

    @classmethod
    def judge(cls, programme_id: UUID, terms: Terms, refusal: Refusal | None) -> Self:
        """The answer for one tenant."""
        return cls(
            programme_id=programme_id,
            name=terms.name,
            eligible=refusal is None,
            reason=refusal.reason if refusal else None,
            explanation=refusal.explanation if refusal else None,
        )


class TenantUseView(View):
    """What became of a tenant's claims, in vouchers."""

    tenant_id: UUID
    reserved: int
    redeemed: int
    released: int
    expired: int
    refused: int


class LedgerLineView(View):
    """A transfer. Read on with `after` set to the last entry.

    `hash` is the SHA-256 of the hash before it and of this line; `transfer_id` is the entry's number too.
    """

    transfer_id: int
    entry: int
    pool_id: UUID
    kind: str
    debit: str
    credit: str
    units: int
    at: datetime
    voucher_id: UUID | None
    beneficiary_id: UUID | None
    reverses: int | None
    cause_id: UUID | None
    reason: str | None
    hash: str

    @classmethod
    def of(cls, source: object) -> Self:
        """The view of a line."""
        assert isinstance(source, LedgerLine)
        line = {**asdict(source), "transfer_id": source.entry, "hash": source.hash.hex()}
        return cls(**line)


class VoucherView(View):
    """A claim and what became of it: of `units` taken, `redeemed_units` were used, `reversed_units` taken back."""

    voucher_id: UUID
    booking_id: UUID | None
    person_id: UUID
    programme_id: UUID | None
    status: str
    reason: str | None
    explanation: str | None
    created_at: datetime
    expires_at: datetime | None
    units: int
    redeemed_units: int
    reversed_units: int
    allocation_id: UUID | None
    offer_id: UUID | None
    price_cents: int | None
    redeemed_at: datetime | None

    @classmethod
    def of(cls, source: object) -> Self:
        """The view of a voucher."""
        assert isinstance(source, Voucher)
        return cls(
            voucher_id=source.voucher_id,
            booking_id=source.booking_id,
            person_id=source.person_id,
            programme_id=source.programme_id,
            status=source.status,
            reason=source.refusal.reason if source.refusal else None,
            explanation=source.refusal.explanation if source.refusal else None,
            created_at=source.created_at,
            expires_at=source.expires_at,
            units=source.units,
            redeemed_units=source.redeemed_units,
            reversed_units=source.reversed_units,
            allocation_id=source.allocation_id,
            offer_id=source.item.offer_id if source.item else None,
            price_cents=source.item.price_cents if source.item else None,
            redeemed_at=source.redeemed_at,
        )

"""A person's claim to an offer: the state machine that survives whatever happens on the way.

requested → confirmed or waitlisted → confirmed → completed; declined or cancelled from the side.
What comes late or twice finds a state that it does not apply to, and changes nothing.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Self
from uuid import UUID

from services.catalogue.domain.agreement import Agreement
from services.catalogue.domain.errors import (
    InvalidBookingError,
    NoLearnersError,
    NotCancellableError,
    OfferNotFoundError,
    PersonNotFoundError,
    ProviderNotActiveError,
    TenantNotKnownError,
)
from services.catalogue.domain.offer import Offer, OfferKind
from services.catalogue.domain.seats import Seats

CANCELLED_BY_TENANT = "cancelled_by_tenant"
VOUCHER_EXPIRED = "voucher_expired"


class Status(StrEnum):
    """The states of a booking; the last three are final."""

    REQUESTED = "requested"
    CONFIRMED = "confirmed"
    WAITLISTED = "waitlisted"
    DECLINED = "declined"
    CANCELLED = "cancelled"
    COMPLETED = "completed"


FINAL = frozenset({Status.DECLINED, Status.CANCELLED, Status.COMPLETED})


class Payment(StrEnum):
    """Who pays: a funder's voucher, or the tenant its own way."""

    VOUCHER = "voucher"
    OWN = "own"


class Completion(StrEnum):
    """What recording a completion did."""

    COMPLETED = "completed"
    UNCHANGED = "unchanged"
    NOT_CONFIRMED = "not_confirmed"
    NOT_FOUND = "not_found"


@dataclass(frozen=True, slots=True)
class Claim:
    """Who wants what. Without `programme_id` any programme that pays will do."""

    tenant_id: UUID
    person_id: UUID
    offer_id: UUID
    payment: Payment
    programme_id: UUID | None = None

    def __post_init__(self) -> None:
        """Refuse a programme that would pay nothing. Raises InvalidBookingError."""
        if self.programme_id and self.payment is not Payment.VOUCHER:
            raise InvalidBookingError("A programme pays with vouchers: leave out programme_id.")


@dataclass(frozen=True, slots=True)
class Premises:
    """What is known about a claim when it is made."""

    is_tenant_known: bool
    is_person_known: bool
    offer: Offer | None
    is_provider_barred: bool = False
    agreements: Sequence[Agreement] = ()

    def require_offer(self, tenant_id: UUID, now: datetime) -> Offer:
        """The offer, if it is for the tenant's people: everybody's, its own, or shared with them.

        Raises OfferNotFoundError, or NoLearnersError when the tenant may see it without learning there.
        """
        offer = self.offer
        if offer is None:
            raise OfferNotFoundError
        if offer.is_for(tenant_id) or any(
            agreement.lets_book(tenant_id, offer, now) for agreement in self.agreements
        ):
            return offer
        if any(agreement.lets_see(tenant_id, offer, now) for agreement in self.agreements):
            raise NoLearnersError
        raise OfferNotFoundError


@dataclass(slots=True)
class Booking:
    """A booking by the tenant `tenant_id` for one of its people, of an offer of `provider_id`."""

    tenant_id: UUID
    booking_id: UUID
    person_id: UUID
    offer_id: UUID
    offer_kind: OfferKind
    provider_id: UUID
    payment: Payment
    programme_id: UUID | None
    status: Status
    requested_at: datetime
    price_cents: int | None = None
    competence_fields: tuple[str, ...] = ()
    reason: str | None = None
    voucher_id: UUID | None = None
    confirmed_at: datetime | None = None
    waitlisted_at: datetime | None = None
    declined_at: datetime | None = None
    cancelled_at: datetime | None = None
    completed_at: datetime | None = None
    traceparent: str | None = None
    version: int = 0

    @classmethod
    def request(
        cls,
        booking_id: UUID,
        claim: Claim,
        premises: Premises,
        now: datetime,
        traceparent: str | None = None,
    ) -> Self:
        """Claim an offer. A voucher answers later; who pays its own way has to `enter` at once.

        Whatever happens to the booking is told in the trace of its request, `traceparent`.
        Raises, in this order, TenantNotKnownError, PersonNotFoundError, OfferNotFoundError or
        NoLearnersError, ProviderNotActiveError and DateStartedError.
        """
        if not premises.is_tenant_known:
            raise TenantNotKnownError
        if not premises.is_person_known:
            raise PersonNotFoundError
        offer = premises.require_offer(claim.tenant_id, now)
        if premises.is_provider_barred:
            raise ProviderNotActiveError
        offer.check_bookable(now)
        return cls(
            tenant_id=claim.tenant_id,
            booking_id=booking_id,
            person_id=claim.person_id,
            offer_id=offer.offer_id,
            offer_kind=offer.content.kind,
            provider_id=offer.tenant_id,
            payment=claim.payment,
            programme_id=claim.programme_id,
            status=Status.REQUESTED,
            requested_at=now,
            price_cents=offer.content.price_cents,
            competence_fields=tuple(sorted(offer.content.competence_fields)),
            traceparent=traceparent,
            version=1 if claim.payment is Payment.VOUCHER else 0,
        )

    @property
    def is_final(self) -> bool:
        """Whether nothing can happen to it any more."""
        return self.status in FINAL

    @property
    def needs_seat(self) -> bool:
        """Whether it is for a date, which has a number of places."""
        return self.offer_kind is OfferKind.ONLINE_DATE

    @property
    def turn(self) -> tuple[datetime, UUID]:
        """Its place in a queue: who asked first comes first."""
        return self.requested_at, self.booking_id

    def enter(self, seats: Seats | None, now: datetime) -> None:
        """Take a place, or wait for one. `seats` are given for a date only."""
        assert (seats is not None) == self.needs_seat, "a date, and only a date, has places"
        if seats is not None and not seats.free:
            self.waitlisted_at = now
            self._become(Status.WAITLISTED)
            return
        if seats is not None:
            seats.take()
        self.confirmed_at = now
        self._become(Status.CONFIRMED)

    def grant(self, voucher_id: UUID, seats: Seats | None, now: datetime) -> bool:
        """A voucher pays. Returns whether that changed anything."""
        if self.status is not Status.REQUESTED:
            return False
        self.voucher_id = voucher_id
        self.enter(seats, now)
        return True

    def decline(self, reason: str, now: datetime) -> bool:
        """No voucher pays. Returns whether that changed anything."""
        if self.status is not Status.REQUESTED:
            return False
        self.reason = reason
        self.declined_at = now
        self._become(Status.DECLINED)
        return True

    def lapse(self, seats: Seats | None, now: datetime) -> bool:
        """The voucher was not used in time. Returns whether that changed anything."""
        if self.is_final:
            return False
        self._give_up(VOUCHER_EXPIRED, seats, now)
        return True

    def cancel(self, seats: Seats | None, now: datetime) -> bool:
        """The tenant gives it up. Returns whether that changed anything.

        Raises NotCancellableError when it has ended in another way.
        """
        if self.status is Status.CANCELLED:
            return False
        if self.is_final:
            raise NotCancellableError(self.status)
        self._give_up(CANCELLED_BY_TENANT, seats, now)
        return True

    def complete(self, now: datetime) -> Completion:
        """The person did what the offer asks for."""
        if self.status is Status.COMPLETED:
            return Completion.UNCHANGED
        if self.status is not Status.CONFIRMED:
            return Completion.NOT_CONFIRMED
        self.completed_at = now
        self._become(Status.COMPLETED)
        return Completion.COMPLETED

    def _give_up(self, reason: str, seats: Seats | None, now: datetime) -> None:
        assert (seats is not None) == self.needs_seat, "a date, and only a date, has places"
        if seats is not None and self.status is Status.CONFIRMED:
            seats.give_back()
        self.reason = reason
        self.cancelled_at = now
        self._become(Status.CANCELLED)

    def _become(self, status: Status) -> None:
        self.status = status
        self.version += 1

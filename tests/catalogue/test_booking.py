from dataclasses import replace
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest

from services.catalogue.domain.booking import (
    Booking,
    Claim,
    Completion,
    Payment,
    Premises,
    Status,
)
from services.catalogue.domain.errors import (
    CatalogueError,
    DateFullError,
    InvalidBookingError,
    NotCancellableError,
)
from services.catalogue.domain.seats import Seats
from services.catalogue.domain.visibility import Visibility
from tests.catalogue.builders import NOW, a_booking, a_claim, a_date, a_dated_offer, an_offer

PROVIDER, TENANT, PERSON = uuid4(), uuid4(), uuid4()
LATER = NOW + timedelta(hours=1)


def in_status(status: Status, **changes: Any) -> Booking:
    booking = a_booking(TENANT, PERSON, an_offer(PROVIDER), **changes)
    return replace(booking, status=status)


def test_a_request_waits_for_its_voucher() -> None:
    booking = a_booking(TENANT, PERSON, an_offer(PROVIDER))
    assert (booking.status, booking.version, booking.provider_id) == (
        Status.REQUESTED,
        1,
        PROVIDER,
    )


@pytest.mark.parametrize(
    ("premises", "code"),
    [
        (Premises(is_tenant_known=False, is_person_known=False, offer=None), "tenant_unknown"),
        (Premises(is_tenant_known=True, is_person_known=False, offer=None), "person_not_found"),
        (Premises(is_tenant_known=True, is_person_known=True, offer=None), "offer_not_found"),
        (
            Premises(
                is_tenant_known=True,
                is_person_known=True,
                offer=an_offer(PROVIDER, visibility=Visibility.OWN),
            ),
            "offer_not_found",
        ),
        (
            Premises(
                is_tenant_known=True,
                is_person_known=True,
                offer=a_dated_offer(PROVIDER, date=a_date(starts_in=timedelta(0))),
            ),
            "date_started",
        ),
    ],
)
def test_what_is_missing_is_said_in_a_fixed_order(premises: Premises, code: str) -> None:
    claim = Claim(TENANT, PERSON, uuid4(), Payment.VOUCHER)
    with pytest.raises(CatalogueError) as refused:
        Booking.request(uuid4(), claim, premises, NOW)
    assert refused.value.code == code
    assert str(refused.value)


def test_a_programme_pays_with_vouchers_only() -> None:
    offer = an_offer(PROVIDER)
    assert a_claim(TENANT, PERSON, offer, programme_id=uuid4()).programme_id
    with pytest.raises(InvalidBookingError):
        a_claim(TENANT, PERSON, offer, payment=Payment.OWN, programme_id=uuid4())


def test_a_provider_may_book_its_own_offer() -> None:
    offer = an_offer(PROVIDER, visibility=Visibility.OWN)
    assert a_booking(PROVIDER, PERSON, offer).status is Status.REQUESTED


@pytest.mark.parametrize(("taken", "status"), [(0, Status.CONFIRMED), (1, Status.WAITLISTED)])
def test_a_granted_booking_takes_a_place_or_waits(taken: int, status: Status) -> None:
    offer = a_dated_offer(PROVIDER, capacity=1)
    seats = Seats(PROVIDER, offer.offer_id, 1, taken)
    booking = a_booking(TENANT, PERSON, offer)
    voucher_id = uuid4()
    assert booking.grant(voucher_id, seats, LATER)
    assert (booking.status, booking.voucher_id, booking.version) == (status, voucher_id, 2)
    assert seats.taken == 1
    assert LATER in {booking.confirmed_at, booking.waitlisted_at}


@pytest.mark.parametrize("status", [each for each in Status if each is not Status.REQUESTED])
def test_an_answer_to_what_is_no_request_any_more_changes_nothing(status: Status) -> None:
    booking = in_status(status)
    before = replace(booking)
    assert not booking.grant(uuid4(), None, LATER)
    assert not booking.decline("exhausted", LATER)
    assert booking == before


@pytest.mark.parametrize("status", [Status.REQUESTED, Status.WAITLISTED, Status.CONFIRMED])
def test_what_goes_on_can_lapse_and_be_cancelled(status: Status) -> None:
    lapsed, cancelled = in_status(status), in_status(status)
    assert lapsed.lapse(None, LATER)
    assert cancelled.cancel(None, LATER)
    assert (lapsed.status, lapsed.reason) == (Status.CANCELLED, "voucher_expired")
    assert (cancelled.status, cancelled.reason) == (Status.CANCELLED, "cancelled_by_tenant")
    assert lapsed.cancelled_at == cancelled.cancelled_at == LATER
    assert not lapsed.lapse(None, LATER)
    assert not cancelled.cancel(None, LATER)
    assert lapsed.version == cancelled.version == 2


@pytest.mark.parametrize("status", [Status.DECLINED, Status.COMPLETED])
def test_what_has_ended_otherwise_cannot_be_cancelled(status: Status) -> None:
    booking = in_status(status)
    assert not booking.lapse(None, LATER)
    with pytest.raises(NotCancellableError) as refused:
        booking.cancel(None, LATER)
    assert refused.value.code == "not_cancellable"
    assert booking.version == 1


@pytest.mark.parametrize(
    ("status", "given_back"),
    [(Status.REQUESTED, 0), (Status.WAITLISTED, 0), (Status.CONFIRMED, 1)],
)
def test_only_a_confirmed_booking_has_a_place_to_give_back(status: Status, given_back: int) -> None:
    offer = a_dated_offer(PROVIDER)
    seats = Seats(PROVIDER, offer.offer_id, 2, taken=2)
    replace(a_booking(TENANT, PERSON, offer), status=status).cancel(seats, LATER)
    assert seats.free == given_back


@pytest.mark.parametrize(
    ("status", "outcome"),
    [
        (Status.CONFIRMED, Completion.COMPLETED),
        (Status.COMPLETED, Completion.UNCHANGED),
        (Status.REQUESTED, Completion.NOT_CONFIRMED),
        (Status.WAITLISTED, Completion.NOT_CONFIRMED),
        (Status.DECLINED, Completion.NOT_CONFIRMED),
        (Status.CANCELLED, Completion.NOT_CONFIRMED),
    ],
)
def test_only_a_confirmed_booking_is_completed(status: Status, outcome: Completion) -> None:
    booking = in_status(status)
    assert booking.complete(LATER) is outcome
    assert (booking.version == 2) is (outcome is Completion.COMPLETED)


def test_a_full_date_gives_no_place() -> None:
    with pytest.raises(DateFullError):
        Seats(PROVIDER, uuid4(), 1, taken=1).take()


def test_a_date_without_its_places_is_a_mistake_of_ours() -> None:
    with pytest.raises(AssertionError):
        a_booking(TENANT, PERSON, a_dated_offer(PROVIDER)).grant(uuid4(), None, NOW)

"""What a subscription shows of the tenant's log."""

import pytest

from services.feed.domain.public_types import PUBLIC
from services.feed.domain.selection import Selection, types_for
from services.feed.domain.selection_errors import (
    EventTypeNotForKindError,
    EventTypeUnknownError,
    FieldUnknownError,
)


def test_all_types_with_all_fields():
    selection = Selection.of("municipality", ["*"])
    assert selection.includes("booking.confirmed.v1")
    assert selection.includes("made.later.v1")
    assert selection.shown("booking.confirmed.v1", {"booking_id": "1"}) == {"booking_id": "1"}


def test_some_types_and_some_of_their_fields():
    wanted = ["booking.confirmed.v1", "voucher.redeemed.v1"]
    selection = Selection.of("municipality", wanted, {"booking.confirmed.v1": ["offer_id"]})
    assert not selection.includes("booking.declined.v1")
    data = {"booking_id": "1", "offer_id": "2"}
    assert selection.shown("booking.confirmed.v1", data) == {"offer_id": "2"}
    assert selection.shown("voucher.redeemed.v1", {"voucher_id": "3"}) == {"voucher_id": "3"}


@pytest.mark.parametrize(
    "name", ["booking.confirmed.v2", "person.described.v1", "tenant.deleted.v1", ""]
)
def test_a_type_that_does_not_leave_is_refused_with_those_that_do(name):
    with pytest.raises(EventTypeUnknownError) as refused:
        Selection.of("municipality", [name])
    assert refused.value.code == "event_type_unknown"
    assert all(public in str(refused.value) for public in PUBLIC)


def test_fields_of_a_type_that_is_not_asked_for_are_refused():
    with pytest.raises(EventTypeUnknownError):
        Selection.of("county", ["voucher.redeemed.v1"], {"booking.confirmed.v1": ["offer_id"]})


def test_a_field_that_there_is_not_is_refused_with_those_that_there_are():
    with pytest.raises(FieldUnknownError, match=r"name.*Choose from booking_id, offer_id"):
        Selection.of("county", ["*"], {"booking.confirmed.v1": ["name"]})


def test_what_a_kind_never_sees_is_refused():
    with pytest.raises(EventTypeNotForKindError, match=r"partner.*credential\.issued\.v1"):
        Selection.of("partner", ["credential.issued.v1", "agreement.started.v1"])
    assert "credential.issued.v1" not in types_for("partner")
    assert types_for("municipality") == list(PUBLIC)

"""What a subscription may ask for, and what it then shows of the tenant's log."""

import pytest

from services.feed.domain.public_types import PUBLIC
from services.feed.domain.selection import require_selectable, shown, types_for
from services.feed.domain.selection_errors import (
    EventTypeNotForKindError,
    EventTypeUnknownError,
    FieldUnknownError,
)


def test_all_types_some_types_and_some_fields_can_be_asked_for():
    require_selectable("municipality", ["*"], {})
    require_selectable("municipality", ["*"], {"booking.confirmed.v1": ["offer_id"]})
    require_selectable("partner", ["booking.confirmed.v1", "agreement.started.v1"], {})
    require_selectable("municipality", list(PUBLIC), {})


def test_only_the_fields_that_are_asked_for_are_shown():
    data = {"booking_id": "1", "offer_id": "2"}
    fields = {"booking.confirmed.v1": ["offer_id", "person_id"]}
    assert shown(fields, "booking.confirmed.v1", data) == {"offer_id": "2"}
    assert shown(fields, "booking.declined.v1", data) == data


@pytest.mark.parametrize(
    "name", ["booking.confirmed.v2", "person.described.v1", "tenant.deleted.v1", ""]
)
def test_a_type_that_does_not_leave_is_refused_with_those_that_do(name):
    with pytest.raises(EventTypeUnknownError) as refused:
        require_selectable("municipality", [name], {})
    assert refused.value.code == "event_type_unknown"
    assert all(public in str(refused.value) for public in PUBLIC)
    with pytest.raises(EventTypeUnknownError):
        require_selectable("municipality", ["*"], {name: ["name"]})


def test_a_field_that_there_is_not_is_refused_with_those_that_there_are():
    with pytest.raises(FieldUnknownError, match=r"name.*Choose from booking_id, offer_id"):
        require_selectable("county", ["*"], {"booking.confirmed.v1": ["name"]})


def test_what_a_kind_never_sees_is_refused():
    with pytest.raises(EventTypeNotForKindError, match=r"partner.*credential\.issued\.v1"):
        require_selectable("partner", ["credential.issued.v1", "agreement.started.v1"], {})
    assert "credential.issued.v1" not in types_for("partner")
    assert types_for("municipality") == list(PUBLIC)

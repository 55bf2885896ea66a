from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest

from services.catalogue.domain.errors import InvalidOfferError
from services.catalogue.domain.offer import HORIZON, OfferKind, OnlineDate
from services.catalogue.domain.visibility import Visibility
from tests.catalogue.builders import NOW, a_date, a_dated_offer, an_offer

PROVIDER, OTHER = uuid4(), uuid4()


@pytest.mark.parametrize(
    "changes",
    [
        {"kind": OfferKind.ONLINE_DATE},
        {"kind": OfferKind.LEARNING_UNIT, "date": a_date()},
        {"duration_minutes": 0},
        {"duration_minutes": 60_001},
        {"price_cents": -1},
        {"price_cents": 100_000_001},
        {"kind": OfferKind.ONLINE_DATE, "date": a_date(starts_in=HORIZON)},
        {"kind": OfferKind.ONLINE_DATE, "date": a_date(starts_in=-HORIZON)},
    ],
)
def test_content_that_contradicts_itself_is_refused(changes: dict[str, Any]) -> None:
    with pytest.raises(InvalidOfferError) as refused:
        an_offer(PROVIDER, **changes)
    assert refused.value.code == "invalid_offer"


@pytest.mark.parametrize(
    ("starts_in", "ends_in", "capacity"),
    [(2, 1, 1), (1, 1, 1), (1, 2, 0), (1, 2, 10_001), (1, 2, None), (None, 2, 1), (1, None, 1)],
)
def test_a_date_nobody_could_attend_is_refused(
    starts_in: int | None, ends_in: int | None, capacity: int | None
) -> None:
    starts, ends = (NOW + timedelta(hours=each) if each else None for each in (starts_in, ends_in))
    with pytest.raises(InvalidOfferError):
        OnlineDate.of(starts, ends, capacity)


def test_an_own_offer_is_for_its_provider_alone() -> None:
    own = an_offer(PROVIDER, visibility=Visibility.OWN)
    shared = a_dated_offer(PROVIDER)
    assert [own.is_for(PROVIDER), own.is_for(OTHER)] == [True, False]
    assert [shared.is_for(PROVIDER), shared.is_for(OTHER)] == [True, True]

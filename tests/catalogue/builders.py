"""Valid aggregates of the catalogue, with keyword overrides."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

from services.catalogue.domain.booking import Booking, Claim, Payment, Premises
from services.catalogue.domain.competence_model import (
    Competence,
    CompetenceField,
    CompetenceModel,
    FieldKind,
)
from services.catalogue.domain.offer import Content, Offer, OfferKind, OnlineDate
from services.catalogue.domain.visibility import Visibility
from shared.envelope import Cause

NOW = datetime(2026, 11, 21, 9, 0, tzinfo=UTC)


def a_cause() -> Cause:
    return Cause("correlation", str(uuid4()), None)


def a_date(capacity: int = 2, starts_in: timedelta = timedelta(days=7)) -> OnlineDate:
    return OnlineDate(NOW + starts_in, NOW + starts_in + timedelta(hours=2), capacity)


def a_content(**changes: Any) -> Content:
    values: dict[str, Any] = {
        "kind": OfferKind.ON_DEMAND_COURSE,
        "title": "Führen im Wandel",
        "description": "Veränderung begleiten",
        "criteria": "Alle Einheiten bearbeitet",
        "duration_minutes": 90,
        "visibility": Visibility.COOPERATIVE,
        "date": None,
        "price_cents": 9_900,
        "competence_fields": frozenset({FieldKind.DIGITAL}),
    }
    return Content(**(values | changes))


def an_offer(provider_id: UUID, **changes: Any) -> Offer:
    competences = changes.pop("competences", (Competence(uuid4(), "Wandel gestalten"),))
    offer_id = changes.pop("offer_id", None) or uuid4()
    content = a_content(**changes)
    return Offer.publish(provider_id, offer_id, "Stadt Mannheim", content, competences, NOW)


def a_dated_offer(provider_id: UUID, capacity: int = 2, **changes: Any) -> Offer:
    date = changes.pop("date", None) or a_date(capacity)
    return an_offer(provider_id, kind=OfferKind.ONLINE_DATE, date=date, **changes)


def a_model(tenant_id: UUID, **changes: Any) -> CompetenceModel:
    values: dict[str, Any] = {
        "model_id": uuid4(),
        "name": "Führungsmodell",
        "visibility": Visibility.OWN,
        "fields": (a_field(),),
    }
    return CompetenceModel(tenant_id, **(values | changes))


def a_field(name: str = "Führung", *competences: str) -> CompetenceField:
    names = competences or ("Ziele setzen", "Rückmeldung geben")
    found = tuple(Competence(uuid4(), each, "Beschreibung") for each in names)
    return CompetenceField(name, FieldKind.LEADERSHIP, found)


def a_claim(tenant_id: UUID, person_id: UUID, offer: Offer, **changes: Any) -> Claim:
    payment = changes.pop("payment", Payment.VOUCHER)
    return Claim(tenant_id, person_id, offer.offer_id, payment, **changes)


def a_booking(tenant_id: UUID, person_id: UUID, offer: Offer, **changes: Any) -> Booking:
    now = changes.pop("now", NOW)
    booking_id = changes.pop("booking_id", None) or uuid4()
    claim = a_claim(tenant_id, person_id, offer, **changes)
    return Booking.request(
        booking_id, claim, Premises(is_tenant_known=True, is_person_known=True, offer=offer), now
    )

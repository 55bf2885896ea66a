"""What may leave: every internal type is decided, and each view has its fields and nothing more."""

import importlib
import json
from pathlib import Path
from uuid import UUID, uuid4

import pytest

from deploy.contracts import events_of
from deploy.names import SERVICES
from services.feed.domain.audience import Audience
from services.feed.domain.public_types import INTERNAL, NEVER, PUBLIC
from services.feed.domain.view import View

TYPES = {event.TYPE: (service, event) for service in SERVICES for event in events_of(service)}
#: Tombstones have no schema, so they are in no list of events.
TOMBSTONES = {"person.forgotten.v1"}
#: What the feed itself tells.
OWN = {name for name in PUBLIC if name.startswith("endpoint.")}
#: Names of people and words about them; a funder may not know for whom and for what a voucher is.
PERSONAL = {"given_name", "family_name", "email", "birth_date", "phone", "external_id"}
TENANT, OTHER, THIRD = uuid4(), uuid4(), uuid4()


def _example(name: str) -> dict[str, object]:
    service, _ = TYPES[name]
    path = Path("services", service, "contracts/examples", f"{name}.json")
    document: dict[str, object] = json.loads(path.read_text())
    return document


def test_every_type_of_event_is_decided():
    undecided = TYPES.keys() - PUBLIC.keys() - INTERNAL.keys()
    assert undecided == set(), (
        "decide in public_types.py: PUBLIC with its views, or INTERNAL with a reason"
    )
    assert PUBLIC.keys() & INTERNAL.keys() == set()
    assert PUBLIC.keys() - OWN <= TYPES.keys(), "nothing produces these"
    assert INTERNAL.keys() <= TYPES.keys() | TOMBSTONES


@pytest.mark.parametrize("name", sorted(PUBLIC.keys() - OWN))
def test_fields_that_leave_are_those_of_the_event_or_say_whose_it_is(name):
    _, event = TYPES[name]
    public = PUBLIC[name]
    assert public.fields - {public.origin} <= set(event.model_fields)
    assert public.fields & PERSONAL == set()


@pytest.mark.parametrize("name", sorted(PUBLIC.keys() - OWN))
def test_the_own_tenant_always_hears_and_sees_all_that_leaves(name):
    public, data = PUBLIC[name], _example(name)
    assert public.audience(TENANT, data).tenants[TENANT] is View.OWN
    assert set(public.views[View.OWN]) == public.fields
    assert "secret" not in public.public(View.OWN, TENANT, {**data, "secret": 1})


@pytest.mark.parametrize(
    "name",
    [name for name in PUBLIC if name.startswith("voucher.") and name != "voucher.reminder.v1"],
)
def test_a_funder_learns_neither_for_whom_nor_for_what(name):
    data = {**_example(name), "funder_id": str(OTHER)}
    public = PUBLIC[name]
    assert public.audience(TENANT, data).tenants == {TENANT: View.OWN, OTHER: View.FUNDER}
    seen = public.public(View.FUNDER, TENANT, data)
    assert seen["beneficiary_id"] == str(TENANT)
    assert not {"person_id", "booking_id", "explanation"} & seen.keys()


@pytest.mark.parametrize(
    "name", [name for name in PUBLIC if name.startswith(("booking.", "participation."))]
)
def test_a_provider_hears_of_bookings_of_its_offers_but_not_how_they_are_paid(name):
    data = {**_example(name), "provider_id": str(OTHER)}
    public = PUBLIC[name]
    assert public.audience(TENANT, data).tenants == {TENANT: View.OWN, OTHER: View.PROVIDER}
    seen = public.public(View.PROVIDER, TENANT, data)
    assert {"booking_id", "offer_id"} <= seen.keys()
    assert not {"programme_id", "reason"} & seen.keys()
    assert str(TENANT) not in json.dumps(seen)


def test_who_provides_for_itself_or_funds_itself_hears_once_as_the_owner():
    booking = {**_example("booking.confirmed.v1"), "provider_id": str(TENANT)}
    assert PUBLIC["booking.confirmed.v1"].audience(TENANT, booking).tenants == {TENANT: View.OWN}


def test_events_from_before_a_field_was_there_concern_their_own_tenant():
    booking = {"booking_id": str(uuid4()), "person_id": str(uuid4()), "offer_id": str(uuid4())}
    assert PUBLIC["booking.confirmed.v1"].audience(TENANT, booking) == Audience({TENANT: View.OWN})
    voucher = {"voucher_id": str(uuid4()), "funder_id": None}
    assert PUBLIC["voucher.redeemed.v1"].audience(TENANT, voucher) == Audience({TENANT: View.OWN})
    offer = {"offer_id": str(uuid4())}
    assert PUBLIC["offer.published.v1"].audience(TENANT, offer) == Audience({TENANT: View.OWN})


def test_parties_hear_of_their_agreement_and_facilitators_as_partners():
    parties = [
        {"tenant_id": str(TENANT), "part": "host", "name": "Speyer"},
        {"tenant_id": str(OTHER), "part": "party", "name": "Trier"},
        {"tenant_id": str(THIRD), "part": "facilitator", "name": "Partner"},
    ]
    data = {"agreement_id": str(uuid4()), "parties": parties, "offers": [], "ends_at": None}
    public = PUBLIC["agreement.started.v1"]
    views = {TENANT: View.OWN, OTHER: View.OWN, THIRD: View.PARTNER}
    assert public.audience(TENANT, data) == Audience(views)
    seen = public.public(View.PARTNER, TENANT, data)
    assert seen["proposer_id"] == str(TENANT)
    assert [set(party) for party in seen["parties"]] == [{"tenant_id", "part"}] * 3


def test_who_was_a_party_until_now_hears_of_it():
    former = [{"tenant_id": str(OTHER), "part": "party"}]
    data = {"agreement_id": str(uuid4()), "parties": [], "former_parties": former}
    audience = PUBLIC["agreement.changed.v1"].audience(TENANT, data)
    assert audience.tenants == {TENANT: View.OWN, OTHER: View.OWN}


@pytest.mark.parametrize(
    ("name", "origin"),
    [("offer.published.v1", "provider_id"), ("competence_model.published.v1", "owner_id")],
)
def test_what_the_cooperative_shares_is_for_everyone_and_says_whose_it_is(name, origin):
    shared = {**_example(name), "visibility": "cooperative"}
    public = PUBLIC[name]
    assert public.audience(TENANT, shared) == Audience({TENANT: View.OWN}, View.PARTNER)
    assert public.public(View.PARTNER, TENANT, shared)[origin] == str(TENANT)
    own = {**shared, "visibility": "own"}
    assert public.audience(TENANT, own) == Audience({TENANT: View.OWN})


def test_a_programme_is_promised_to_everyone_and_its_amount_is_not():
    data = _example("programme.opened.v1")
    public = PUBLIC["programme.opened.v1"]
    assert public.audience(TENANT, data) == Audience({TENANT: View.OWN}, View.PARTNER)
    assert "vouchers" not in public.public(View.PARTNER, TENANT, data)
    assert "vouchers" in public.public(View.OWN, TENANT, data)


def test_words_about_people_stay_inside():
    data = {**_example("credential.revoked.v1"), "reason": "Frau Beispiel hat geschummelt"}
    assert "reason" not in PUBLIC["credential.revoked.v1"].public(View.OWN, TENANT, data)


def test_what_a_kind_never_sees_is_public():
    assert all(types <= PUBLIC.keys() for types in NEVER.values())
    kinds = importlib.import_module("services.member.domain.organisation").Kind
    assert NEVER.keys() <= {str(kind) for kind in kinds}


def test_the_tenant_of_an_event_is_no_text_of_it():
    data = {**_example("offer.published.v1"), "provider_id": str(UUID(int=7))}
    seen = PUBLIC["offer.published.v1"].public(View.OWN, TENANT, data)
    assert seen["provider_id"] == str(TENANT)

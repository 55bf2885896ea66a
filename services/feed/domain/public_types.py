"""The one table of what leaves the platform: every type of event is in it, or internal with a reason."""

from collections.abc import Mapping
from typing import Final

from services.feed.domain.audience import (
    everyone,
    everyone_if_cooperative,
    funder,
    parties,
    provider,
)
from services.feed.domain.projection import Fields, PublicType
from services.feed.domain.view import View


def _own(*fields: str) -> PublicType:
    return PublicType({View.OWN: fields})


def _tenant(*more: str) -> PublicType:
    return _own("name", "kind", "official_key", "state", "regions", "status", *more)


def _agreement(*fields: str) -> PublicType:
    shown = ("agreement_id", "proposer_id", *fields)
    return PublicType({View.OWN: shown, View.PARTNER: shown}, "proposer_id", parties)


def _shared(origin: str, *fields: str) -> PublicType:
    shown = (*fields, origin, "visibility")
    return PublicType({View.OWN: shown, View.PARTNER: shown}, origin, everyone_if_cooperative)


def _booking(*fields: str, also_provider: Fields = ()) -> PublicType:
    """A booking. Why and how it is paid is none of the provider's business."""
    seen = ("booking_id", "person_id", "offer_id")
    views = {
        View.OWN: (*seen, "provider_id", *also_provider, *fields),
        View.PROVIDER: (*seen, "provider_id", *also_provider),
    }
    return PublicType(views, reaches=provider)


def _voucher(*fields: str, also_funder: Fields = ()) -> PublicType:
    """A voucher. A funder learns which organisation uses it; neither for whom, nor for what."""
    seen = ("voucher_id", "programme_id", "funder_id", "beneficiary_id", *also_funder)
    views = {View.OWN: (*seen, "booking_id", "person_id", *fields), View.FUNDER: seen}
    return PublicType(views, "beneficiary_id", funder)


def _assignment(*fields: str) -> PublicType:
    """A voucher with which nothing is booked; a funder does not learn for whom it is."""
    seen = ("voucher_id", "programme_id", "funder_id", "beneficiary_id", *fields)
    views = {View.OWN: (*seen, "person_id"), View.FUNDER: seen}
    return PublicType(views, "beneficiary_id", funder)


_PROGRAMME: Final = (
    "programme_id",
    "funder_id",
    "name",
    "states",
    "regions",
    "tenant_kinds",
    "opens_at",
    "closes_at",
    "unit",
    "cap_cents",
    "roles",
    "offers",
    "offer_kinds",
    "competence_fields",
)
_ALLOCATION: Final = (
    "allocation_id",
    "programme_id",
    "funder_id",
    "beneficiary_id",
    "units",
    "available",
    "give_back_at",
    "ended_at",
)
_FIGURES: Final = ("programme_id", "unit", "granted", "reserved", "redeemed")
_ACCESS: Final = ("access_id", "operator", "may_change", "until")
_ENDPOINT: Final = ("subscription_id", "failing_since", "oldest_event_expires_at")

#: What may leave, by the type's name, which is the same inside and outside.
PUBLIC: Final[Mapping[str, PublicType]] = {
    "tenant.activated.v1": _tenant(),
    "tenant.changed.v1": _tenant(),
    "tenant.suspended.v1": _tenant(),
    "tenant.resumed.v1": _tenant(),
    "tenant.leaving.v1": _tenant("last_day"),
    "tenant.left.v1": _tenant("last_export_day"),
    "tenant.branded.v1": _own("display_name", "primary_colour", "text_colour"),
    "tenant.limited.v1": _own("events_per_day", "subscriptions"),
    "person.registered.v1": _own("person_id", "roles"),
    "person.left.v1": _own("person_id", "left_on"),
    "person.erased.v1": _own("person_id"),
    "agreement.started.v1": _agreement("parties", "offers", "ends_at"),
    "agreement.changed.v1": _agreement("parties", "offers", "ends_at"),
    "agreement.ended.v1": _agreement("reason"),
    "operator_access.granted.v1": _own(*_ACCESS),
    "operator_access.ended.v1": _own(*_ACCESS),
    "offer.published.v1": _shared(
        "provider_id",
        "offer_id",
        "kind",
        "title",
        "competences",
        "duration_minutes",
        "price_cents",
        "competence_fields",
    ),
    "competence_model.published.v1": _shared("owner_id", "model_id", "competences"),
    "booking.requested.v1": _booking("programme_id", also_provider=("offer_kind",)),
    "booking.confirmed.v1": _booking(),
    "booking.waitlisted.v1": _booking(),
    "booking.declined.v1": _booking("reason"),
    "booking.cancelled.v1": _booking("reason"),
    "participation.completed.v1": _booking(
        "provider_name", also_provider=("completed_at", "achievement")
    ),
    "programme.opened.v1": PublicType(
        {View.OWN: (*_PROGRAMME, "vouchers", "budget", "tenants"), View.PARTNER: _PROGRAMME},
        "funder_id",
        everyone,
    ),
    "programme.nearly_used.v1": _own(*_FIGURES, "percent", "available"),
    "programme.topped_up.v1": _own("programme_id", "unit", "units", "granted"),
    "programme.closed.v1": PublicType(
        {
            View.OWN: (*_FIGURES, "funder_id", "closed_at", "expired", "returned"),
            View.PARTNER: ("programme_id", "funder_id", "closed_at"),
        },
        "funder_id",
        everyone,
    ),
    "voucher.reserved.v1": _voucher(also_funder=("expires_at",)),
    "voucher.refused.v1": _voucher("explanation", also_funder=("reason",)),
    "voucher.redeemed.v1": _voucher(also_funder=("units", "entry", "is_late")),
    "voucher.reversed.v1": _voucher(
        also_funder=("units", "redeemed_units", "reversed_units", "reverses")
    ),
    "voucher.released.v1": _voucher(),
    "voucher.expired.v1": _voucher(),
    "ledger.sealed.v1": _own("programme_id", "entries", "head", "sealed_at"),
    "ledger.reconciled.v1": _own("programme_id", "at", "entries", "ok", "violated", "wrong_entry"),
    "statement.issued.v1": _own(
        "statement_id",
        "number",
        "side",
        "kind",
        "programme_id",
        "period_first_day",
        "period_last_day",
        "issued_on",
        "due_on",
        "cents",
        "corrects",
    ),
    "allocation.changed.v1": PublicType(
        {View.OWN: _ALLOCATION, View.FUNDER: _ALLOCATION}, "beneficiary_id", funder
    ),
    "voucher_request.changed.v1": _own(
        "request_id",
        "person_id",
        "programme_id",
        "status",
        "next_step",
        "leader_id",
        "voucher_id",
    ),
    "voucher.assigned.v1": _assignment("units", "expires_at"),
    "voucher.assignment_ended.v1": _assignment("reason"),
    "voucher.reminder.v1": _own(
        "voucher_id", "person_id", "programme_id", "funder_id", "booking_id", "expires_at"
    ),
    "issuer.created.v1": _own("did", "verification_method"),
    "credential.issued.v1": _own("credential_id", "booking_id", "person_id", "url", "issued_at"),
    "credential.revoked.v1": _own("credential_id", "booking_id", "person_id", "revoked_at"),
    # The feed's own: nothing inside the platform tells them.
    "endpoint.failing.v1": _own(*_ENDPOINT),
    "endpoint.paused.v1": _own(*_ENDPOINT),
}

#: What never leaves, and why.
INTERNAL: Final[Mapping[str, str]] = {
    "person.described.v1": "names people; who may have a name gets it at delivery",
    "person.linked.v1": "whose account an account is concerns the platform alone",
    "person.forgotten.v1": "erases a name; `person.erased.v1` tells it without one",
    "tenant.deleted.v1": "the tenant's log is deleted with its data, so nobody is left to read it",
    "proof_of_use.signed.v1": "the funder and its auditors read proofs where they sign them",
}

#: What organisations of a kind never see, because nobody learns there.
NEVER: Final[Mapping[str, frozenset[str]]] = {
    "partner": frozenset({"credential.issued.v1", "credential.revoked.v1"}),
}

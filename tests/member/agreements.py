"""Agreements for the suites: Dessau-Roßlau's joint series and its parties."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

from services.member.domain.agreement import Act, Agreement, Declaration
from services.member.domain.agreement_terms import Part, Party, SharedOffer, Terms
from tests.member.builders import NOW

CITY, AGENCY, UNIVERSITY, PARTNER = (uuid4() for _ in range(4))
PARTS = {
    CITY: Part.HOST,
    AGENCY: Part.PARTY,
    UNIVERSITY: Part.PARTY,
    PARTNER: Part.FACILITATOR,
}
LECTURE = SharedOffer(UNIVERSITY, uuid4())


def terms(**changes: Any) -> Terms:
    usual: dict[str, Any] = {
        "purpose": "Gemeinsame Reihe zum Wandel",
        "parties": tuple(Party(each, "Mitglied", part) for each, part in PARTS.items()),
        "offers": frozenset({LECTURE}),
        "adds_later": True,
        "starts_at": NOW + timedelta(days=1),
        "ends_at": NOW + timedelta(days=366),
        "notice_days": 90,
    }
    return Terms(**(usual | changes))


def proposed(**changes: Any) -> Agreement:
    return Agreement.propose(CITY, uuid4(), terms(**changes), NOW)


def word(agreement: Agreement, tenant_id: UUID, act: Act, **changes: Any) -> Declaration:
    usual: dict[str, Any] = {
        "tenant_id": tenant_id,
        "declaration_id": uuid4(),
        "agreement_id": agreement.agreement_id,
        "act": act,
        "revision": agreement.last_revision,
        "subject": "account",
        "at": NOW,
    }
    return Declaration(**(usual | changes))


def signatures(agreement: Agreement, *but: UUID) -> Sequence[Declaration]:
    return [
        word(agreement, each, Act.SIGNS) for each in sorted(agreement.party_ids) if each not in but
    ]

"""Valid things of the certificate service, with what a test cares about overridden."""

from dataclasses import replace
from typing import Any
from uuid import UUID, uuid4

from services.certificate.application.create_issuers import CreateIssuer
from services.certificate.application.learn_people import LearnPerson
from services.certificate.application.record_awards import RecordAward
from services.certificate.domain.addresses import Addresses
from services.certificate.domain.award import Award, Origin, Provider, Recipient, award_id_for
from services.certificate.domain.brand import Brand, Colours, Logo
from shared.envelope import Cause
from tests.certificate.samples import ACHIEVEMENT, BASE, NOW, TENANT

ADDRESSES = Addresses(BASE)
RECIPIENT = Recipient("Aylin Öztürk", "aylin@example.org")
LOGO = Logo("image/svg+xml", b'<svg xmlns="http://www.w3.org/2000/svg"><path d="M0 0h9v9z"/></svg>')
BRAND = Brand("Mannheim²", Colours("#1a5fb4", "#ffffff"), LOGO)
PROVIDER = Provider(UUID(int=77), "Volkshochschule Ludwigshafen")


def an_award(**changes: Any) -> Award:
    """A pending award."""
    booking_id = changes.get("booking_id", uuid4())
    usual = Award(
        tenant_id=TENANT,
        award_id=award_id_for(booking_id),
        booking_id=booking_id,
        person_id=UUID(int=3),
        achievement=ACHIEVEMENT,
        provider=PROVIDER,
        completed_at=NOW,
        origin=Origin(str(booking_id), "cause", "00-trace"),
    )
    return replace(usual, **changes)


def activated(tenant_id: UUID = TENANT, **changes: Any) -> CreateIssuer:
    """A tenant's activation."""
    usual = CreateIssuer(tenant_id, "Stadt Mannheim", 1, Cause("onboarding", "event"))
    return replace(usual, **changes)


def described(person_id: UUID, **changes: Any) -> LearnPerson:
    """A person's description."""
    return replace(LearnPerson(TENANT, person_id, RECIPIENT, 1), **changes)


def completed(**changes: Any) -> RecordAward:
    """A completion."""
    booking_id = changes.get("booking_id", uuid4())
    usual = RecordAward(
        tenant_id=TENANT,
        booking_id=booking_id,
        person_id=UUID(int=3),
        offer_id=UUID(int=8),
        provider=PROVIDER,
        name="Datenschutz kompakt",
        description="Grundlagen",
        criteria="Teilnahme",
        competences=("Datenschutz", "Recht", "Datenschutz"),
        duration_minutes=90,
        completed_at=NOW,
        origin=Origin(str(booking_id), "completion", "00-trace"),
    )
    return replace(usual, **changes)

"""Public events about certificates, and about the feed itself."""

from datetime import datetime
from typing import ClassVar
from uuid import UUID

from services.feed.contracts.public_events.base import AboutPerson, PublicEvent


class IssuerCreatedV1(PublicEvent):
    """The organisation can sign certificates with a key of its own."""

    TYPE: ClassVar[str] = "issuer.created.v1"

    did: str
    verification_method: str


class CredentialIssuedV1(AboutPerson):
    """A person has a certificate."""

    TYPE: ClassVar[str] = "credential.issued.v1"

    credential_id: UUID
    booking_id: UUID
    person_id: UUID
    url: str
    issued_at: datetime


class CredentialRevokedV1(AboutPerson):
    """A certificate is no longer valid."""

    TYPE: ClassVar[str] = "credential.revoked.v1"

    credential_id: UUID
    booking_id: UUID
    person_id: UUID
    revoked_at: datetime


class EndpointTold(PublicEvent):
    """Base of what is told of a webhook endpoint that takes nothing."""

    subscription_id: UUID
    failing_since: datetime
    oldest_event_expires_at: datetime


class EndpointFailingV1(EndpointTold):
    """A webhook endpoint has taken nothing for a day. Repair it before events expire."""

    TYPE: ClassVar[str] = "endpoint.failing.v1"


class EndpointPausedV1(EndpointTold):
    """A webhook endpoint has taken nothing for three days and gets nothing more until it is resumed."""

    TYPE: ClassVar[str] = "endpoint.paused.v1"


EVENTS: tuple[type[PublicEvent], ...] = (
    IssuerCreatedV1,
    CredentialIssuedV1,
    CredentialRevokedV1,
    EndpointFailingV1,
    EndpointPausedV1,
)

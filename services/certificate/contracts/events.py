"""Events of the certificate service. Change is additive; a breaking change is a V2 beside V1."""

from datetime import datetime
from typing import ClassVar
from uuid import UUID

from services.certificate.contracts.topics import CERTIFICATE_EVENTS
from shared.envelope import Event


class IssuerCreatedV1(Event):
    """A tenant can sign certificates with a key of its own. Aggregate: the issuer, named by its tenant."""

    TYPE: ClassVar[str] = "issuer.created.v1"
    TOPIC: ClassVar[str] = CERTIFICATE_EVENTS.name
    AGGREGATE: ClassVar[str] = "tenant_id"

    did: str
    verification_method: str


class CredentialIssuedV1(Event):
    """A person has a certificate. Aggregate: the credential, of the person's tenant."""

    TYPE: ClassVar[str] = "credential.issued.v1"
    TOPIC: ClassVar[str] = CERTIFICATE_EVENTS.name
    AGGREGATE: ClassVar[str] = "credential_id"

    credential_id: UUID
    booking_id: UUID
    person_id: UUID
    url: str
    issued_at: datetime


class CredentialRevokedV1(Event):
    """A certificate is no longer valid; `reason` is the issuer's words."""

    TYPE: ClassVar[str] = "credential.revoked.v1"
    TOPIC: ClassVar[str] = CERTIFICATE_EVENTS.name
    AGGREGATE: ClassVar[str] = "credential_id"

    credential_id: UUID
    booking_id: UUID
    person_id: UUID
    reason: str
    revoked_at: datetime


EVENTS = (IssuerCreatedV1, CredentialIssuedV1, CredentialRevokedV1)

"""A tenant's own identity provider: its people sign in where they always do."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from uuid import UUID


class LoginProtocol(StrEnum):
    """How two identity providers speak to each other."""

    OIDC = "oidc"
    SAML = "saml"


@dataclass(frozen=True, slots=True)
class IdentityLink:
    """What is kept of it here: no secret, only whose it is and who is led to it."""

    tenant_id: UUID
    protocol: LoginProtocol
    issuer: str
    domains: tuple[str, ...]
    linked_at: datetime

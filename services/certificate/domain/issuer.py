"""Who signs a certificate, and who provided the learning."""

from __future__ import annotations

from dataclasses import dataclass, field
from uuid import UUID

from services.certificate.domain.errors import CertificateError


@dataclass(frozen=True)
class IssuerProfile:
    """A tenant as it appears in a credential: the Open Badges 3.0 ``Profile``; `image` is a logo's URL.

    Raises CertificateError ``issuer_invalid`` for an empty name or an id that is no DID.
    """

    tenant_id: UUID
    name: str
    did: str
    image: str | None = None

    def __post_init__(self) -> None:
        if not self.name.strip():
            raise CertificateError("issuer_invalid", "an issuer needs a name")
        if not self.did.startswith("did:"):
            raise CertificateError("issuer_invalid", f"an issuer's id is a DID, not {self.did!r}")


@dataclass(frozen=True)
class SealedKey:
    """A key as it is stored: the public half in clear, the private half encrypted."""

    tenant_id: UUID
    key_id: str
    public_key_multibase: str
    sealed: bytes = field(repr=False)


@dataclass(frozen=True)
class Issuer:
    """A tenant that can sign, under the name it has now and with the key in use now."""

    profile: IssuerProfile
    key: SealedKey

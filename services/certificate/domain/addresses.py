"""Where what this service signs can be found, and what that makes its issuers' DIDs."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from services.certificate.domain.did import tenant_did
from services.certificate.domain.issuer import IssuerProfile


@dataclass(frozen=True)
class Addresses:
    """Public URLs below ``public_url``; they are signed, so they never change.

    Raises CertificateError ``public_url_invalid`` unless it is http(s)://host[:port].
    """

    public_url: str

    def __post_init__(self) -> None:
        tenant_did(self.public_url, UUID(int=0))

    def issuer(self, tenant_id: UUID, name: str, *, has_logo: bool = False) -> IssuerProfile:
        """A tenant as credentials name it. Raises CertificateError ``issuer_invalid``."""
        image = self.logo(tenant_id) if has_logo else None
        return IssuerProfile(tenant_id, name, self.did(tenant_id), image)

    def did(self, tenant_id: UUID) -> str:
        """A tenant's DID."""
        return tenant_did(self.public_url, tenant_id)

    def credential(self, tenant_id: UUID, credential_id: UUID) -> str:
        """Where a signed credential is published."""
        return f"{self._of(tenant_id)}/credentials/{credential_id}"

    def logo(self, tenant_id: UUID) -> str:
        """Where the logo that a tenant has now is published."""
        return f"{self._of(tenant_id)}/logo"

    def status_list(self, tenant_id: UUID, list_id: int) -> str:
        """Where a status list is published."""
        return f"{self._of(tenant_id)}/status/{list_id}"

    def achievement(self, provider_id: UUID, offer_id: UUID) -> str:
        """The id of what an offer teaches: the same for everybody who completes it."""
        return f"{self._of(provider_id)}/achievements/{offer_id}"

    def _of(self, tenant_id: UUID) -> str:
        return f"{self.public_url.rstrip('/')}/tenants/{tenant_id}"

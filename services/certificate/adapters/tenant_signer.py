"""The signer: opens a tenant's key for as long as it signs, in a thread beside the event loop."""

import asyncio
from collections.abc import Mapping, Sequence
from datetime import datetime
from uuid import UUID

from services.certificate.adapters.keys import KeyVault
from services.certificate.adapters.signing import SigningError, sign, verify_own
from services.certificate.adapters.status_bits import build_status_credential
from services.certificate.domain.addresses import Addresses
from services.certificate.domain.did import verification_method
from services.certificate.domain.issuer import Issuer, SealedKey
from services.certificate.domain.status_list import VALIDITY, StatusList


class TenantSigner:
    """Signs with the tenants' own keys, which a vault keeps sealed."""

    def __init__(self, vault: KeyVault, addresses: Addresses) -> None:
        self._vault = vault
        self._addresses = addresses

    def make_key(self, tenant_id: UUID, key_id: str) -> SealedKey:
        """A new key, sealed."""
        return self._vault.generate(tenant_id, key_id)

    async def sign(
        self, documents: Sequence[Mapping[str, object]], issuer: Issuer, now: datetime
    ) -> Sequence[bytes]:
        """Documents with the issuer's proof, verified. Raises CertificateError."""
        return await asyncio.to_thread(self._sign, documents, issuer, now)

    async def sign_status_list(
        self, status_list: StatusList, issuer: Issuer, now: datetime
    ) -> bytes:
        """A status list as a signed credential, valid for VALIDITY. Raises CertificateError."""
        document = build_status_credential(
            list_url=self._addresses.status_list(status_list.tenant_id, status_list.list_id),
            issuer=issuer.profile,
            bits=status_list.bits,
            valid_from=now,
            valid_until=now + VALIDITY,
        )
        return (await self.sign([document], issuer, now))[0]

    async def verifies(self, document: bytes, public_key_multibase: str) -> bool:
        """Whether a document of ours has a proof of this key."""
        try:
            await asyncio.to_thread(verify_own, document, public_key_multibase=public_key_multibase)
        except SigningError:
            return False
        return True

    def _sign(
        self, documents: Sequence[Mapping[str, object]], issuer: Issuer, now: datetime
    ) -> Sequence[bytes]:
        key = self._vault.open(issuer.key)
        method = verification_method(issuer.profile.did, key.key_id)
        return [sign(each, key=key, verification_method=method, now=now) for each in documents]

"""A tenant's signing keys: made here, kept only encrypted.

Ed25519 (RFC 8032) under AES-256-GCM (NIST SP 800-38D). Tenant and key id are associated data, so a
sealed key copied to another tenant's row does not open. The public half is a ``Multikey`` (W3C
Controlled Identifiers 1.0): multicodec ``0xed01``, base58btc multibase.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from uuid import UUID

from cryptography.hazmat.primitives.asymmetric.ed25519 import (
    Ed25519PrivateKey,
    Ed25519PublicKey,
)
from openvc.multibase import MultibaseError, decode_multibase, encode_multibase

from services.certificate.domain.errors import CertificateError
from services.certificate.domain.issuer import SealedKey
from shared.sealing import MasterKeyError, NotOpenedError, Seal

_ED25519_MULTICODEC = b"\xed\x01"


@dataclass(frozen=True)
class TenantKey:
    """An opened key. Keep it in memory only."""

    tenant_id: UUID
    key_id: str
    public_key_multibase: str
    private_key: Ed25519PrivateKey = field(repr=False)


class KeyVault:
    """Makes, seals and opens tenants' keys under one master key."""

    def __init__(self, master_key: str) -> None:
        """``master_key``: 32 bytes in base64url, padded or not, from the settings.

        Raises CertificateError ``master_key_invalid``.
        """
        try:
            self._seal = Seal(master_key)
        except MasterKeyError as error:
            raise CertificateError("master_key_invalid", str(error)) from error

    def generate(self, tenant_id: UUID, key_id: str) -> SealedKey:
        """A new key, sealed. Each call makes a different one."""
        private_key = Ed25519PrivateKey.generate()
        owner = _associated_data(tenant_id, key_id)
        return SealedKey(
            tenant_id=tenant_id,
            key_id=key_id,
            public_key_multibase=public_multibase(private_key.public_key()),
            sealed=self._seal.seal(private_key.private_bytes_raw(), owner),
        )

    def open(self, key: SealedKey) -> TenantKey:
        """The key, ready to sign.

        Raises CertificateError ``key_not_opened`` for a wrong master key, changed bytes or a key
        sealed for another tenant or id (AES-GCM cannot tell these apart), and ``key_mismatch``
        when the stored public key is not that of the private one.
        """
        try:
            raw = self._seal.open(key.sealed, _associated_data(key.tenant_id, key.key_id))
        except NotOpenedError as error:
            raise CertificateError(
                "key_not_opened",
                f"key {key.key_id} of tenant {key.tenant_id} does not open: the master key is not "
                "the one it was sealed with, or the stored key was changed or moved",
            ) from error
        private_key = Ed25519PrivateKey.from_private_bytes(raw)
        if public_multibase(private_key.public_key()) != key.public_key_multibase:
            raise CertificateError("key_mismatch", f"key {key.key_id}: public half does not match")
        return TenantKey(key.tenant_id, key.key_id, key.public_key_multibase, private_key)


def public_multibase(key: Ed25519PublicKey) -> str:
    """A public key as ``publicKeyMultibase``."""
    return encode_multibase(_ED25519_MULTICODEC + key.public_bytes_raw())


def public_key_from_multibase(value: str) -> Ed25519PublicKey:
    """The inverse of public_multibase. Raises CertificateError ``public_key_invalid``."""
    try:
        raw = decode_multibase(value)
        if not raw.startswith(_ED25519_MULTICODEC):
            raise ValueError("not an Ed25519 Multikey")  # noqa: TRY301  # one refusal for both
        return Ed25519PublicKey.from_public_bytes(raw[len(_ED25519_MULTICODEC) :])
    except (MultibaseError, ValueError) as error:
        raise CertificateError("public_key_invalid", f"not an Ed25519 Multikey: {error}") from error


def _associated_data(tenant_id: UUID, key_id: str) -> bytes:
    return tenant_id.bytes + key_id.encode()

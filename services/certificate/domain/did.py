"""A tenant's decentralised identifier and the document that publishes its keys.

Standards: W3C did:web method, DID Core 1.0, Controlled Identifiers 1.0 (``Multikey``).
"""

from __future__ import annotations

import ipaddress
from collections.abc import Iterable
from dataclasses import dataclass
from urllib.parse import SplitResult, urlsplit
from uuid import UUID

from services.certificate.domain.errors import CertificateError


@dataclass(frozen=True)
class PublicKey:
    """A key that verifies a tenant's credentials. Retired keys stay published."""

    key_id: str
    public_key_multibase: str


def tenant_did(public_url: str, tenant_id: UUID) -> str:
    """``did:web:host%3Aport:tenants:{tenant_id}`` for the service's public URL.

    Raises CertificateError ``public_url_invalid`` unless the URL is http(s)://host[:port] with a
    host name: did:web forbids IP addresses.
    """
    parts = _checked(public_url)
    port = f"%3A{parts.port}" if parts.port is not None else ""
    return f"did:web:{parts.hostname}{port}:tenants:{tenant_id}"


def document_path(tenant_id: UUID) -> str:
    """The path at which the DID document is served."""
    return f"/tenants/{tenant_id}/did.json"


def verification_method(did: str, key_id: str) -> str:
    """The full id of a key, as a proof names it."""
    return f"{did}#{key_id}"


def did_document(did: str, keys: Iterable[PublicKey]) -> dict[str, object]:
    """The DID document: every key the tenant ever signed with, so old credentials verify.

    Raises CertificateError ``keys_missing`` without a key and ``key_id_repeated`` for two keys of
    the same id.
    """
    listed = list(keys)
    if not listed:
        raise CertificateError("keys_missing", "a DID document needs at least one key")
    if len({key.key_id for key in listed}) != len(listed):
        raise CertificateError("key_id_repeated", "two keys have the same id")
    return {
        "@context": ["https://www.w3.org/ns/did/v1", "https://w3id.org/security/multikey/v1"],
        "id": did,
        "verificationMethod": [
            {
                "id": verification_method(did, key.key_id),
                "type": "Multikey",
                "controller": did,
                "publicKeyMultibase": key.public_key_multibase,
            }
            for key in listed
        ],
        "assertionMethod": [verification_method(did, key.key_id) for key in listed],
    }


def _checked(public_url: str) -> SplitResult:
    parts = urlsplit(public_url)
    try:
        valid = (
            parts.scheme in ("http", "https")
            and parts.hostname is not None
            and parts.port != 0
            and parts.username is None
            and parts.path in ("", "/")
            and not parts.query
            and not parts.fragment
            and not _is_address(parts.hostname)
        )
    except ValueError:
        valid = False
    if not valid:
        raise CertificateError(
            "public_url_invalid",
            f"{public_url!r} is not http(s)://host[:port] with a host name",
        )
    return parts


def _is_address(host: str) -> bool:
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True

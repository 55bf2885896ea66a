"""The status list on the wire: W3C Bitstring Status List 1.0, coded by openvc-core."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from openvc.status import (
    StatusListError,
    build_status_list_credential,
    decode_bitstring,
    encode_bitstring,
)

from services.certificate.domain.errors import CertificateError
from services.certificate.domain.issuer import IssuerProfile
from services.certificate.domain.status_list import LIST_LENGTH


def encode_bits(bits: bytes) -> str:
    """The ``encodedList``: gzip, base64url, multibase prefix ``u``."""
    return encode_bitstring(bits)


def decode_bits(encoded: str) -> bytes:
    """The inverse of encode_bits; what it unpacks is bounded.

    Raises CertificateError ``status_list_invalid``.
    """
    try:
        return decode_bitstring(encoded)
    except StatusListError as error:
        raise CertificateError("status_list_invalid", str(error)) from error


def build_status_credential(
    *,
    list_url: str,
    issuer: IssuerProfile,
    bits: bytes,
    valid_from: datetime,
    valid_until: datetime | None = None,
) -> dict[str, Any]:
    """The unsigned ``BitstringStatusListCredential`` of a tenant, to be signed with its key.

    ``valid_until`` keeps an old copy, on which a revocation is missing, from being replayed for
    ever: republish before it passes. Raises CertificateError ``status_list_invalid`` for a list
    that is too short, a time without a zone or an unusable URL.
    """
    if len(bits) * 8 < LIST_LENGTH:
        raise CertificateError("status_list_invalid", f"a list has at least {LIST_LENGTH} places")
    if valid_from.tzinfo is None or (valid_until is not None and valid_until.tzinfo is None):
        raise CertificateError("status_list_invalid", "a status list's times need a time zone")
    try:
        return build_status_list_credential(
            id=list_url,
            issuer=issuer.did,
            bitstring=bits,
            status_purpose="revocation",
            valid_from=valid_from,
            valid_until=valid_until,
        )
    except StatusListError as error:
        raise CertificateError("status_list_invalid", str(error)) from error

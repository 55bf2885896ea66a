"""Checking credentials with a library that did not sign them: openbadgeslib.

Nothing of services.certificate is imported here.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from openbadgeslib.ob3.did import resolve_verification_method
from openbadgeslib.ob3.ldp import OB3LdpVerifier, verify_data_integrity_proof
from openbadgeslib.ob3.verifier import OB3VerificationError


class NotVerifiedError(Exception):
    """The independent library, or the DID document, does not support the credential."""


def verify_independently(credential_bytes: bytes, did_document: Mapping[str, Any]) -> None:
    """Raise NotVerifiedError unless openbadgeslib accepts the credential with this did:web document.

    It checks the Data Integrity proof, that the proof's key belongs to the issuer's DID and may
    assert, that the JSON says exactly what is signed, the Open Badges shape and the dates.
    """
    served = _served(did_document)
    _require_assertion(credential_bytes, did_document)
    try:
        OB3LdpVerifier().verify(credential_bytes, download=served)
    except OB3VerificationError as error:
        raise NotVerifiedError(str(error)) from error


def is_revoked_independently(
    credential_bytes: bytes, status_list_bytes: bytes, did_document: Mapping[str, Any]
) -> bool:
    """Whether openbadgeslib reads the credential's bit as set; raises NotVerifiedError otherwise.

    The status list's proof and issuer and the credential itself are verified first.
    """
    verify_independently(credential_bytes, did_document)
    _verify_status_list(status_list_bytes, did_document)
    list_url = json.loads(status_list_bytes)["id"]
    did_url = _did_url(str(did_document["id"]))

    def download(url: str) -> bytes:
        if url == list_url:
            return status_list_bytes
        if url == did_url:
            return json.dumps(did_document).encode()
        raise NotVerifiedError(f"unexpected fetch of {url}")

    try:
        OB3LdpVerifier().verify(
            credential_bytes, download=download, check_status=True, verify_status_list=False
        )
    except OB3VerificationError as error:
        if "status 'revocation' is set" in str(error):
            return True
        raise NotVerifiedError(str(error)) from error
    return False


def _verify_status_list(status_list_bytes: bytes, did_document: Mapping[str, Any]) -> None:
    status_list = json.loads(status_list_bytes)
    _require_assertion(status_list_bytes, did_document)
    if status_list["issuer"] != did_document["id"]:
        raise NotVerifiedError("the status list has another issuer")
    try:
        method = status_list["proof"][0]["verificationMethod"]
        pem = resolve_verification_method(method, download=_served(did_document))
        verify_data_integrity_proof(status_list, pem)
    except OB3VerificationError as error:
        raise NotVerifiedError(str(error)) from error


def _require_assertion(document: bytes, did_document: Mapping[str, Any]) -> None:
    try:
        method = json.loads(document)["proof"][0]["verificationMethod"]
    except (ValueError, KeyError, IndexError, TypeError) as error:
        raise NotVerifiedError(f"no proof to look at: {error!r}") from error
    if method not in did_document.get("assertionMethod", []):
        raise NotVerifiedError(f"{method} may not assert for {did_document.get('id')}")


def _served(did_document: Mapping[str, Any]) -> Any:
    expected = _did_url(str(did_document["id"]))

    def download(url: str) -> bytes:
        if url != expected:
            raise NotVerifiedError(f"unexpected fetch of {url}")
        return json.dumps(did_document).encode()

    return download


def _did_url(did: str) -> str:
    host, *path = did.removeprefix("did:web:").split(":")
    return f"https://{host.replace('%3A', ':')}/{'/'.join(path)}/did.json"

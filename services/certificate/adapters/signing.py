"""Signing a credential: a W3C Data Integrity proof, cryptosuite eddsa-rdfc-2022.

Source: W3C Data Integrity EdDSA Cryptosuites 1.0, section 3.2. Canonical form (RDFC-1.0) comes
from pyld, Ed25519 from cryptography, base58 from openvc-core; here is only what joins them, and
ADR 0005 says why. openvc-core and openbadgeslib check the results in the tests.

Contexts are files beside this module, pinned by digest; nothing is ever fetched. pyld leaves out
silently what a context does not define, so such a document is refused before it is signed.
"""

from __future__ import annotations

import hashlib
import json
import re
import threading
from collections.abc import Mapping
from datetime import UTC, datetime
from functools import lru_cache
from pathlib import Path
from typing import Any, NoReturn, cast

from cryptography.exceptions import InvalidSignature
from openvc.multibase import MultibaseError, decode_multibase, encode_multibase
from pyld import jsonld
from pyld.context_resolver import ContextResolver

from services.certificate.adapters.keys import TenantKey, public_key_from_multibase
from services.certificate.domain.errors import CertificateError

CRYPTOSUITE = "eddsa-rdfc-2022"

_PINNED = {
    "https://www.w3.org/ns/credentials/v2": (
        "credentials-v2.json",
        "59955ced6697d61e03f2b2556febe5308ab16842846f5b586d7f1f7adec92734",
    ),
    "https://purl.imsglobal.org/spec/ob/v3p0/context-3.0.3.json": (
        "ob-v3p0-context-3.0.3.json",
        "3d34f4d4ef1bce691106e63798beb5e7b862ba841423f5ee1e53ab7ddf3bca84",
    ),
}
# pyld resolves a relative id or type against a made-up base and would sign the result. This base
# marks them, so that they are found.
_RELATIVE = "relative:"
_ABSOLUTE_IRI = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:[^\s<>\"{}|\\^`]+")


class SigningError(CertificateError):
    """A document that is not signed, or a proof that does not verify.

    Codes: ``not_signable``, ``unknown_context``, ``undefined_term``, ``proof_invalid``.
    """


def sign(
    credential: Mapping[str, Any], *, key: TenantKey, verification_method: str, now: datetime
) -> bytes:
    """The signed credential as the bytes to store and publish, never to be changed again.

    Compact JSON with sorted keys in UTF-8; ``proof`` is an array, as the OB 3.0 schema wants it.
    What comes out has been verified against the key's published half. Raises SigningError:
    ``undefined_term`` for a member, type or id the signature would not cover,
    ``unknown_context`` for a context that is not pinned, ``not_signable`` for anything else, and
    ``proof_invalid`` when the result does not verify.
    """
    _check_signable(credential, now)
    options = {
        "type": "DataIntegrityProof",
        "cryptosuite": CRYPTOSUITE,
        "created": now.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
        "verificationMethod": verification_method,
        "proofPurpose": "assertionMethod",
    }
    signature = key.private_key.sign(_hash_data(credential, options))
    proof = {**options, "proofValue": encode_multibase(signature)}
    document = _json_bytes({**credential, "proof": [proof]})
    verify_own(document, public_key_multibase=key.public_key_multibase)
    return document


def verify_own(document: bytes, *, public_key_multibase: str) -> dict[str, Any]:
    """Check the proof of a document this service signed, and give the document back.

    For our own stored bytes only: the cost of canonical form is not bounded against a document
    made to be expensive. It does not look at dates or revocation. Raises SigningError
    ``proof_invalid``, ``unknown_context`` or ``undefined_term``.
    """
    credential = _parse(document)
    proof = _only_proof(credential.pop("proof", None))
    try:
        signature = decode_multibase(str(proof.pop("proofValue", "")))
    except MultibaseError as error:
        raise SigningError("proof_invalid", f"proofValue: {error}") from error
    try:
        public_key_from_multibase(public_key_multibase).verify(
            signature, _hash_data(credential, proof)
        )
    except InvalidSignature as error:
        raise SigningError("proof_invalid", "the signature does not match") from error
    return _parse(document)


def load_context(url: str, options: object = None) -> dict[str, Any]:  # noqa: ARG001  # pyld passes it
    """The pinned context of a URL, in the form pyld asks its document loader for.

    Never uses the network. Raises SigningError ``unknown_context`` for any other URL.
    """
    if url not in _PINNED:
        raise SigningError("unknown_context", f"context {url!r} is not pinned; none is fetched")
    return {
        "contextUrl": None,
        "documentUrl": url,
        "document": _pinned_document(url),
        "tag": "static",
    }


@lru_cache
def _pinned_document(url: str) -> dict[str, Any]:
    name, digest = _PINNED[url]
    content = (Path(__file__).parent / "contexts" / name).read_bytes()
    if hashlib.sha256(content).hexdigest() != digest:
        raise SigningError("unknown_context", f"the bundled file {name} is not the pinned one")
    return cast("dict[str, Any]", json.loads(content))


def _refuse_dropped(term: object) -> NoReturn:
    raise SigningError("undefined_term", f"no pinned context defines {term!r}")


class _Processor(jsonld.JsonLdProcessor):  # type: ignore[misc]  # pyld has no types
    """pyld's processor, except that it refuses what the RDF conversion would leave out."""

    def __init__(self) -> None:
        super().__init__(on_property_dropped=_refuse_dropped)

    def expand(self, input_: object, options: Mapping[str, Any]) -> object:
        """Called by pyld at the start of every conversion to RDF."""
        expanded = super().expand(input_, options)
        _check_covered(expanded)
        return expanded


class _Canonicalizer:
    """RDFC-1.0 through pyld, with the processed contexts kept between calls.

    Its own resolver keeps pyld's process-wide cache out of what is signed. pyld's caches are not
    safe for threads, hence the lock; the work holds the interpreter lock anyway.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._processor = _Processor()
        self._options = {
            "algorithm": "URDNA2015",
            "format": "application/n-quads",
            "base": f"{_RELATIVE}//invalid/",
            "documentLoader": load_context,
            "contextResolver": ContextResolver({}, load_context),
        }

    def digest(self, document: Mapping[str, Any]) -> bytes:
        """SHA-256 of the canonical N-Quads. Refuses what they would leave out."""
        with self._lock:
            try:
                quads = self._processor.normalize(dict(document), self._options)
            except jsonld.JsonLdError as error:
                raise _as_signing_error(error) from error
        return hashlib.sha256(cast("str", quads).encode()).digest()


_canonicalizer = _Canonicalizer()


def _hash_data(credential: Mapping[str, Any], options: Mapping[str, Any]) -> bytes:
    """Proof options first, then the document: section 3.2.4 of the cryptosuite."""
    contexts = _checked_contexts(credential.get("@context"))
    options_digest = _options_digest(contexts, json.dumps(options, sort_keys=True))
    return options_digest + _canonicalizer.digest(credential)


@lru_cache(maxsize=256)
def _options_digest(contexts: tuple[str, ...], options: str) -> bytes:
    """The same for every credential a key signs in one second, so kept."""
    return _canonicalizer.digest({**json.loads(options), "@context": list(contexts)})


def _checked_contexts(context: object) -> tuple[str, ...]:
    """The pinned URLs a document names: an inline context could redefine what is signed."""
    if not isinstance(context, list) or not context:
        raise SigningError("unknown_context", "@context must be a list of pinned URLs")
    for url in context:
        if not isinstance(url, str) or url not in _PINNED:
            raise SigningError("unknown_context", f"context {url!r} is not pinned")
    return tuple(context)


def _check_covered(expanded: object) -> None:
    """Refuse ids and types that are no IRIs: undefined, or dropped by the RDF conversion."""
    if isinstance(expanded, list):
        for item in expanded:
            _check_covered(item)
    elif isinstance(expanded, dict) and "@value" not in expanded:
        for iri in [*expanded.get("@type", []), expanded.get("@id", "urn:none")]:
            if iri.startswith(_RELATIVE) or not _ABSOLUTE_IRI.fullmatch(iri):
                raise SigningError("undefined_term", f"{iri!r} is no absolute IRI, nor a term")
        for member, value in expanded.items():
            if member not in ("@id", "@type"):
                _check_covered(value)


def _check_signable(credential: Mapping[str, Any], now: datetime) -> None:
    if "proof" in credential:
        raise SigningError("not_signable", "the document already has a proof")
    if now.tzinfo is None:
        raise SigningError("not_signable", "the time of signing needs a time zone")
    _check_json(credential)


def _check_json(value: object) -> None:
    """JSON only, and nothing JSON-LD reads as absent: null, or a list inside a list."""
    if isinstance(value, Mapping):
        for member, item in value.items():
            if not isinstance(member, str):
                raise SigningError("not_signable", f"member {member!r} is not a string")
            _check_json(item)
    elif isinstance(value, list):
        if any(isinstance(item, list) for item in value):
            raise SigningError("not_signable", "a list inside a list is not covered")
        for item in value:
            _check_json(item)
    elif not isinstance(value, str | bool | int | float):
        raise SigningError("not_signable", f"{value!r} is not covered by a signature")


def _json_bytes(document: Mapping[str, Any]) -> bytes:
    try:
        text = json.dumps(
            document, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False
        )
        return text.encode()
    except ValueError as error:
        raise SigningError("not_signable", f"not valid JSON: {error}") from error


def _parse(document: bytes) -> dict[str, Any]:
    try:
        parsed = json.loads(document)
    except ValueError as error:
        raise SigningError("proof_invalid", "the document is not JSON") from error
    if not isinstance(parsed, dict):
        raise SigningError("proof_invalid", "the document is not an object")
    return parsed


def _only_proof(proofs: object) -> dict[str, Any]:
    if not isinstance(proofs, list) or len(proofs) != 1 or not isinstance(proofs[0], dict):
        raise SigningError("proof_invalid", "one proof in an array is expected")
    if proofs[0].get("cryptosuite") != CRYPTOSUITE:
        raise SigningError("proof_invalid", f"the cryptosuite is not {CRYPTOSUITE}")
    return dict(proofs[0])


def _as_signing_error(error: BaseException) -> SigningError:
    """Pyld wraps what its hooks raise; give back ours when it is the cause."""
    cause: BaseException | None = error
    while cause is not None:
        if isinstance(cause, SigningError):
            return cause
        cause = cause.__cause__
    return SigningError("not_signable", f"no canonical form: {error}")

from __future__ import annotations

import hashlib
import json
import socket
import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from openbadgeslib.ob3.contexts import bundled_contexts as contexts_of_openbadgeslib
from openvc.keys import Ed25519SigningKey
from openvc.multibase import decode_multibase
from openvc.proof.contexts import bundled_contexts as contexts_of_openvc
from openvc.proof.data_integrity import DataIntegrityProofSuite

from deploy.demo.independent import (
    NotVerifiedError,
    is_revoked_independently,
    verify_independently,
)
from services.certificate.adapters import signing
from services.certificate.adapters.keys import TenantKey, public_multibase
from services.certificate.adapters.signing import SigningError, load_context, sign, verify_own
from services.certificate.domain.credential import OB_CONTEXT, VC_CONTEXT
from tests.certificate.samples import (
    NOW,
    OTHER_TENANT,
    TENANT,
    SampleIssuer,
    sample_issuer,
)

GOLDEN = Path(__file__).parent / "golden" / "2026-11"


@pytest.fixture(scope="module")
def issuer() -> SampleIssuer:
    return sample_issuer()


def test_an_independent_library_verifies_what_we_sign(issuer: SampleIssuer) -> None:
    document = issuer.signed()
    verify_independently(document, issuer.document)
    assert isinstance(json.loads(document)["proof"], list)


def test_a_third_library_signs_to_the_same_bytes(issuer: SampleIssuer) -> None:
    """Ed25519 is deterministic: equal signatures mean equal canonical forms and hashes."""
    credential = issuer.credential()
    theirs = DataIntegrityProofSuite().add_proof(
        credential,
        signing_key=Ed25519SigningKey(issuer.key.private_key, issuer.method),
        verification_method=issuer.method,
        created=NOW,
        extra_contexts={OB_CONTEXT: contexts_of_openbadgeslib()[OB_CONTEXT]},
    )
    assert json.loads(issuer.sign(credential)) == {**theirs, "proof": [theirs["proof"]]}


def test_the_published_vector_of_the_w3c(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """W3C Data Integrity EdDSA Cryptosuites 1.0, appendix B.1."""
    examples = "https://www.w3.org/ns/credentials/examples/v2"
    content = b'{"@context": {"@vocab": "https://www.w3.org/ns/credentials/examples#"}}'
    file = tmp_path / "examples.json"
    file.write_bytes(content)
    monkeypatch.setitem(signing._PINNED, examples, (str(file), hashlib.sha256(content).hexdigest()))
    monkeypatch.setattr(signing, "_canonicalizer", signing._Canonicalizer())
    public = "z6MkrJVnaZkeFzdQyMZu1cgjg7k1pZZ6pvBQ7XJPt4swbTQ2"
    secret = decode_multibase("z3u2en7t5LR2WtQH5PfFqMqwVHBeXouLzo6haApm8XHqvjxq")
    private_key = Ed25519PrivateKey.from_private_bytes(secret[2:])
    assert public_multibase(private_key.public_key()) == public
    document = sign(
        {
            "@context": [VC_CONTEXT, examples],
            "id": "urn:uuid:58172aac-d8ba-11ed-83dd-0b3aef56cc33",
            "type": ["VerifiableCredential", "AlumniCredential"],
            "name": "Alumni Credential",
            "description": "A minimum viable example of an Alumni Credential.",
            "issuer": "https://vc.example/issuers/5678",
            "validFrom": "2023-01-01T00:00:00Z",
            "credentialSubject": {
                "id": "did:example:abcdefgh",
                "alumniOf": "The School of Examples",
            },
        },
        key=TenantKey(TENANT, public, public, private_key),
        verification_method=f"did:key:{public}#{public}",
        now=datetime(2023, 2, 24, 23, 36, 38, tzinfo=UTC),
    )
    assert json.loads(document)["proof"][0]["proofValue"] == (
        "z2YwC8z3ap7yx1nZYCg4L3j3ApHsF8kgPdSb5xoS1VR7vPG3F561B52hYnQF9iseabecm3ijx4K1FBTQsCZahKZme"
    )


def test_the_bytes_are_compact_sorted_utf8(issuer: SampleIssuer) -> None:
    document = issuer.signed()
    text = json.dumps(
        json.loads(document), sort_keys=True, separators=(",", ":"), ensure_ascii=False
    )
    assert document == text.encode()
    assert "Führungskräfte".encode() in document
    assert document == issuer.signed()


def test_a_stored_credential_of_an_earlier_release_still_verifies() -> None:
    document = (GOLDEN / "credential.json").read_bytes()
    did_document = json.loads((GOLDEN / "did.json").read_bytes())
    status_list = (GOLDEN / "status-list.json").read_bytes()
    public = did_document["verificationMethod"][0]["publicKeyMultibase"]
    assert verify_own(document, public_key_multibase=public)["id"].endswith("/credentials/1")
    verify_independently(document, did_document)
    assert is_revoked_independently(document, status_list, did_document)


TAMPERINGS = [
    (b'"name":"Stadt Mannheim"', b'"name":"Stadt Trier"'),
    (b'"statusListIndex":"1"', b'"statusListIndex":"2"'),
    (b'"identityHash":"sha256$', b'"identityHash":"sha256$0'),
    (b'"creditsAvailable":1.5', b'"creditsAvailable":15'),
    (b'"validFrom":"2026', b'"validFrom":"2020'),
    (b'"created":"2026', b'"created":"2020'),
    (b'"proofValue":"z', b'"proofValue":"z2'),
]


@pytest.mark.parametrize(("old", "new"), TAMPERINGS)
def test_a_tampered_credential_fails(issuer: SampleIssuer, old: bytes, new: bytes) -> None:
    document = issuer.signed()
    tampered = document.replace(old, new, 1)
    assert tampered != document
    with pytest.raises(NotVerifiedError):
        verify_independently(tampered, issuer.document)
    with pytest.raises(SigningError) as refused:
        verify_own(tampered, public_key_multibase=issuer.key.public_key_multibase)
    assert refused.value.code == "proof_invalid"


def test_another_tenants_key_does_not_verify(issuer: SampleIssuer) -> None:
    other = sample_issuer(OTHER_TENANT)
    with pytest.raises(NotVerifiedError):
        verify_independently(issuer.signed(), other.document)
    forged = sign(issuer.credential(), key=other.key, verification_method=issuer.method, now=NOW)
    with pytest.raises(NotVerifiedError):
        verify_independently(forged, issuer.document)


def test_a_key_that_may_not_assert_is_refused(issuer: SampleIssuer) -> None:
    with pytest.raises(NotVerifiedError, match="may not assert"):
        verify_independently(issuer.signed(), {**issuer.document, "assertionMethod": []})


def test_a_key_whose_published_half_is_wrong_signs_nothing(issuer: SampleIssuer) -> None:
    wrong = replace(issuer.key, public_key_multibase=sample_issuer().key.public_key_multibase)
    with pytest.raises(SigningError) as refused:
        sign(issuer.credential(), key=wrong, verification_method=issuer.method, now=NOW)
    assert refused.value.code == "proof_invalid"


def changed(credential: dict[str, Any], path: str, value: object) -> dict[str, Any]:
    copy: dict[str, Any] = json.loads(json.dumps(credential))
    *parents, last = path.split("/")
    target = copy
    for parent in parents:
        target = target[parent]
    target[last] = value
    return copy


@pytest.mark.parametrize(
    ("path", "value", "code"),
    [
        ("undefinedTerm", "x", "undefined_term"),
        ("issuer/undefinedTerm", "x", "undefined_term"),
        ("credentialSubject/achievement/undefinedTerm", "x", "undefined_term"),
        ("credentialStatus/undefinedTerm", "x", "undefined_term"),
        ("type", ["VerifiableCredential", "NoSuchCredential"], "undefined_term"),
        ("id", "credentials/1", "undefined_term"),
        ("id", "//example.org/credentials/1", "undefined_term"),
        ("id", "", "undefined_term"),
        ("credentialSubject/achievement/type", ["NoSuchType"], "undefined_term"),
        ("credentialSubject/achievement/image", "image.png", "undefined_term"),
        ("issuer/id", "https://example.org/with space", "undefined_term"),
        ("@context", VC_CONTEXT, "unknown_context"),
        ("@context", [], "unknown_context"),
        ("@context", [VC_CONTEXT, {"@vocab": "https://example.org/"}], "unknown_context"),
        ("@context", [VC_CONTEXT, "https://example.org/context"], "unknown_context"),
        ("name", None, "not_signable"),
        ("name", b"bytes", "not_signable"),
        ("name", float("nan"), "not_signable"),
        ("issuer", [["did:web:example.org"]], "not_signable"),
        ("proof", [], "not_signable"),
    ],
)
def test_what_a_signature_would_not_cover_is_refused(
    issuer: SampleIssuer, path: str, value: object, code: str
) -> None:
    with pytest.raises(SigningError) as refused:
        issuer.sign(changed(issuer.credential(), path, value))
    assert refused.value.code == code


def test_a_time_without_a_zone_signs_nothing(issuer: SampleIssuer) -> None:
    with pytest.raises(SigningError) as refused:
        sign(
            issuer.credential(),
            key=issuer.key,
            verification_method=issuer.method,
            now=NOW.replace(tzinfo=None),
        )
    assert refused.value.code == "not_signable"


@pytest.mark.parametrize(
    "document", [b"", b"\xff", b"[]", b"{}", b'{"proof": {}}', b'{"proof": [{}, {}]}']
)
def test_what_is_no_signed_document_does_not_verify(issuer: SampleIssuer, document: bytes) -> None:
    with pytest.raises(SigningError) as refused:
        verify_own(document, public_key_multibase=issuer.key.public_key_multibase)
    assert refused.value.code == "proof_invalid"
    with pytest.raises(NotVerifiedError):
        verify_independently(document, issuer.document)


def test_no_context_is_ever_fetched(issuer: SampleIssuer, monkeypatch: pytest.MonkeyPatch) -> None:
    def no_network(*_: object, **__: object) -> None:
        raise AssertionError("the network was used")

    monkeypatch.setattr(socket, "getaddrinfo", no_network)
    monkeypatch.setattr(socket.socket, "connect", no_network)
    monkeypatch.setattr(signing, "_canonicalizer", signing._Canonicalizer())
    verify_independently(issuer.signed(), issuer.document)
    for url in ("https://w3id.org/security/v2", OB_CONTEXT + "?", "file:///etc/hostname"):
        with pytest.raises(SigningError) as refused:
            load_context(url)
        assert refused.value.code == "unknown_context"


def test_the_pinned_contexts_are_those_the_libraries_ship() -> None:
    theirs = contexts_of_openbadgeslib()
    assert load_context(VC_CONTEXT)["document"] == theirs[VC_CONTEXT]
    assert load_context(VC_CONTEXT)["document"] == contexts_of_openvc()[VC_CONTEXT]
    assert load_context(OB_CONTEXT)["document"] == theirs[OB_CONTEXT]


def test_a_changed_context_file_is_noticed(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    file = tmp_path / "context.json"
    file.write_text("{}")
    url = "https://example.org/changed"
    monkeypatch.setitem(signing._PINNED, url, (str(file), "0" * 64))
    with pytest.raises(SigningError, match="not the pinned one"):
        load_context(url)


def test_threads_do_not_disturb_each_other(issuer: SampleIssuer) -> None:
    start = threading.Barrier(4)

    def work(number: int) -> bytes:
        if number < 4:
            start.wait()
        return issuer.signed(number)

    with ThreadPoolExecutor(4) as pool:
        together = list(pool.map(work, range(16)))
    assert together == [issuer.signed(number) for number in range(16)]

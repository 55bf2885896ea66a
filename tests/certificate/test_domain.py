from __future__ import annotations

import hashlib
from dataclasses import FrozenInstanceError, replace
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest
from openbadgeslib.ob3.credential import IdentityObject

from services.certificate.domain.achievement import Achievement, Competence
from services.certificate.domain.addresses import Addresses
from services.certificate.domain.award import Award, AwardState, Recipient, Waiting
from services.certificate.domain.credential import StatusPlace, build_credential, identity
from services.certificate.domain.did import PublicKey, did_document, document_path, tenant_did
from services.certificate.domain.errors import CertificateError
from services.certificate.domain.issuer import IssuerProfile
from tests.certificate.builders import an_award
from tests.certificate.samples import ACHIEVEMENT, BASE, NOW, TENANT, sample_issuer

RECIPIENT = Recipient("Aylin Öztürk", "aylin@example.org")
CREDENTIAL_ID = UUID(int=9)


def award() -> Award:
    return an_award()


def issued(of: Award) -> Award:
    return of.issue(
        recipient=RECIPIENT,
        key_id="key-1",
        credential_id=CREDENTIAL_ID,
        list_id=1,
        status_index=7,
        now=NOW,
    )


@pytest.mark.parametrize(
    ("recipient", "key_id", "missing"),
    [
        (None, None, {Waiting.RECIPIENT, Waiting.ISSUER_KEY}),
        (RECIPIENT, None, {Waiting.ISSUER_KEY}),
        (None, "key-1", {Waiting.RECIPIENT}),
        (RECIPIENT, "key-1", set()),
    ],
)
def test_an_award_says_what_it_waits_for(
    recipient: Recipient | None, key_id: str | None, missing: set[Waiting]
) -> None:
    assert award().waiting_for(recipient=recipient, key_id=key_id) == missing


def test_an_award_that_waits_is_not_issued() -> None:
    with pytest.raises(CertificateError, match="recipient") as refused:
        award().issue(
            recipient=None,
            key_id="key-1",
            credential_id=CREDENTIAL_ID,
            list_id=1,
            status_index=7,
            now=NOW,
        )
    assert refused.value.code == "award_waiting"


def test_an_award_is_issued_once_and_keeps_no_personal_data() -> None:
    done = issued(award())
    assert (done.state, done.credential_id, done.key_id, done.status_index, done.issued_at) == (
        AwardState.ISSUED,
        CREDENTIAL_ID,
        "key-1",
        7,
        NOW,
    )
    assert "aylin" not in repr(done).lower()
    assert done.waiting_for(recipient=None, key_id=None) == set()
    with pytest.raises(CertificateError) as refused:
        issued(done)
    assert refused.value.code == "award_already_issued"
    with pytest.raises(FrozenInstanceError):
        done.state = AwardState.PENDING  # type: ignore[misc]


def test_revoking_twice_keeps_the_first_reason() -> None:
    revoked = issued(award()).revoke("issued to the wrong person", NOW)
    again = revoked.revoke("another reason", NOW.replace(year=2027))
    assert again == revoked
    assert (again.revocation_reason, again.revoked_at) == ("issued to the wrong person", NOW)


def test_a_pending_award_can_be_revoked_and_is_then_never_issued() -> None:
    revoked = award().revoke("participation withdrawn", NOW)
    assert (revoked.state, revoked.credential_id) == (AwardState.REVOKED, None)
    with pytest.raises(CertificateError) as refused:
        issued(revoked)
    assert refused.value.code == "award_revoked"


def test_a_revocation_needs_a_reason() -> None:
    with pytest.raises(CertificateError) as refused:
        issued(award()).revoke("  ", NOW)
    assert refused.value.code == "reason_missing"


@pytest.mark.parametrize(
    "change",
    [
        {"id": "relative"},
        {"id": "https://example.org/with space"},
        {"name": " "},
        {"description": ""},
        {"criteria": ""},
        {"hours": Decimal(0)},
        {"hours": Decimal("NaN")},
    ],
)
def test_an_achievement_that_cannot_be_published_is_refused(change: dict[str, Any]) -> None:
    with pytest.raises(CertificateError) as refused:
        replace(ACHIEVEMENT, **change)
    assert refused.value.code == "achievement_invalid"


def test_a_competence_needs_an_absolute_url() -> None:
    with pytest.raises(CertificateError):
        Competence("Datenschutz", "4.2")


def test_an_achievement_survives_being_stored() -> None:
    plain = replace(ACHIEVEMENT, hours=None, competences=())
    for each in (ACHIEVEMENT, plain):
        assert Achievement.from_mapping(each.to_mapping()) == each
    for broken in ({}, {**plain.to_mapping(), "hours": "x"}, plain.to_mapping() | {"name": ""}):
        with pytest.raises(CertificateError):
            Achievement.from_mapping(broken)


@pytest.mark.parametrize(
    ("url", "did"),
    [
        ("https://certificate.example", "did:web:certificate.example"),
        ("https://certificate.example/", "did:web:certificate.example"),
        ("http://localhost:8084", "did:web:localhost%3A8084"),
        ("https://CERTIFICATE.example:443", "did:web:certificate.example%3A443"),
    ],
)
def test_a_tenants_did_follows_from_the_public_url(url: str, did: str) -> None:
    assert tenant_did(url, TENANT) == f"{did}:tenants:{TENANT}"
    assert document_path(TENANT) == f"/tenants/{TENANT}/did.json"


@pytest.mark.parametrize(
    "url",
    [
        "ftp://certificate.example",
        "https://",
        "certificate.example",
        "https://127.0.0.1:8084",
        "http://[::1]:8084",
        "https://certificate.example/prefix",
        "https://user@certificate.example",
        "https://certificate.example:99999",
        "https://certificate.example?a=b",
    ],
)
def test_a_public_url_that_makes_no_did_is_refused(url: str) -> None:
    with pytest.raises(CertificateError) as refused:
        tenant_did(url, TENANT)
    assert refused.value.code == "public_url_invalid"


def test_the_did_document_keeps_old_keys() -> None:
    did = tenant_did(BASE, TENANT)
    document = did_document(did, [PublicKey("key-2", "z6MkB"), PublicKey("key-1", "z6MkA")])
    assert document["assertionMethod"] == [f"{did}#key-2", f"{did}#key-1"]
    methods = document["verificationMethod"]
    assert isinstance(methods, list)
    assert methods[1] == {
        "id": f"{did}#key-1",
        "type": "Multikey",
        "controller": did,
        "publicKeyMultibase": "z6MkA",
    }


def test_a_did_document_needs_distinct_keys() -> None:
    for keys, code in (
        ([], "keys_missing"),
        ([PublicKey("k", "z1"), PublicKey("k", "z2")], "key_id_repeated"),
    ):
        with pytest.raises(CertificateError) as refused:
            did_document(tenant_did(BASE, TENANT), keys)
        assert refused.value.code == code


def test_the_identity_hash_is_that_of_open_badges() -> None:
    mine = identity(" Person@Example.org ", "salt")
    assert mine == IdentityObject.create("person@example.org", "salt").to_dict()
    expected = hashlib.sha256(b"person@example.orgsalt").hexdigest()
    assert mine["identityHash"] == f"sha256${expected}"


def test_the_credential_is_what_open_badges_asks_for() -> None:
    credential = sample_issuer().credential(5)
    assert credential["@context"] == [
        "https://www.w3.org/ns/credentials/v2",
        "https://purl.imsglobal.org/spec/ob/v3p0/context-3.0.3.json",
    ]
    assert credential["type"] == ["VerifiableCredential", "OpenBadgeCredential"]
    assert credential["validFrom"] == "2026-11-20T09:30:00Z"
    assert credential["credentialStatus"]["statusListIndex"] == "5"
    assert credential["credentialStatus"]["type"] == "BitstringStatusListEntry"
    achievement = credential["credentialSubject"]["achievement"]
    assert achievement["creditsAvailable"] == 1.5
    assert achievement["creator"]["id"] == credential["issuer"]["id"]
    assert "person5@example.org" not in repr(credential)


def test_whole_hours_stay_whole_and_no_hours_say_nothing() -> None:
    issuer = sample_issuer().profile
    for hours, expected in ((Decimal("8.0"), 8), (None, None)):
        credential: dict[str, Any] = build_credential(
            credential_url=f"{BASE}/credentials/1",
            issuer=issuer,
            provider=issuer,
            achievement=replace(ACHIEVEMENT, hours=hours),
            email="a@example.org",
            salt="s",
            valid_from=NOW,
            status=StatusPlace(f"{BASE}/status/1", 0),
        )
        given = credential["credentialSubject"]["achievement"].get("creditsAvailable")
        assert given == expected
        assert type(given) is type(expected)


def test_what_makes_no_credential_is_refused() -> None:
    issuer = sample_issuer().profile
    with pytest.raises(CertificateError, match="@"):
        identity("no address", "salt")
    with pytest.raises(CertificateError, match="salt"):
        identity("a@example.org", "")
    with pytest.raises(CertificateError, match="time zone"):
        an_award(completed_at=NOW.replace(tzinfo=None))
    with pytest.raises(CertificateError):
        StatusPlace(f"{BASE}/status/1", 131_072)
    with pytest.raises(CertificateError):
        replace(issuer, did="https://example.org")
    with pytest.raises(CertificateError):
        IssuerProfile(TENANT, "", issuer.did)
    with pytest.raises(CertificateError):
        Recipient("", "a@example.org")


def test_addresses_follow_from_the_public_url() -> None:
    for url in (BASE, f"{BASE}/"):
        addresses = Addresses(url)
        below = f"{BASE}/tenants/{TENANT}"
        assert addresses.credential(TENANT, CREDENTIAL_ID) == f"{below}/credentials/{CREDENTIAL_ID}"
        assert addresses.status_list(TENANT, 1) == f"{below}/status/1"
        assert addresses.issuer(TENANT, "Mannheim").did == tenant_did(BASE, TENANT)
    with pytest.raises(CertificateError) as refused:
        Addresses("http://127.0.0.1:8104")
    assert refused.value.code == "public_url_invalid"


def test_competences_known_by_name_travel_as_tags() -> None:
    tagged = replace(ACHIEVEMENT, tags=("Recht",))
    assert Achievement.from_mapping(tagged.to_mapping()) == tagged
    with pytest.raises(CertificateError) as refused:
        replace(ACHIEVEMENT, tags=(" ",))
    assert refused.value.code == "achievement_invalid"
    with pytest.raises(CertificateError):
        Achievement.from_mapping({**ACHIEVEMENT.to_mapping(), "tags": "Recht"})


def test_a_revoked_award_is_version_two() -> None:
    assert [each.version for each in (award(), issued(award()))] == [0, 1]
    assert issued(award()).revoke("reason", NOW).version == 2

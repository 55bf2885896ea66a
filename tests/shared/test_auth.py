"""Access tokens, against an issuer of this test's own."""

import asyncio
import base64
import hmac
import time
from uuid import uuid4

import pytest
from joserfc.jwk import RSAKey

from shared.auth import tokens
from shared.auth.tokens import IssuerUnreachableError, TokenError
from tests.shared.issuers import (
    ABSENT,
    AUDIENCE,
    FIRST,
    SECOND,
    STRANGER,
    TENANT,
    Issuer,
    claims,
    encoded,
    organizations,
    signed,
)


@pytest.fixture
def issuer() -> Issuer:
    return Issuer(FIRST)


@pytest.fixture
def no_cool_down(monkeypatch: pytest.MonkeyPatch) -> None:
    """As if the cool-down had passed."""
    monkeypatch.setattr(tokens, "KEYS_COOL_DOWN_SECONDS", 0.0)


async def test_a_good_token_names_its_caller(issuer: Issuer) -> None:
    caller = await issuer.authenticator.authenticate(signed())
    assert (caller.subject, caller.tenant_ids) == ("erika", (TENANT,))
    assert caller.roles == {"tenant-admin"}


async def test_a_single_audience_may_be_a_text(issuer: Issuer) -> None:
    assert await issuer.authenticator.authenticate(signed(aud=AUDIENCE))


@pytest.mark.parametrize(
    ("claim", "value"),
    [
        ("iss", "https://identity.test/realms/another"),
        ("iss", ABSENT),
        ("aud", ["another-api"]),
        ("aud", AUDIENCE + "-2"),
        ("aud", ABSENT),
        ("aud", None),
        ("typ", "ID"),
        ("typ", "Refresh"),
        ("typ", ABSENT),
        ("exp", int(time.time()) - 1),
        ("exp", ABSENT),
        ("exp", "soon"),
        ("nbf", int(time.time()) + 86_400),
        ("nbf", "soon"),
        ("sub", ABSENT),
        ("realm_access", ["tenant-admin"]),
        ("tenant_roles", f"{TENANT}:tenant-admin"),
        ("tenant_roles", {"tenant-admin": str(TENANT)}),
        ("tenant_roles", [7]),
    ],
)
async def test_a_token_with_a_wrong_claim_is_refused(
    issuer: Issuer, claim: str, value: object
) -> None:
    with pytest.raises(TokenError):
        await issuer.authenticator.authenticate(signed(FIRST, **{claim: value}))


async def test_a_token_accepted_before_is_refused_once_it_has_expired(
    issuer: Issuer, monkeypatch: pytest.MonkeyPatch
) -> None:
    token = signed()
    await issuer.authenticator.authenticate(token)
    monkeypatch.setattr(tokens, "time", lambda: time.time() + 301)
    with pytest.raises(TokenError, match="expired"):
        await issuer.authenticator.authenticate(token)


async def test_a_key_of_the_same_name_by_a_stranger_is_refused(issuer: Issuer) -> None:
    with pytest.raises(TokenError):
        await issuer.authenticator.authenticate(signed(STRANGER))


async def test_a_changed_claim_breaks_the_signature(issuer: Issuer) -> None:
    header, _, signature = signed().split(".")
    forged = f"{header}.{encoded(claims(sub='max'))}.{signature}"
    with pytest.raises(TokenError):
        await issuer.authenticator.authenticate(forged)


@pytest.mark.parametrize("algorithm", ["none", "None", "NONE"])
async def test_a_token_without_a_signature_is_refused(issuer: Issuer, algorithm: str) -> None:
    token = f"{encoded({'alg': algorithm, 'kid': 'first'})}.{encoded(claims())}."
    with pytest.raises(TokenError):
        await issuer.authenticator.authenticate(token)


async def test_the_public_key_as_a_shared_secret_is_refused(issuer: Issuer) -> None:
    signed = f"{encoded({'alg': 'HS256', 'kid': 'first'})}.{encoded(claims())}"
    digest = hmac.digest(FIRST.as_pem(private=False), signed.encode(), "sha256")
    token = f"{signed}.{base64.urlsafe_b64encode(digest).rstrip(b'=').decode()}"
    with pytest.raises(TokenError):
        await issuer.authenticator.authenticate(token)


@pytest.mark.parametrize("token", ["", "a", "a.b.c", "..", "\x00", "ü.ü.ü", "x" * 10_000])
async def test_what_is_no_token_is_refused(issuer: Issuer, token: str) -> None:
    with pytest.raises(TokenError):
        await issuer.authenticator.authenticate(token)


async def test_keys_for_encryption_sign_nothing() -> None:
    key = RSAKey.generate_key(2048, {"kid": "sealing", "use": "enc"}, private=True)
    issuer = Issuer(FIRST, key)
    signing = RSAKey.import_key({**key.as_dict(private=True), "use": "sig"})
    with pytest.raises(TokenError):
        await issuer.authenticator.authenticate(signed(signing))


async def test_a_rotated_key_is_picked_up(issuer: Issuer, no_cool_down: None) -> None:
    await issuer.authenticator.authenticate(signed())
    issuer.keys = (SECOND,)
    assert await issuer.authenticator.authenticate(signed(SECOND))
    with pytest.raises(TokenError):
        await issuer.authenticator.authenticate(signed(FIRST, sub="max"))


async def test_a_flood_of_bad_tokens_reads_the_keys_once_per_cool_down(issuer: Issuer) -> None:
    bad = [issuer.authenticator.authenticate(signed(STRANGER, sub=str(n))) for n in range(50)]
    outcomes = await asyncio.gather(*bad, return_exceptions=True)
    assert all(isinstance(each, TokenError) for each in outcomes)
    assert issuer.reads == 1
    assert await issuer.authenticator.authenticate(signed()), "a good one is not held up"


async def test_a_known_token_is_not_verified_again(issuer: Issuer) -> None:
    token = signed()
    first = await issuer.authenticator.authenticate(token)
    issuer.fails_with, issuer.keys = -1, ()
    assert await issuer.authenticator.authenticate(token) is first


async def test_only_so_many_tokens_are_remembered(
    issuer: Issuer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tokens, "CACHED_TOKENS", 2)
    first = await issuer.authenticator.authenticate(token := signed())
    for n in range(2):
        await issuer.authenticator.authenticate(signed(sub=str(n)))
    assert await issuer.authenticator.authenticate(token) is not first


@pytest.mark.parametrize("status", [-1, 404, 500, 503])
async def test_an_issuer_that_does_not_answer_is_no_fault_of_the_token(
    issuer: Issuer, status: int
) -> None:
    issuer.fails_with = status
    with pytest.raises(IssuerUnreachableError):
        await issuer.authenticator.authenticate(signed())
    issuer.fails_with = 0
    assert await issuer.authenticator.authenticate(signed()), "it is asked again at once"


@pytest.mark.parametrize("published", [["keys"], {"no": "keys"}, {"keys": []}, {"keys": ["x"]}])
async def test_an_issuer_that_answers_nonsense_counts_as_unreachable(
    issuer: Issuer, published: object
) -> None:
    issuer.published = published
    with pytest.raises(IssuerUnreachableError):
        await issuer.authenticator.authenticate(signed())


async def test_a_published_key_of_an_unknown_kind_harms_no_other(issuer: Issuer) -> None:
    known = FIRST.as_dict(private=False)
    issuer.published = {"keys": [{"kty": "POST-QUANTUM", "kid": "new"}, known]}
    assert await issuer.authenticator.authenticate(signed())


async def test_an_outage_of_the_issuer_harms_no_token_of_a_known_key(issuer: Issuer) -> None:
    await issuer.authenticator.authenticate(signed())
    issuer.fails_with = -1
    assert await issuer.authenticator.authenticate(signed(sub="max"))


@pytest.mark.parametrize(
    ("organization", "expected"),
    [
        (ABSENT, 0),
        (None, 0),
        ([], 0),
        (["trier"], 0),
        ({}, 0),
        ({"trier": {}}, 0),
        ({"trier": {"id": "1", "tenant_id": []}}, 0),
        (organizations(TENANT), 1),
        (organizations(TENANT, uuid4()), 2),
    ],
)
async def test_organizations_become_tenants(
    issuer: Issuer, organization: object, expected: int
) -> None:
    caller = await issuer.authenticator.authenticate(signed(organization=organization))
    assert len(caller.tenant_ids) == expected


@pytest.mark.parametrize(
    "organization",
    [
        organizations("trier"),
        {"trier": "mannheim"},
        {"trier": None},
        {"trier": {"tenant_id": None}},
        {"trier": {"tenant_id": [4711]}},
        {"trier": {"tenant_id": str(TENANT)}},
    ],
)
async def test_a_malformed_organization_is_refused(issuer: Issuer, organization: object) -> None:
    with pytest.raises(TokenError):
        await issuer.authenticator.authenticate(signed(organization=organization))

"""Access tokens, against an issuer of this test's own; and who may call which address."""

import asyncio
import base64
import hmac
import json
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Annotated, Any
from uuid import UUID, uuid4

import httpx
import pytest
from fastapi import Depends, FastAPI
from joserfc import jwt
from joserfc.jwk import KeySet, RSAKey

from shared.auth import tokens
from shared.auth.dependencies import (
    AnyCaller,
    Operator,
    TenantAdmin,
    TenantCaller,
    TenantMember,
    for_tenant,
)
from shared.auth.tokens import Authenticator, IssuerUnreachableError, TokenError
from shared.http.app import create_app

ISSUER = "https://identity.test/realms/lernverbund"
AUDIENCE = "lernverbund-api"
TENANT = UUID("0f8fad5b-d9cb-469f-a165-70867728950e")
ABSENT = object()


def _new_key(kid: str) -> RSAKey:
    return RSAKey.generate_key(2048, {"kid": kid, "use": "sig", "alg": "RS256"}, private=True)


FIRST, SECOND, STRANGER = (_new_key(kid) for kid in ("first", "second", "first"))


def _organization(*tenants: object) -> dict[str, object]:
    """The claim as Keycloak's organization mapper writes it."""
    return {f"org{n}": {"id": str(n), "tenant_id": [str(id)]} for n, id in enumerate(tenants)}


def _claims(**changes: object) -> dict[str, Any]:
    now = int(time.time())
    usual = {
        "iss": ISSUER,
        "aud": [AUDIENCE, "account"],
        "typ": "Bearer",
        "sub": "erika",
        "iat": now,
        "exp": now + 300,
        "realm_access": {"roles": ["tenant-admin"]},
        "organization": _organization(TENANT),
    }
    return {name: value for name, value in {**usual, **changes}.items() if value is not ABSENT}


def _token(key: RSAKey = FIRST, **changes: object) -> str:
    return jwt.encode({"alg": "RS256", "kid": key.kid}, _claims(**changes), key)


def _encoded(part: object) -> str:
    return base64.urlsafe_b64encode(json.dumps(part).encode()).rstrip(b"=").decode()


class Issuer:
    """Publishes keys, counts who reads them, and can be down."""

    def __init__(self, *keys: RSAKey) -> None:
        self.keys, self.reads, self.fails_with = keys, 0, 0
        self.published: Any = None
        client = httpx.AsyncClient(transport=httpx.MockTransport(self._answer))
        self.authenticator = Authenticator(ISSUER, AUDIENCE, client)

    def _answer(self, request: httpx.Request) -> httpx.Response:
        assert str(request.url) == f"{ISSUER}/protocol/openid-connect/certs"
        self.reads += 1
        if self.fails_with == -1:
            raise httpx.ConnectError("nobody listens")
        if self.fails_with:
            return httpx.Response(self.fails_with)
        keys = KeySet(list(self.keys)).as_dict(private=False)
        return httpx.Response(200, json=self.published or keys)


@pytest.fixture
def issuer() -> Issuer:
    return Issuer(FIRST)


@pytest.fixture
def no_cool_down(monkeypatch: pytest.MonkeyPatch) -> None:
    """As if the cool-down had passed."""
    monkeypatch.setattr(tokens, "KEYS_COOL_DOWN_SECONDS", 0.0)


async def test_a_good_token_names_its_caller(issuer: Issuer) -> None:
    caller = await issuer.authenticator.authenticate(_token())
    assert (caller.subject, caller.tenant_ids) == ("erika", (TENANT,))
    assert caller.roles == {"tenant-admin"}


async def test_a_single_audience_may_be_a_text(issuer: Issuer) -> None:
    assert await issuer.authenticator.authenticate(_token(aud=AUDIENCE))


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
        ("nbf", int(time.time()) + 600),
        ("nbf", "soon"),
        ("sub", ABSENT),
        ("realm_access", ["tenant-admin"]),
    ],
)
async def test_a_token_with_a_wrong_claim_is_refused(
    issuer: Issuer, claim: str, value: object
) -> None:
    with pytest.raises(TokenError):
        await issuer.authenticator.authenticate(_token(FIRST, **{claim: value}))


async def test_a_token_accepted_before_is_refused_once_it_has_expired(
    issuer: Issuer, monkeypatch: pytest.MonkeyPatch
) -> None:
    token = _token()
    await issuer.authenticator.authenticate(token)
    monkeypatch.setattr(tokens, "time", lambda: time.time() + 301)
    with pytest.raises(TokenError, match="expired"):
        await issuer.authenticator.authenticate(token)


async def test_a_key_of_the_same_name_by_a_stranger_is_refused(issuer: Issuer) -> None:
    with pytest.raises(TokenError):
        await issuer.authenticator.authenticate(_token(STRANGER))


async def test_a_changed_claim_breaks_the_signature(issuer: Issuer) -> None:
    header, _, signature = _token().split(".")
    forged = f"{header}.{_encoded(_claims(sub='max'))}.{signature}"
    with pytest.raises(TokenError):
        await issuer.authenticator.authenticate(forged)


@pytest.mark.parametrize("algorithm", ["none", "None", "NONE"])
async def test_a_token_without_a_signature_is_refused(issuer: Issuer, algorithm: str) -> None:
    token = f"{_encoded({'alg': algorithm, 'kid': 'first'})}.{_encoded(_claims())}."
    with pytest.raises(TokenError):
        await issuer.authenticator.authenticate(token)


async def test_the_public_key_as_a_shared_secret_is_refused(issuer: Issuer) -> None:
    signed = f"{_encoded({'alg': 'HS256', 'kid': 'first'})}.{_encoded(_claims())}"
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
        await issuer.authenticator.authenticate(_token(signing))


async def test_a_rotated_key_is_picked_up(issuer: Issuer, no_cool_down: None) -> None:
    await issuer.authenticator.authenticate(_token())
    issuer.keys = (SECOND,)
    assert await issuer.authenticator.authenticate(_token(SECOND))
    with pytest.raises(TokenError):
        await issuer.authenticator.authenticate(_token(FIRST, sub="max"))


async def test_a_flood_of_bad_tokens_reads_the_keys_once_per_cool_down(issuer: Issuer) -> None:
    bad = [issuer.authenticator.authenticate(_token(STRANGER, sub=str(n))) for n in range(50)]
    outcomes = await asyncio.gather(*bad, return_exceptions=True)
    assert all(isinstance(each, TokenError) for each in outcomes)
    assert issuer.reads == 1
    assert await issuer.authenticator.authenticate(_token()), "a good one is not held up"


async def test_a_known_token_is_not_verified_again(issuer: Issuer) -> None:
    token = _token()
    first = await issuer.authenticator.authenticate(token)
    issuer.fails_with, issuer.keys = -1, ()
    assert await issuer.authenticator.authenticate(token) is first


async def test_only_so_many_tokens_are_remembered(
    issuer: Issuer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tokens, "CACHED_TOKENS", 2)
    first = await issuer.authenticator.authenticate(token := _token())
    for n in range(2):
        await issuer.authenticator.authenticate(_token(sub=str(n)))
    assert await issuer.authenticator.authenticate(token) is not first


@pytest.mark.parametrize("status", [-1, 404, 500, 503])
async def test_an_issuer_that_does_not_answer_is_no_fault_of_the_token(
    issuer: Issuer, status: int
) -> None:
    issuer.fails_with = status
    with pytest.raises(IssuerUnreachableError):
        await issuer.authenticator.authenticate(_token())
    issuer.fails_with = 0
    assert await issuer.authenticator.authenticate(_token()), "it is asked again at once"


@pytest.mark.parametrize("published", [["keys"], {"no": "keys"}, {"keys": []}, {"keys": ["x"]}])
async def test_an_issuer_that_answers_nonsense_counts_as_unreachable(
    issuer: Issuer, published: object
) -> None:
    issuer.published = published
    with pytest.raises(IssuerUnreachableError):
        await issuer.authenticator.authenticate(_token())


async def test_a_published_key_of_an_unknown_kind_harms_no_other(issuer: Issuer) -> None:
    known = FIRST.as_dict(private=False)
    issuer.published = {"keys": [{"kty": "POST-QUANTUM", "kid": "new"}, known]}
    assert await issuer.authenticator.authenticate(_token())


async def test_an_outage_of_the_issuer_harms_no_token_of_a_known_key(issuer: Issuer) -> None:
    await issuer.authenticator.authenticate(_token())
    issuer.fails_with = -1
    assert await issuer.authenticator.authenticate(_token(sub="max"))


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
        (_organization(TENANT), 1),
        (_organization(TENANT, uuid4()), 2),
    ],
)
async def test_organizations_become_tenants(
    issuer: Issuer, organization: object, expected: int
) -> None:
    caller = await issuer.authenticator.authenticate(_token(organization=organization))
    assert len(caller.tenant_ids) == expected


@pytest.mark.parametrize(
    "organization",
    [
        _organization("trier"),
        {"trier": "mannheim"},
        {"trier": None},
        {"trier": {"tenant_id": None}},
        {"trier": {"tenant_id": [4711]}},
        {"trier": {"tenant_id": str(TENANT)}},
    ],
)
async def test_a_malformed_organization_is_refused(issuer: Issuer, organization: object) -> None:
    with pytest.raises(TokenError):
        await issuer.authenticator.authenticate(_token(organization=organization))


@asynccontextmanager
async def _lifespan(_app: FastAPI) -> AsyncIterator[None]:
    yield


def _app(issuer: Issuer) -> FastAPI:
    app = create_app(title="Doors", description="", checks={}, lifespan=_lifespan)
    app.state.authenticator = issuer.authenticator
    trainers = for_tenant("trainer", "leader")

    @app.get("/any")
    async def anybody(caller: AnyCaller) -> str:
        return caller.subject

    @app.get("/member")
    async def member(caller: TenantMember) -> UUID:
        return caller.tenant_id

    @app.get("/admin")
    async def admin(caller: TenantAdmin) -> UUID:
        return caller.tenant_id

    @app.get("/trainer")
    async def trainer(caller: Annotated[TenantCaller, Depends(trainers)]) -> UUID:
        return caller.tenant_id

    @app.get("/operator")
    async def operator(caller: Operator) -> str:
        return caller.subject

    return app


async def _get(issuer: Issuer, path: str, authorization: str | None) -> httpx.Response:
    headers = {"Authorization": authorization} if authorization else {}
    transport = httpx.ASGITransport(_app(issuer), raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="http://doors") as client:
        return await client.get(path, headers=headers)


@pytest.mark.parametrize("path", ["/any", "/member", "/admin", "/trainer", "/operator"])
@pytest.mark.parametrize("authorization", [None, "Basic ZTpl", "Bearer", "Bearer nonsense"])
async def test_who_does_not_say_who_it_is_is_asked_to(
    issuer: Issuer, path: str, authorization: str | None
) -> None:
    answer = await _get(issuer, path, authorization)
    assert (answer.status_code, answer.json()["code"]) == (401, "unauthenticated")
    assert answer.headers["www-authenticate"] == "Bearer"


async def test_a_member_acts_for_the_tenant_of_its_token(issuer: Issuer) -> None:
    for path in ("/member", "/admin"):
        answer = await _get(issuer, path, f"Bearer {_token()}")
        assert (answer.status_code, answer.json()) == (200, str(TENANT))


@pytest.mark.parametrize("organization", [ABSENT, _organization(TENANT, uuid4())])
@pytest.mark.parametrize("path", ["/member", "/admin", "/trainer"])
async def test_who_acts_for_no_one_tenant_is_refused(
    issuer: Issuer, path: str, organization: object
) -> None:
    answer = await _get(issuer, path, f"Bearer {_token(organization=organization)}")
    assert (answer.status_code, answer.json()["code"]) == (403, "no_single_tenant")


@pytest.mark.parametrize(
    ("path", "roles"),
    [
        ("/admin", []),
        ("/admin", ["operator"]),
        ("/operator", ["tenant-admin"]),
        ("/trainer", ["tenant-admin"]),
    ],
)
async def test_who_lacks_the_role_is_told_which(
    issuer: Issuer, path: str, roles: list[str]
) -> None:
    token = _token(realm_access={"roles": roles})
    answer = await _get(issuer, path, f"Bearer {token}")
    assert (answer.status_code, answer.json()["code"]) == (403, "role_missing")
    assert "needs the role" in answer.json()["detail"]


@pytest.mark.parametrize("role", ["trainer", "leader"])
async def test_one_of_several_roles_is_enough(issuer: Issuer, role: str) -> None:
    token = _token(realm_access={"roles": [role]})
    assert (await _get(issuer, "/trainer", f"Bearer {token}")).status_code == 200


async def test_a_token_without_roles_is_nobody_special(issuer: Issuer) -> None:
    token = _token(realm_access=ABSENT)
    assert (await _get(issuer, "/member", f"Bearer {token}")).status_code == 200
    assert (await _get(issuer, "/admin", f"Bearer {token}")).status_code == 403


async def test_an_operator_needs_no_tenant(issuer: Issuer) -> None:
    token = _token(realm_access={"roles": ["operator"]}, organization=ABSENT)
    answer = await _get(issuer, "/operator", f"Bearer {token}")
    assert (answer.status_code, answer.json()) == (200, "erika")


async def test_an_unreachable_issuer_asks_to_try_again(issuer: Issuer) -> None:
    issuer.fails_with = -1
    answer = await _get(issuer, "/any", f"Bearer {_token()}")
    assert (answer.status_code, answer.json()["code"]) == (503, "issuer_unreachable")
    assert answer.headers["retry-after"] == "5"

"""An issuer of the tests' own, and the tokens that it signs, good and bad."""

import base64
import json
import time
from typing import Any
from uuid import UUID

import httpx
from joserfc import jwt
from joserfc.jwk import KeySet, RSAKey

from shared.auth.tokens import Authenticator

ISSUER = "https://identity.test/realms/lernverbund"
AUDIENCE = "lernverbund-api"
TENANT = UUID("0f8fad5b-d9cb-469f-a165-70867728950e")
ABSENT = object()


def _new_key(kid: str) -> RSAKey:
    return RSAKey.generate_key(2048, {"kid": kid, "use": "sig", "alg": "RS256"}, private=True)


FIRST, SECOND, STRANGER = (_new_key(kid) for kid in ("first", "second", "first"))


def organizations(*tenants: object) -> dict[str, object]:
    """The claim as Keycloak's organization mapper writes it."""
    return {f"org{n}": {"id": str(n), "tenant_id": [str(id)]} for n, id in enumerate(tenants)}


def claims(**changes: object) -> dict[str, Any]:
    now = int(time.time())
    usual = {
        "iss": ISSUER,
        "aud": [AUDIENCE, "account"],
        "typ": "Bearer",
        "sub": "erika",
        "iat": now,
        "exp": now + 300,
        "realm_access": {"roles": ["offline_access"]},
        "tenant_roles": [f"{TENANT}:tenant-admin"],
        "organization": organizations(TENANT),
    }
    return {name: value for name, value in {**usual, **changes}.items() if value is not ABSENT}


def signed(key: RSAKey = FIRST, **changes: object) -> str:
    return jwt.encode({"alg": "RS256", "kid": key.kid}, claims(**changes), key)


def encoded(part: object) -> str:
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

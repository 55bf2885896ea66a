"""Access tokens, verified against the issuer's published keys."""

import asyncio
from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass, field
from hashlib import sha256
from time import time
from typing import Any
from uuid import UUID

import httpx
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet

ALGORITHMS = ["RS256", "ES256"]
KEYS_COOL_DOWN_SECONDS = 10.0
CACHED_TOKENS = 5_000

#: Roles of the cooperative's own staff: the only ones that the realm gives, and that no tenant can.
COOPERATIVE_ROLES = frozenset({"operator", "approver", "viewer", "cooperative-auditor"})

#: What reading somebody else's JSON may raise.
_MALFORMED = (AttributeError, KeyError, TypeError, ValueError)


class TokenError(Exception):
    """The token is not one that this service accepts."""


class IssuerUnreachableError(Exception):
    """The issuer's keys could not be read; nothing can be verified right now."""


@dataclass(frozen=True, slots=True)
class Caller:
    """Who calls. `tenant_ids` are the organizations of the token: one, for whoever acts for a tenant.

    `roles` are those in that one tenant, and those of the cooperative's staff; a role in another
    tenant is none here. `email` is the caller's own, where the issuer has verified it.
    """

    subject: str
    roles: frozenset[str]
    tenant_ids: tuple[UUID, ...]
    expires_at: float
    email: str | None = field(default=None, repr=False)


class Authenticator:
    """Verifies bearer tokens of one issuer for one audience; remembers those it verified."""

    def __init__(self, issuer: str, audience: str, client: httpx.AsyncClient) -> None:
        self._issuer = issuer
        self._audience = audience
        self._client = client
        self._keys = KeySet([])
        self._keys_read_at = float("-inf")
        self._reading = asyncio.Lock()
        self._verified: OrderedDict[bytes, Caller] = OrderedDict()

    async def authenticate(self, token: str) -> Caller:
        """The caller that a token names. Raises TokenError, or IssuerUnreachableError."""
        digest = sha256(token.encode()).digest()
        caller = self._verified.get(digest)
        if caller is None:
            caller = self._named(await self.claims(token))
            self._remember(digest, caller)
        if caller.expires_at <= time():
            raise TokenError("the token has expired")
        return caller

    def _remember(self, digest: bytes, caller: Caller) -> None:
        self._verified[digest] = caller
        if len(self._verified) > CACHED_TOKENS:
            self._verified.popitem(last=False)

    async def claims(self, token: str) -> Mapping[str, Any]:
        """What a token says that the issuer has signed, for whomever. Raises TokenError, or IssuerUnreachableError."""
        try:
            return self._decode(token)
        except (JoseError, ValueError):
            # The issuer may have rotated its keys; a token it never signed costs one look at most.
            await self._read_keys()
        try:
            return self._decode(token)
        except (JoseError, ValueError) as error:
            raise TokenError("the token is not signed by the platform's issuer") from error

    def _decode(self, token: str) -> Mapping[str, Any]:
        return jwt.decode(token, self._keys, algorithms=ALGORITHMS).claims

    async def _read_keys(self) -> None:
        async with self._reading:
            now = asyncio.get_running_loop().time()
            if now - self._keys_read_at < KEYS_COOL_DOWN_SECONDS and self._keys.keys:
                return
            self._keys = await self._published_keys()
            self._keys_read_at = now

    async def _published_keys(self) -> KeySet:
        try:
            answer = await self._client.get(f"{self._issuer}/protocol/openid-connect/certs")
            answer.raise_for_status()
            keys = [key for key in answer.json()["keys"] if key.get("use") != "enc"]
            return KeySet.import_key_set({"keys": keys})
        except (httpx.HTTPError, JoseError, *_MALFORMED) as error:
            raise IssuerUnreachableError("the issuer's keys cannot be read") from error

    def _named(self, claims: Mapping[str, Any]) -> Caller:
        try:
            return self._caller(claims)
        except _MALFORMED as error:
            raise TokenError("a claim of the token is missing or malformed") from error

    def _caller(self, claims: Mapping[str, Any]) -> Caller:
        if claims.get("iss") != self._issuer:
            raise TokenError("the token is of another issuer")
        audience = claims.get("aud", [])
        if self._audience not in ([audience] if isinstance(audience, str) else audience):
            raise TokenError(f"the token is not for {self._audience}")
        if claims.get("typ") != "Bearer":
            raise TokenError("the token is not an access token")
        if claims.get("nbf", 0) > time():
            raise TokenError("the token is not valid yet")
        tenant_ids = _tenant_ids(claims.get("organization"))
        return Caller(
            subject=str(claims["sub"]),
            roles=_staff_roles(claims) | _tenant_roles(claims.get("tenant_roles"), tenant_ids),
            tenant_ids=tenant_ids,
            expires_at=float(claims["exp"]),
            email=str(claims["email"]) if claims.get("email_verified") is True else None,
        )


def _staff_roles(claims: Mapping[str, Any]) -> frozenset[str]:
    """Of the realm's roles only the cooperative's own: a tenant's role there would hold in every tenant."""
    return COOPERATIVE_ROLES.intersection(claims.get("realm_access", {}).get("roles", ()))


def _tenant_roles(entries: object, tenant_ids: tuple[UUID, ...]) -> frozenset[str]:
    """The roles in the one tenant that the token names, from entries `<tenant_id>:<role>`.

    Without exactly one tenant there are none. No tenant can make somebody the cooperative's staff.
    """
    if entries is None or len(tenant_ids) != 1:
        return frozenset()
    if not isinstance(entries, list):
        raise TokenError("the token's tenant_roles are malformed")
    own = f"{tenant_ids[0]}:"
    roles = {entry.removeprefix(own) for entry in entries if entry.startswith(own)}
    return frozenset(roles) - COOPERATIVE_ROLES


def _tenant_ids(organizations: object) -> tuple[UUID, ...]:
    """The `tenant_id` of each organization in the token, as Keycloak's organization mapper writes it."""
    if not isinstance(organizations, dict):
        return ()
    try:
        return tuple(
            UUID(value) for entry in organizations.values() for value in entry.get("tenant_id", ())
        )
    except (AttributeError, TypeError, ValueError) as error:
        raise TokenError("the token's organization has a malformed tenant_id") from error

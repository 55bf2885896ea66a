"""Keycloak by OpenID Connect: operators log in with PKCE, the console itself with its secret."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Any, Final
from urllib.parse import urlencode

import httpx
import httpx2
from authlib.common.errors import AuthlibBaseError
from authlib.integrations.httpx_client import AsyncOAuth2Client
from authlib.oidc.core import CodeIDToken
from joserfc.errors import JoseError

from services.console.domain.errors import IssuerSilentError, LoginRefusedError
from services.console.domain.operator import ROLES
from services.console.domain.session import RENEW_BEFORE, Tokens
from services.console.settings import ConsoleSettings
from shared.auth.tokens import Authenticator, IssuerUnreachableError, TokenError
from shared.clock import utc_now

CLIENT: Final = "console"
#: `services` makes every service accept the token.
SCOPES: Final = "openid profile services"
MACHINE_SCOPES: Final = "services"
SECONDS: Final = 5.0
SKEW_SECONDS: Final = 5

#: What reading somebody else's JSON may raise.
_MALFORMED = (AttributeError, KeyError, TypeError, ValueError)


class Keycloak:
    """The realm's endpoints, read once from its discovery document."""

    def __init__(self, settings: ConsoleSettings) -> None:
        self._issuer = settings.oidc_issuer
        self._public_url = settings.public_url
        self._secret = settings.console_client_secret
        self._http = httpx.AsyncClient(timeout=SECONDS, trust_env=False)
        self._authenticator = Authenticator(self._issuer, settings.oidc_audience, self._http)
        self._endpoints: Mapping[str, Any] = {}
        self._machine: Tokens | None = None
        self._asking = asyncio.Lock()

    async def login_address(self, state: str, nonce: str, verifier: str) -> str:
        """Where a browser is sent to log in."""
        endpoint = await self._endpoint("authorization_endpoint")
        async with self._client() as client:
            address, _ = client.create_authorization_url(
                endpoint, state=state, code_verifier=verifier, nonce=nonce
            )
        return str(address)

    async def redeem(self, code: str, nonce: str, verifier: str) -> tuple[str, str, Tokens]:
        """Subject, name and tokens of who came back."""
        answer = await self._asked("authorization_code", code=code, code_verifier=verifier)
        claims = await self._identity(str(answer.get("id_token", "")), nonce)
        name = " ".join(filter(None, (claims.get("given_name"), claims.get("family_name"))))
        return (
            str(claims["sub"]),
            name or str(claims.get("preferred_username", claims["sub"])),
            _tokens(answer),
        )

    async def renew(self, tokens: Tokens) -> Tokens:
        """New tokens; the ID token of the login stays."""
        answer = await self._asked("refresh_token", refresh_token=tokens.refresh)
        return _tokens({"id_token": tokens.id_token, **answer})

    async def roles(self, tokens: Tokens) -> frozenset[str]:
        """The roles of the console that an access token names, verified."""
        try:
            caller = await self._authenticator.authenticate(tokens.access)
        except TokenError as error:
            raise LoginRefusedError(str(error)) from error
        except IssuerUnreachableError as error:
            raise IssuerSilentError from error
        return caller.roles & ROLES

    async def logout_address(self, tokens: Tokens) -> str:
        """Where a browser is sent to log out there too."""
        endpoint = await self._endpoint("end_session_endpoint")
        query = {
            "id_token_hint": tokens.id_token,
            "post_logout_redirect_uri": f"{self._public_url}/logged-out",
        }
        return f"{endpoint}?{urlencode(query)}"

    async def token(self) -> str:
        """The access token of the console's own account."""
        async with self._asking:
            if self._machine is None or utc_now() >= self._machine.expires_at - RENEW_BEFORE:
                answer = await self._asked("client_credentials", scope=MACHINE_SCOPES)
                self._machine = _tokens(answer)
            return self._machine.access

    async def check(self) -> None:
        """Raise IssuerSilentError when it does not answer."""
        await self._discovered()

    async def aclose(self) -> None:
        """Close every connection."""
        await self._http.aclose()

    async def _asked(self, grant_type: str, **form: str) -> Mapping[str, Any]:
        """What the token endpoint answers."""
        endpoint = await self._endpoint("token_endpoint")
        try:
            async with self._client() as client:
                answer = await client.fetch_token(endpoint, grant_type=grant_type, **form)
        except AuthlibBaseError as error:
            raise LoginRefusedError(str(error.error)) from error
        except (httpx2.HTTPError, ValueError) as error:
            raise IssuerSilentError from error
        return dict(answer)

    @asynccontextmanager
    async def _client(self) -> AsyncIterator[AsyncOAuth2Client]:
        """One for each use: it remembers the token that it fetched last, whosever that is."""
        async with AsyncOAuth2Client(
            CLIENT,
            self._secret.get_secret_value(),
            scope=SCOPES,
            redirect_uri=f"{self._public_url}/login/callback",
            code_challenge_method="S256",
            timeout=SECONDS,
            trust_env=False,
        ) as client:
            yield client

    async def _identity(self, id_token: str, nonce: str) -> Mapping[str, Any]:
        """Who an ID token names, verified (OpenID Connect Core, 3.1.3.7)."""
        options = {
            "iss": {"essential": True, "value": self._issuer},
            "aud": {"essential": True, "value": CLIENT},
        }
        try:
            claims = await self._authenticator.claims(id_token)
            asked = {"nonce": nonce, "client_id": CLIENT}
            CodeIDToken(claims, {}, options, asked).validate(leeway=SKEW_SECONDS)
        except (TokenError, JoseError, *_MALFORMED) as error:
            raise LoginRefusedError("the ID token is not for this login") from error
        except IssuerUnreachableError as error:
            raise IssuerSilentError from error
        return claims

    async def _endpoint(self, name: str) -> str:
        if not self._endpoints:
            self._endpoints = await self._discovered()
        return str(self._endpoints[name])

    async def _discovered(self) -> Mapping[str, Any]:
        try:
            answer = await self._http.get(f"{self._issuer}/.well-known/openid-configuration")
            answer.raise_for_status()
            found: Mapping[str, Any] = answer.json()
            if found["issuer"] != self._issuer:
                raise ValueError("the document is of another issuer")
        except (httpx.HTTPError, *_MALFORMED) as error:
            raise IssuerSilentError from error
        return found


def _tokens(answer: Mapping[str, Any]) -> Tokens:
    try:
        return Tokens(
            access=str(answer["access_token"]),
            refresh=str(answer.get("refresh_token", "")),
            id_token=str(answer.get("id_token", "")),
            expires_at=utc_now() + timedelta(seconds=float(answer["expires_in"])),
        )
    except _MALFORMED as error:
        raise LoginRefusedError("the answer has no token") from error

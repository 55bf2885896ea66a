"""A person's way to the platform: a token from Keycloak, then the services' HTTP contracts."""

import asyncio
import time
from collections.abc import Collection
from pathlib import Path
from typing import Any

import httpx

from deploy.local.ports import HOST, Ports
from deploy.names import REALM, SERVICES

TOKEN_MARGIN_SECONDS = 60
RETRY_SECONDS = 30.0
WAIT_SECONDS = 0.1


class DemoError(Exception):
    """The platform did not do what it must; the message says what was asked and answered."""


class Client:
    """Acts as one account. Requests are repeated while a service restarts, with their idempotency key."""

    def __init__(self, http: httpx.AsyncClient, ports: Ports, account: str) -> None:
        self._http = http
        self._addresses = {service: f"http://{HOST}:{ports[service]}" for service in SERVICES}
        self._issuer = f"http://{HOST}:{ports['keycloak']}/realms/{REALM}/protocol/openid-connect"
        self._account = account
        self._token = ""
        self._expires_at = 0.0
        self._logging_in = asyncio.Lock()

    async def get(self, service: str, path: str, **parameters: Any) -> Any:
        """Read something."""
        return await self._request("GET", service, path, params=parameters)

    async def post(
        self,
        service: str,
        path: str,
        body: Any = None,
        *,
        key: str = "",
        missing: Collection[str] = (),
    ) -> Any:
        """Command something. Codes in `missing` mean that an event is still on its way: asked again."""
        headers = {"Idempotency-Key": key} if key else {}
        deadline = time.monotonic() + RETRY_SECONDS
        while True:
            answer = await self._send("POST", service, path, json=body, headers=headers)
            if answer.is_success:
                return answer.json()
            if _code(answer) not in missing or time.monotonic() > deadline:
                raise DemoError(
                    f"{self._account}: POST {path} answered {answer.status_code}: {answer.text}"
                )
            await asyncio.sleep(WAIT_SECONDS)

    async def pages(self, service: str, path: str, **parameters: Any) -> list[Any]:
        """Read a list to its end."""
        found: list[Any] = []
        while page := await self.get(service, path, limit=500, offset=len(found), **parameters):
            found += page
        return found

    async def download(self, service: str, path: str, **parameters: Any) -> bytes:
        """Read a file."""
        return (await self._answer("GET", service, path, params=parameters)).content

    async def save(self, service: str, path: str, file: Path, **parameters: Any) -> None:
        """Read a file, and keep it."""
        _write(file, await self.download(service, path, **parameters))

    async def put(self, service: str, path: str, body: Any) -> Any:
        """Set something."""
        return await self._request("PUT", service, path, json=body)

    async def delete(self, service: str, path: str) -> None:
        """End something."""
        answer = await self._send("DELETE", service, path)
        if not answer.is_success:
            raise DemoError(
                f"{self._account}: DELETE {path} answered {answer.status_code}: {answer.text}"
            )

    def forget_token(self) -> None:
        """Get a new token next time, because the account's rights have changed."""
        self._expires_at = 0.0

    async def _request(self, method: str, service: str, path: str, **options: Any) -> Any:
        return (await self._answer(method, service, path, **options)).json()

    async def _answer(self, method: str, service: str, path: str, **options: Any) -> httpx.Response:
        answer = await self._send(method, service, path, **options)
        if not answer.is_success:
            raise DemoError(
                f"{self._account}: {method} {path} answered {answer.status_code}: {answer.text}"
            )
        return answer

    async def _send(
        self,
        method: str,
        service: str,
        path: str,
        *,
        headers: dict[str, str] | None = None,
        **options: Any,
    ) -> httpx.Response:
        deadline = time.monotonic() + RETRY_SECONDS
        while True:
            try:
                authorization = {
                    "Authorization": f"Bearer {await self._access_token()}",
                    **(headers or {}),
                }
                url = self._addresses[service] + path
                answer = await self._http.request(method, url, headers=authorization, **options)
                if answer.status_code != httpx.codes.SERVICE_UNAVAILABLE:
                    return answer
            except httpx.TransportError as error:
                if time.monotonic() > deadline:
                    raise DemoError(f"{service} cannot be reached: {error}") from error
            if time.monotonic() > deadline:
                raise DemoError(f"{service} is unavailable")
            await asyncio.sleep(WAIT_SECONDS)

    async def _access_token(self) -> str:
        async with self._logging_in:
            return await self._current_token()

    async def _current_token(self) -> str:
        if time.monotonic() > self._expires_at:
            form = {
                "grant_type": "password",
                "client_id": "lernverbund-cli",
                "username": self._account,
                "password": f"demo-{self._account}",
            }
            answer = await self._http.post(f"{self._issuer}/token", data=form)
            if not answer.is_success:
                raise DemoError(f"Keycloak gives {self._account} no token: {answer.text}")
            token = answer.json()
            self._token = token["access_token"]
            self._expires_at = time.monotonic() + token["expires_in"] - TOKEN_MARGIN_SECONDS
        return self._token


def _write(file: Path, content: bytes) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(content)


def _code(answer: httpx.Response) -> str:
    try:
        return str(answer.json().get("code", ""))
    except ValueError:
        return ""

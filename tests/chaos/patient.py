"""A good client: it repeats a request with the same key while the platform cannot answer."""

import asyncio
import time
from collections import Counter
from typing import Any

import httpx

from deploy.local.ports import HOST, Ports
from tests.support.accounts import Accounts

PATIENCE_SECONDS = 150.0
FIRST_WAIT_SECONDS, MAX_WAIT_SECONDS = 0.1, 1.0


class GaveUpError(Exception):
    """The platform gave no answer, or one that a client cannot make sense of."""


class PatientClient:
    """Repeats what met a lost connection or a 5xx, and nothing else. `tally` counts what it met."""

    def __init__(self, http: httpx.AsyncClient, accounts: Accounts, ports: Ports) -> None:
        self._http, self._accounts, self._ports = http, accounts, ports
        self.tally: Counter[str] = Counter()

    async def get(self, account: str, service: str, path: str, **parameters: Any) -> Any:
        """Read something that must be there."""
        return _read(await self.ask(account, "GET", service, path, params=parameters))

    async def post(
        self, account: str, service: str, path: str, body: Any = None, *, key: str | None = None
    ) -> Any:
        """Command something that must not be refused."""
        return _read(await self.ask(account, "POST", service, path, body=body, key=key))

    async def ask(
        self,
        account: str | None,
        method: str,
        service: str,
        path: str,
        *,
        body: Any = None,
        key: str | None = None,
        params: dict[str, Any] | None = None,
    ) -> httpx.Response:
        """The first answer that is not the platform's fault."""
        headers = {"Idempotency-Key": key} if key else {}
        if account:
            headers["Authorization"] = f"Bearer {await self._accounts.token(account)}"
        url = f"http://{HOST}:{self._ports[service]}{path}"
        request = self._http.build_request(method, url, json=body, headers=headers, params=params)
        deadline, wait = time.monotonic() + PATIENCE_SECONDS, FIRST_WAIT_SECONDS
        while (answer := await self._try(request)) is None:
            if time.monotonic() > deadline:
                raise GaveUpError(f"{method} {path} had no answer for {PATIENCE_SECONDS:.0f} s")
            await asyncio.sleep(wait)
            wait = min(2 * wait, MAX_WAIT_SECONDS)
        return answer

    async def _try(self, request: httpx.Request) -> httpx.Response | None:
        try:
            answer = await self._http.send(request)
        except httpx.TransportError as error:
            self.tally[type(error).__name__] += 1
            return None
        self.tally[str(answer.status_code)] += 1
        return None if answer.is_server_error else answer


def _read(answer: httpx.Response) -> Any:
    if not answer.is_success:
        request = answer.request
        raise GaveUpError(
            f"{request.method} {request.url.path}: {answer.status_code} {answer.text}"
        )
    return answer.json()

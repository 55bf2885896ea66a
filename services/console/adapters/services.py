"""The services over HTTP, as their contracts say; what does not answer or answers otherwise is told apart."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Any, Final

import httpx

from services.console.application.ports import Read, T
from services.console.domain.errors import (
    Refusal,
    ServiceRefusedError,
    ServiceSilentError,
    ServiceStrangeError,
    ServiceTroubleError,
)
from services.console.domain.wording import msg

READ_SECONDS: Final = 2.0
ACT_SECONDS: Final = 10.0
#: The console shall not hold more of a service's connections than this, whatever it is asked.
CONNECTIONS: Final = 20

#: What reading somebody else's JSON may raise.
_MALFORMED = (AttributeError, IndexError, KeyError, TypeError, ValueError)


class HttpServices:
    """One client for all services."""

    def __init__(
        self, addresses: Mapping[str, str], transport: httpx.AsyncBaseTransport | None = None
    ) -> None:
        limits = httpx.Limits(max_connections=CONNECTIONS * len(addresses))
        self._addresses = addresses
        self._client = httpx.AsyncClient(transport=transport, limits=limits, trust_env=False)

    @property
    def names(self) -> tuple[str, ...]:
        """Every service, in the order in which people meet them."""
        return tuple(self._addresses)

    async def get(
        self, service: str, path: str, token: str, read: Read[T] | None = None, **query: Any
    ) -> Any:
        """An answer's JSON; or what `read` makes of it."""
        request = self._request("GET", service, path, token, params=_given(query))
        return _read(service, await self._answer(service, request, READ_SECONDS), read)

    async def everywhere(
        self, path: str, token: str, read: Read[T] | None = None, **query: Any
    ) -> Mapping[str, Any | ServiceTroubleError]:
        """The same of every service at once."""

        async def asked(service: str) -> Any | ServiceTroubleError:
            try:
                return await self.get(service, path, token, read, **query)
            except ServiceTroubleError as trouble:
                return trouble

        answers = await asyncio.gather(*map(asked, self.names))
        return dict(zip(self.names, answers, strict=True))

    async def act(
        self,
        method: str,
        service: str,
        path: str,
        token: str,
        *,
        body: Any = None,
        headers: Mapping[str, str] | None = None,
        read: Read[T] | None = None,
    ) -> Any:
        """Have a service change something."""
        request = self._request(method, service, path, token, json=body, headers=headers)
        answer = await self._answer(service, request, ACT_SECONDS, acts=True)
        return _read(service, answer, read) if answer.content else None

    @asynccontextmanager
    async def stream(
        self, service: str, path: str, token: str, **query: Any
    ) -> AsyncIterator[AsyncIterator[bytes]]:
        """A long answer as it comes; each part has the time of an act."""
        request = self._request("GET", service, path, token, params=_given(query))
        request.extensions["timeout"] = httpx.Timeout(ACT_SECONDS).as_dict()
        answer = await self._sent(service, request, stream=True)
        try:
            if answer.is_error:
                await answer.aread()
                raise _refused(service, answer, acts=False)
            yield answer.aiter_bytes()
        finally:
            await answer.aclose()

    async def aclose(self) -> None:
        """Close every connection."""
        await self._client.aclose()

    def _request(
        self, method: str, service: str, path: str, token: str, **more: Any
    ) -> httpx.Request:
        more["headers"] = {**(more.get("headers") or {}), "Authorization": f"Bearer {token}"}
        return self._client.build_request(method, f"{self._addresses[service]}{path}", **more)

    async def _answer(
        self, service: str, request: httpx.Request, seconds: float, *, acts: bool = False
    ) -> httpx.Response:
        """The whole answer within the time; a service that drips is as silent as one that says nothing."""
        try:
            async with asyncio.timeout(seconds):
                answer = await self._sent(service, request, acts=acts)
        except TimeoutError as error:
            why = msg("There was no answer in time.")
            raise ServiceSilentError(service, why, may_have_acted=acts) from error
        if answer.is_error:
            raise _refused(service, answer, acts=acts)
        return answer

    async def _sent(
        self, service: str, request: httpx.Request, *, acts: bool = False, stream: bool = False
    ) -> httpx.Response:
        try:
            return await self._client.send(request, stream=stream)
        except httpx.ConnectError as error:
            raise ServiceSilentError(service, msg("It cannot be reached.")) from error
        except httpx.TimeoutException as error:
            why = msg("There was no answer in time.")
            raise ServiceSilentError(service, why, may_have_acted=acts) from error
        except httpx.TransportError as error:
            why = msg("The connection broke off.")
            raise ServiceSilentError(service, why, may_have_acted=acts) from error


def _given(query: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in query.items() if value is not None}


def _read(service: str, answer: httpx.Response, read: Read[T] | None) -> Any:
    try:
        return read(answer.json()) if read else answer.json()
    except _MALFORMED as error:
        raise _strange(service) from error


def _strange(service: str) -> ServiceStrangeError:
    why = msg("It answers otherwise than this console expects: its version may be another.")
    return ServiceStrangeError(service, why)


def _refused(service: str, answer: httpx.Response, *, acts: bool) -> ServiceTroubleError:
    try:
        problem = answer.json()
        refusal = Refusal(
            status=answer.status_code,
            code=str(problem["code"]),
            detail=str(problem["detail"]),
            errors=tuple(
                (str(each["field"]), str(each["detail"])) for each in problem.get("errors", ())
            ),
        )
    except _MALFORMED:
        return _strange(service)
    if answer.is_server_error:
        return ServiceSilentError(service, refusal.detail, code=refusal.code, may_have_acted=acts)
    return ServiceRefusedError(service, refusal)

"""One HTTP call to an address of a tenant's: one deadline for all of it, and a bounded answer.

httpcore is httpx without what would have to be switched off here: it follows no redirects, keeps no
cookies, unpacks nothing, and looks at no proxy settings.
"""

import asyncio
import ssl
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass

import httpcore

from shared.outbound.errors import NoAnswerError, Trouble
from shared.outbound.guard import Guard, GuardedNetwork
from shared.outbound.target import Target

TOTAL_SECONDS = 15.0


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back: the status, the headers by lower-case name, and the first bytes of the body."""

    status: int
    headers: Mapping[str, str]
    body: bytes
    is_cut: bool = False


class Session:
    """Calls that may share connections; each connection was checked when it was made."""

    def __init__(self, guard: Guard, pool: httpcore.AsyncConnectionPool, seconds: float) -> None:
        self._guard = guard
        self._pool = pool
        self._seconds = seconds

    async def call(
        self,
        method: str,
        url: str,
        *,
        headers: Mapping[str, str] | None = None,
        body: bytes = b"",
        most_bytes: int,
    ) -> Answer:
        """Call and read at most `most_bytes` of the answer. Raises AddressRefusedError, NoAnswerError."""
        target = self._guard.parse(url)
        try:
            async with asyncio.timeout(self._seconds):
                return await self._exchange(method, target, headers or {}, body, most_bytes)
        except (TimeoutError, httpcore.TimeoutException) as error:
            detail = f"The answer was not complete within {self._seconds:g} seconds."
            raise NoAnswerError(Trouble.TIMEOUT, detail) from error
        except httpcore.ConnectError as error:
            raise _not_connected(error) from error
        except (httpcore.NetworkError, httpcore.ProtocolError) as error:
            detail = f"The connection ended without an answer in HTTP: {error}"
            raise NoAnswerError(Trouble.PROTOCOL, detail[:300]) from error

    async def _exchange(
        self, method: str, target: Target, headers: Mapping[str, str], body: bytes, most_bytes: int
    ) -> Answer:
        length = {"Content-Length": str(len(body))} if body else {}
        sent = {"Host": target.authority, "Accept-Encoding": "identity", **length, **headers}
        url = httpcore.URL(
            scheme=target.scheme, host=target.host, port=target.port, target=target.path
        )
        # Connecting and TLS end by themselves before the deadline, and close what they opened.
        timeouts = {"connect": self._seconds / 3}
        async with self._pool.stream(
            method,
            url,
            headers=list(sent.items()),
            content=body or None,
            extensions={"timeout": timeouts},
        ) as response:
            content, is_cut = await _start_of(response, most_bytes)
            names = {
                name.decode("latin-1").lower(): value.decode("latin-1")
                for name, value in response.headers
            }
            return Answer(response.status, names, content, is_cut)


async def _start_of(response: httpcore.Response, most_bytes: int) -> tuple[bytes, bool]:
    content = b""
    async for chunk in response.aiter_stream():
        content += chunk
        if len(content) > most_bytes:
            return content[:most_bytes], True
    return content, False


def _not_connected(error: httpcore.ConnectError) -> NoAnswerError:
    cause: BaseException | None = error
    while cause and not isinstance(cause, ssl.SSLError):
        cause = cause.__cause__ or cause.__context__
    if isinstance(cause, ssl.SSLCertVerificationError):
        detail = f"Its certificate is not valid: {cause.verify_message}"
        return NoAnswerError(Trouble.CERTIFICATE, detail)
    if cause:
        return NoAnswerError(Trouble.CERTIFICATE, "It does not speak TLS as it should.")
    return NoAnswerError(Trouble.CONNECTION, "Nobody takes the connection.")


class Outbound:
    """Opens sessions. By default the usual authorities are trusted, and the network is the machine's."""

    def __init__(
        self,
        guard: Guard,
        *,
        tls: ssl.SSLContext | None = None,
        network: httpcore.AsyncNetworkBackend | None = None,
        seconds: float = TOTAL_SECONDS,
    ) -> None:
        self.guard = guard
        self._tls = tls or httpcore.default_ssl_context()
        self._network = GuardedNetwork(guard, network or httpcore.AnyIOBackend())
        self._seconds = seconds

    @asynccontextmanager
    async def session(self, *, most_connections: int = 1) -> AsyncIterator[Session]:
        """Connections that end with the block."""
        async with httpcore.AsyncConnectionPool(
            ssl_context=self._tls,
            max_connections=most_connections,
            network_backend=self._network,
        ) as pool:
            yield Session(self.guard, pool, self._seconds)

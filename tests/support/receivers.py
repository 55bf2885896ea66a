"""Web servers of tenants' that do whatever a test wants of them, on this machine, over real TLS."""

import asyncio
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import httpcore


@dataclass(frozen=True)
class Received:
    """A request as it came."""

    method: str
    path: str
    headers: dict[str, str]
    body: bytes


#: Answers a request by writing bytes; the connection ends with it.
Respond = Callable[[Received, asyncio.StreamWriter], Awaitable[None]]


@dataclass
class Receiver:
    """A server that listens, what it was sent, and how often somebody connected."""

    port: int = 0
    connections: int = 0
    requests: list[Received] = field(default_factory=list)


@asynccontextmanager
async def receiver(respond: Respond, tls: ssl.SSLContext | None = None) -> AsyncIterator[Receiver]:
    """Listen for as long as the block lasts."""
    made = Receiver()
    serving: dict[asyncio.Task[None] | None, asyncio.StreamWriter] = {}

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        serving[asyncio.current_task()] = writer
        try:
            while (request := await _read(reader)) is not None:
                made.requests.append(request)
                await respond(request, writer)
                await writer.drain()
        except (OSError, asyncio.IncompleteReadError, asyncio.CancelledError):
            pass  # who called has gone, or the test is over
        finally:
            writer.close()

    def protocol() -> asyncio.StreamReaderProtocol:
        return _Counting(made, asyncio.StreamReader(), serve)

    loop = asyncio.get_running_loop()
    server = await loop.create_server(protocol, "127.0.0.1", 0, ssl=tls)
    made.port = server.sockets[0].getsockname()[1]
    try:
        yield made
    finally:
        server.close()
        for task, writer in serving.items():
            writer.transport.abort()
            assert task
            task.cancel()
        await asyncio.gather(*filter(None, serving), return_exceptions=True)
        await server.wait_closed()


class _Counting(asyncio.StreamReaderProtocol):
    def __init__(self, made: Receiver, reader: asyncio.StreamReader, accept: Any) -> None:
        super().__init__(reader, accept)
        self._made = made

    def connection_made(self, transport: Any) -> None:
        self._made.connections += 1
        super().connection_made(transport)


async def _read(reader: asyncio.StreamReader) -> Received | None:
    head = await reader.readuntil(b"\r\n\r\n")
    first, *lines = head.decode("latin-1").rstrip("\r\n").split("\r\n")
    method, path, _ = first.split(" ")
    headers = {
        name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)
    }
    body = await reader.readexactly(int(headers.get("content-length", 0)))
    return Received(method, path, headers, body)


def answering(status: int = 204, body: bytes = b"", **headers: str) -> Respond:
    """The same answer to everything."""
    lines = [f"HTTP/1.1 {status} x", f"Content-Length: {len(body)}"]
    lines += [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
    content = "\r\n".join([*lines, "", ""]).encode() + body

    async def respond(_request: Received, writer: asyncio.StreamWriter) -> None:
        writer.write(content)

    return respond


class Detour(httpcore.AsyncNetworkBackend):
    """A network on which every address is this machine: whoever connects anywhere is heard."""

    def __init__(self, port: int) -> None:
        self.port = port
        self.asked: list[tuple[str, int]] = []
        self._network = httpcore.AnyIOBackend()

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,  # noqa: ASYNC109  # httpcore's signature
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.AsyncNetworkStream:
        self.asked.append((host, port))
        return await self._network.connect_tcp(
            "127.0.0.1", self.port, timeout, local_address, socket_options
        )

"""As many requests as a server answers over a few connections that stay open: a client that costs little itself."""

import asyncio
import time
from collections.abc import Callable, Mapping
from urllib.parse import urlsplit

CONNECTIONS = 16


async def rate(
    address: str, path: Callable[[int], str], headers: Mapping[str, str], *, requests: int
) -> float:
    """Answers a second to GET requests, the n-th to path(n); fails on one that is not 200."""
    target = urlsplit(address)
    assert target.hostname and target.port
    lines = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
    head = f"Host: {target.netloc}\r\n{lines}\r\n"
    numbers = iter(range(requests))

    async def client() -> None:
        reader, writer = await asyncio.open_connection(target.hostname, target.port)
        for number in numbers:
            writer.write(f"GET {path(number)} HTTP/1.1\r\n{head}".encode())
            await _read_answer(reader)
        writer.close()

    started = time.perf_counter()
    async with asyncio.TaskGroup() as clients:
        for _ in range(CONNECTIONS):
            clients.create_task(client())
    return requests / (time.perf_counter() - started)


async def _read_answer(reader: asyncio.StreamReader) -> None:
    head = (await reader.readuntil(b"\r\n\r\n")).lower()
    assert head.startswith(b"http/1.1 200"), head
    length = head.partition(b"content-length:")[2].partition(b"\r\n")[0]
    await reader.readexactly(int(length))

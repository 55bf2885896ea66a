"""Five thousand clients of server-sent events that wait: what each costs the api in memory."""

import asyncio
from urllib.parse import urlsplit

import psutil

from deploy.local.stack import Stack
from tests.bench.feed_world import all_of, feed_world
from tests.bench.report import Row
from tests.feed.http import Subscriber
from tests.isolation.world import bearer

TENANTS, CLIENTS_OF_TENANT = 250, 20
#: The first ones pay for what all share.
WARM = 50
#: What a client costs anywhere, before a line of ours: uvicorn's connection, task and buffers.
BOUND_KB = 100.0

Connection = tuple[asyncio.StreamReader, asyncio.StreamWriter]


async def measure(stack: Stack) -> Row:
    """Kilobytes a client: what the process has grown by, over the number of clients."""
    async with feed_world(stack) as world:
        subscribers = await world.tenants(TENANTS)
        await all_of([each.subscribe() for each in subscribers])
        where = urlsplit(str(world.http.base_url))
        assert where.port
        api = psutil.Process(world.api_process)
        turns = [each for _ in range(CLIENTS_OF_TENANT) for each in subscribers]
        warm = await all_of([_connect(where.port, each) for each in turns[:WARM]])
        before = api.memory_info().rss
        clients = await all_of([_connect(where.port, each) for each in turns[WARM:]])
        grown = (api.memory_info().rss - before) / len(clients) / 1_024
        for _, writer in (*warm, *clients):
            writer.close()
    return Row.of("sse-kb", [grown], [BOUND_KB], "kB a client; peer is a bound of our own")


async def _connect(port: int, subscriber: Subscriber) -> Connection:
    """A client that has been told where it stands, and waits."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    [token] = bearer("subscriber", subscriber.roles, str(subscriber.tenant_id)).values()
    path = f"/v1/subscriptions/{subscriber.subscription_id}/stream"
    writer.write(f"GET {path} HTTP/1.1\r\nHost: feed\r\nAuthorization: {token}\r\n\r\n".encode())
    head = await reader.readuntil(b"\r\n\r\n")
    assert b" 200 " in head, head
    await reader.readuntil(b"\n\n")
    return reader, writer

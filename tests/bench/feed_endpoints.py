"""A thousand webhook endpoints of which a hundred hang: what the others notice of it."""

import asyncio
import statistics
import time

from deploy.local.stack import Stack
from tests.bench.feed_receivers import Endpoints, endpoints, path_of
from tests.bench.feed_world import World, feed_world
from tests.bench.report import Row
from tests.feed.http import Subscriber

ENDPOINTS = 1_000
HANGING = 100
#: Events are committed so many at once, so many times a second, each for another endpoint in turn.
AT_ONCE, A_SECOND, SECONDS = 10, 10, 10
RUNS = 3


async def measure(stack: Stack) -> Row:
    """The 99th percentile from commit to arrival at endpoints that answer; first all do, then a hundred hang."""
    async with feed_world(stack) as world, endpoints() as made:
        subscribers = await world.tenants(ENDPOINTS)
        await made.subscribe(subscribers)
        good = subscribers[HANGING:]
        await _p99(world, made, subscribers, good)
        peer = [await _p99(world, made, subscribers, good) for _ in range(RUNS)]
        made.hanging |= {path_of(each) for each in subscribers[:HANGING]}
        ours = [await _p99(world, made, subscribers, good) for _ in range(RUNS)]
    return Row.of("hanging-endpoints", ours, peer, "ms p99; peer is with none hanging")


async def _p99(
    world: World, made: Endpoints, subscribers: list[Subscriber], good: list[Subscriber]
) -> float:
    committed: dict[str, float] = {}
    wanted = {each.tenant_id for each in good}
    turns = [
        subscribers[n % len(subscribers) :: A_SECOND * AT_ONCE] for n in range(A_SECOND * AT_ONCE)
    ]
    order = [each for turn in turns for each in turn]
    for start in range(0, A_SECOND * SECONDS * AT_ONCE, AT_ONCE):
        due = time.perf_counter() + 1 / A_SECOND
        tenants = [order[n % len(order)].tenant_id for n in range(start, start + AT_ONCE)]
        bookings = await world.commit(tenants)
        now = time.perf_counter()
        committed |= {
            booking: now
            for tenant_id, booking in zip(tenants, bookings, strict=True)
            if tenant_id in wanted
        }
        await asyncio.sleep(max(0.0, due - time.perf_counter()))

    each = [(await made.seen.at(booking) - at) * 1_000 for booking, at in committed.items()]
    return statistics.quantiles(each, n=100)[98]

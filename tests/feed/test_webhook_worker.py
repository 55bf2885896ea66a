"""The worker's loop for webhooks: at once, to the end when it is stopped, and over real TLS."""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from services.feed.adapters.webhook_sender import WebhookSender
from services.feed.bootstrap import _vault
from services.feed.entrypoints.webhook_schedule import webhook_jobs
from services.feed.settings import FeedSettings
from shared.outbound.client import Outbound
from shared.outbound.guard import Guard
from tests.feed.webhooks import Feed, TenantHook, Worker
from tests.support.certificates import Authority
from tests.support.receivers import Detour, answering, receiver
from tests.support.waiting import until

HOST = "hr.stadt.example.org"


@asynccontextmanager
async def running(worker: Worker) -> AsyncIterator[list[asyncio.Task[None]]]:
    """The jobs as the process runs them."""
    jobs = webhook_jobs(worker.feed, worker.sender)
    tasks = [asyncio.ensure_future(each.run()) for each in jobs]
    try:
        yield tasks
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def test_what_happens_is_delivered_at_once(bare: TenantHook) -> None:
    async def got() -> int:
        return len(bare.hook.got)

    async with running(bare.worker):
        await bare.subscriber.subscribe(way="webhook", types=["booking.requested.v1"])
        await bare.put_endpoint()
        await until(got, lambda count: count == 1, seconds=5)
        code = bare.hook.got[0]["data"]["code"]
        await bare.subscriber.own("POST", "/endpoint/verification", {"code": code})
        began = time.monotonic()
        await bare.happen()
        await until(got, lambda count: count == 2, seconds=5)
        assert time.monotonic() - began < 2


async def test_what_is_under_way_comes_to_its_end_when_the_worker_is_stopped(
    hooked: TenantHook,
) -> None:
    arrived, answer = asyncio.Event(), asyncio.Event()
    respond = hooked.hook.respond

    async def slowly(request, writer) -> None:
        arrived.set()
        await answer.wait()
        await respond(request, writer)

    hooked.hook.respond = slowly  # type: ignore[method-assign]
    async with running(hooked.worker) as tasks:
        await hooked.happen()
        await asyncio.wait_for(arrived.wait(), 5)
        for task in tasks:
            task.cancel()
        asyncio.get_running_loop().call_later(0.5, answer.set)
        began = time.monotonic()
        await asyncio.gather(*tasks, return_exceptions=True)
        assert time.monotonic() - began < 10
    [delivery] = await hooked.deliveries(type="booking.requested.v1")
    assert delivery["status"] == "delivered"
    await hooked.worker.work()
    assert len(hooked.hook.of()) == 1


@pytest.mark.parametrize(
    ("days", "received", "status", "error"),
    [
        (1, ["booking.requested.v1"], "delivered", None),
        (-1, [], "retrying", "certificate"),
    ],
)
async def test_https_by_the_name_at_the_address_that_was_checked(
    hooked: TenantHook,
    settings: FeedSettings,
    foundation: Feed,
    tmp_path: Path,
    days: int,
    received: list[str],
    status: str,
    error: str | None,
) -> None:
    authority = Authority(tmp_path)

    async def resolve(name: str) -> list[str]:
        return ["93.184.216.34"] if name == HOST else []

    await hooked.change(f"UPDATE endpoint SET url = 'https://{HOST}/hooks'")
    await hooked.happen()
    async with receiver(answering(200), authority.serving(HOST, days=days)) as server:
        network = Detour(server.port)
        outbound = Outbound(Guard(resolve), tls=authority.trusting, network=network)
        worker = Worker(foundation, settings)
        worker.deliverer._sender = WebhookSender(outbound, _vault(settings))
        await worker.work()
        assert set(network.asked) == {("93.184.216.34", 443)}
        assert [hooked.verified(each)["type"] for each in server.requests] == received
    [delivery] = await hooked.deliveries(type="booking.requested.v1")
    assert (delivery["status"], delivery["error_class"]) == (status, error)

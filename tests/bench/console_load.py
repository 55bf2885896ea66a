"""What open consoles cost the services: requests, and the time that others wait for an answer."""

import asyncio
import re
import statistics
import time
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager

import httpx
import psutil

from deploy.demo.client import Client
from deploy.local.ports import HOST
from deploy.local.stack import Stack
from deploy.names import SERVICES
from tests.bench.console_world import following, operator
from tests.bench.report import Row

CONSOLES = 50
WINDOW_SECONDS, SETTLE_SECONDS = 10.0, 2.0
REQUESTS, PACE_SECONDS = 500, 0.01
RUNS = 3
READ = ("voucher", "/v1/operations/repairs")
COUNT = re.compile(r'^http_server_duration_seconds_count\{.*"/v1/.*\} (\S+)$', re.MULTILINE)


async def measure(stack: Stack) -> list[Row]:
    """With one console open and with fifty; with the console gone, hung, and busy."""
    async with operator(stack) as http:
        one, fifty = [], []
        for _ in range(RUNS):
            one.append(await _asked_by(stack, http, 1))
            fifty.append(await _asked_by(stack, http, CONSOLES))
        fan_out = Row.of(
            "fan-out",
            fifty,
            one,
            f"requests to services in 10 s with {CONSOLES} consoles; peer is with 1",
        )
        return [fan_out, *await _waits(stack, http)]


async def _asked_by(stack: Stack, http: httpx.AsyncClient, consoles: int) -> float:
    """Requests that services get while so many consoles are open."""
    async with _open(http, consoles):
        await asyncio.sleep(SETTLE_SECONDS)
        before = await _requests(stack)
        await asyncio.sleep(WINDOW_SECONDS)
        return await _requests(stack) - before


async def _requests(stack: Stack) -> float:
    async with httpx.AsyncClient(trust_env=False) as http:
        answers = [
            await http.get(f"http://{HOST}:{stack.ports[each]}/metrics") for each in SERVICES
        ]
    return sum(float(found) for answer in answers for found in COUNT.findall(answer.text))


async def _waits(stack: Stack, http: httpx.AsyncClient) -> list[Row]:
    """The 99th of 100 waits for a service's answer."""
    async with httpx.AsyncClient(trust_env=False) as direct:
        client = Client(direct, stack.ports, "operator")
        await _p99(client)
        hung, busy, without = [], [], []
        for _ in range(RUNS):
            without.append(await _without(stack, client))
            hung.append(await _hung(stack, client))
            async with _open(http, CONSOLES):
                busy.append(await _p99(client))
    unit = "ms a service's answer takes, 99 of 100; peer is without a console"
    return [
        Row.of("slow-console", hung, without, unit),
        Row.of(
            "busy-console",
            busy,
            without,
            f"{unit}; ours is with {CONSOLES} open on the same 2 cores",
        ),
    ]


async def _p99(client: Client) -> float:
    times = []
    for _ in range(REQUESTS):
        await asyncio.sleep(PACE_SECONDS)
        began = time.perf_counter()
        await client.get(*READ)
        times.append((time.perf_counter() - began) * 1_000)
    return statistics.quantiles(times, n=100)[98]


async def _without(stack: Stack, client: Client) -> float:
    """The console has ended."""
    stack.supervisor.stop_programs(["console-api"])
    try:
        return await _p99(client)
    finally:
        stack.supervisor.start_program("console-api")
        await _answers(stack)


async def _hung(stack: Stack, client: Client) -> float:
    """The console stands still with its questions open, and takes no answer."""
    console = psutil.Process(stack.supervisor.processes()["console-api"].pid)
    console.suspend()
    try:
        return await _p99(client)
    finally:
        console.resume()
        await _answers(stack)


async def _answers(stack: Stack) -> None:
    async with httpx.AsyncClient(trust_env=False) as http, asyncio.timeout(60):
        while True:
            try:
                if (
                    await http.get(f"http://{HOST}:{stack.ports['console']}/health/ready")
                ).is_success:
                    return
            except httpx.HTTPError:
                pass
            await asyncio.sleep(0.1)


@asynccontextmanager
async def _open(http: httpx.AsyncClient, consoles: int) -> AsyncIterator[None]:
    """So many browsers stand on the first page."""
    async with AsyncExitStack() as exits:
        tasks = []
        for _ in range(consoles):
            lines = await exits.enter_async_context(following(http, "now"))
            tasks.append(asyncio.create_task(_drain(lines)))
        try:
            yield
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)


async def _drain(lines: AsyncIterator[str]) -> None:
    async for _ in lines:
        pass

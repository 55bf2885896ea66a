"""How soon a page is there, and how soon a change is seen on a page that stands open."""

import asyncio
import random
import statistics
import time
from collections.abc import AsyncIterator

import httpx
from sqlalchemy.ext.asyncio import AsyncEngine

from deploy.local.stack import Stack
from shared.database.engine import create_engine
from tests.bench.console_world import (
    TENANTS,
    bury,
    fill,
    following,
    operator,
    tenants,
)
from tests.bench.report import Row
from tests.support.kafka import settings_of
from tests.support.waiting import until

VIEWS, CHANGES, RUNS = 100, 20, 3
FIRST_MS, HTML_KB, SEEN_MS = 300.0, 100.0, 1_000.0
SEEN_SECONDS = 30.0
BOUND = "peer is a bound of our own"


async def measure(stack: Stack) -> list[Row]:
    """With a thousand tenants in trouble."""
    voucher = create_engine(settings_of(stack, "voucher"))
    await fill(stack, voucher)
    async with operator(stack) as http:
        await until(lambda: _html(http, "/"), lambda html: _said(TENANTS) in html)
        rows = [
            *await _first_view(http, "first-view", "/"),
            *await _first_view(http, "tenants-view", "/tenants"),
        ]
        rows.append(await _change(http, voucher))
    await voucher.dispose()
    return rows


async def _first_view(http: httpx.AsyncClient, name: str, path: str) -> list[Row]:
    size = len((await _html(http, path)).encode()) / 1_024
    runs = [await _views(http, path) for _ in range(RUNS)]
    bounds = [FIRST_MS] * RUNS
    return [
        Row.of(f"{name}-ms", runs, bounds, f"ms, 95 of 100 times; {BOUND}"),
        Row.of(f"{name}-kb", [size], [HTML_KB], f"kB of HTML; {BOUND}"),
    ]


async def _views(http: httpx.AsyncClient, path: str) -> float:
    times = []
    for _ in range(VIEWS):
        began = time.perf_counter()
        await _html(http, path)
        times.append((time.perf_counter() - began) * 1_000)
    return statistics.quantiles(times, n=100)[94]


async def _html(http: httpx.AsyncClient, path: str) -> str:
    answer = await http.get(path)
    assert answer.is_success, answer.text
    return answer.text


async def _change(http: httpx.AsyncClient, voucher: AsyncEngine) -> Row:
    """From the commit of a dead letter until an open page is told the new number."""
    number = TENANTS
    runs = []
    async with following(http, "now") as lines:
        for _ in range(RUNS):
            times = []
            for _ in range(CHANGES):
                await asyncio.sleep(random.random())  # at any moment of the console's round
                number += 1
                committed = await bury(voucher, tenants()[:1])
                times.append((await _told(lines, _said(number)) - committed) * 1_000)
            runs.append(statistics.quantiles(times, n=100)[94])
    return Row.of(
        "change-seen-ms", runs, [SEEN_MS] * RUNS, f"ms from commit, 95 of 100 times; {BOUND}"
    )


async def _told(lines: AsyncIterator[str], words: str) -> float:
    async with asyncio.timeout(SEEN_SECONDS):
        async for line in lines:
            if words in line:
                return time.perf_counter()
    raise AssertionError("the stream ended")


def _said(number: int) -> str:
    """As the page writes it in English."""
    return f"{number:,}"

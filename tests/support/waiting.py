"""Waiting for a condition instead of sleeping."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import TypeVar

T = TypeVar("T")

POLL_SECONDS = 0.05


async def until(
    read: Callable[[], Awaitable[T]], condition: Callable[[T], bool], *, seconds: float = 60.0
) -> T:
    """Read until the condition holds; fails with what was read last."""
    value = await read()
    try:
        async with asyncio.timeout(seconds):
            while not condition(value):
                await asyncio.sleep(POLL_SECONDS)
                value = await read()
    except TimeoutError:
        raise AssertionError(
            f"the condition did not hold within {seconds} s; last seen: {value!r}"
        ) from None
    return value

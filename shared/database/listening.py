"""Hearing at once that something changed, from PostgreSQL; who listens looks now and then all the same."""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

import asyncpg

IO_SECONDS = 5.0

#: Told what came with the notification.
Heard = Callable[[str], None]


@asynccontextmanager
async def listening(
    database_url: str, channel: str, heard: Heard
) -> AsyncIterator[asyncpg.Connection]:
    """Call `heard` with each notification on a channel. Raises OSError or asyncpg's errors if it cannot begin.

    The connection is yielded so that whoever looks now and then sees whether it is still open.
    """
    address = database_url.replace("postgresql+asyncpg://", "postgresql://")

    def pass_on(_connection: Any, _pid: int, _channel: str, payload: object) -> None:
        heard(str(payload))

    connection = await asyncpg.connect(address, timeout=IO_SECONDS)
    try:
        await connection.add_listener(channel, pass_on)
        yield connection
    finally:
        await connection.close()

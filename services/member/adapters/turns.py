"""Work that must not be done by two workers at once."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from shared.database.engine import transaction

#: Who writes roles: an account's roles in all its tenants are one value at the identity provider.
ROLE_WRITER = 720_061

_TRY = text("SELECT pg_try_advisory_xact_lock(:lock)")


@asynccontextmanager
async def turn(engine: AsyncEngine, lock: int) -> AsyncIterator[bool]:
    """Whether it is this worker's turn for as long as the block lasts; it ends with the connection too."""
    async with transaction(engine) as connection:
        yield bool((await connection.execute(_TRY, {"lock": lock})).scalar_one())

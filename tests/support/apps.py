"""What an app of a test's own needs."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from uuid import UUID

from fastapi import FastAPI


@asynccontextmanager
async def nothing_to_start(_app: FastAPI) -> AsyncIterator[None]:
    yield


class EverybodyMay:
    """No tenant is suspended or has left."""

    async def require(self, tenant_id: UUID, *, changes: bool, leaver: bool) -> None:
        return

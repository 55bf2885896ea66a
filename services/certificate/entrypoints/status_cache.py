"""Signed status lists, kept for a few seconds: verifiers of a whole class ask for the same one."""

from uuid import UUID

from fastapi import Request

from shared.cache import TenantCache

SECONDS = 5


class StatusCache:
    """Status lists in the tenant's cache."""

    def __init__(self, cache: TenantCache) -> None:
        self._cache = cache

    async def get(self, tenant_id: UUID, list_id: int) -> bytes | None:
        """What was kept, or None."""
        return await self._cache.get(tenant_id, f"status:{list_id}")

    async def keep(self, tenant_id: UUID, list_id: int, signed: bytes) -> None:
        """Keep a signed list for a while."""
        await self._cache.keep(tenant_id, f"status:{list_id}", signed, seconds=SECONDS)

    async def drop(self, tenant_id: UUID, list_id: int) -> None:
        """Forget a list that has changed."""
        await self._cache.drop(tenant_id, f"status:{list_id}")


async def status_cache(request: Request) -> StatusCache:
    """How this process keeps status lists."""
    return StatusCache(request.app.state.cache)

"""A cache whose keys belong to a tenant. Losing it costs time, never an answer."""

import logging
from uuid import UUID

from redis.asyncio import Redis
from redis.exceptions import RedisError

log = logging.getLogger(__name__)


class TenantCache:
    """Bytes by tenant and name, kept for a while. Without Redis everything is a miss."""

    def __init__(self, redis: Redis, service: str) -> None:
        self._redis = redis
        self._service = service

    def _key(self, tenant_id: UUID, name: str) -> str:
        return f"{tenant_id}:{self._service}:{name}"

    async def get(self, tenant_id: UUID, name: str) -> bytes | None:
        """What was kept, or None."""
        try:
            value = await self._redis.get(self._key(tenant_id, name))
        except RedisError:
            log.warning("cache is unreachable, reading past it")
            return None
        return value if isinstance(value, bytes) else None

    async def keep(self, tenant_id: UUID, name: str, value: bytes, *, seconds: int) -> None:
        """Keep bytes for a number of seconds."""
        try:
            await self._redis.set(self._key(tenant_id, name), value, ex=seconds)
        except RedisError:
            log.warning("cache is unreachable, not kept")

    async def count(
        self, tenant_id: UUID, name: str, by: int, *, seconds: int
    ) -> tuple[int, int] | None:
        """Add to a number that begins at 0 and is kept so long from its first use.

        The number, and the seconds until it is forgotten; None without Redis.
        """
        key = self._key(tenant_id, name)
        try:
            async with self._redis.pipeline(transaction=True) as pipeline:
                pipeline.set(key, 0, nx=True, ex=seconds)
                pipeline.incrby(key, by)
                pipeline.ttl(key)
                _, number, left = await pipeline.execute()
        except RedisError:
            log.warning("cache is unreachable, not counted")
            return None
        return int(number), int(left)

    async def drop(self, tenant_id: UUID, name: str) -> None:
        """Forget what was kept."""
        try:
            await self._redis.delete(self._key(tenant_id, name))
        except RedisError:
            log.warning("cache is unreachable, not dropped")

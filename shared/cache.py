"""A cache whose keys belong to a tenant. Losing it costs time, never an answer."""

import logging
from collections.abc import Sequence
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
        self, tenant_id: UUID, names: Sequence[str], by: int, *, seconds: int
    ) -> Sequence[tuple[int, int]]:
        """Add to numbers that begin at 0 and are kept so long from their first use.

        Each number, and the seconds until it is forgotten; nothing without Redis.
        """
        try:
            async with self._redis.pipeline(transaction=True) as pipeline:
                for key in (self._key(tenant_id, name) for name in names):
                    pipeline.set(key, 0, nx=True, ex=seconds)
                    pipeline.incrby(key, by)
                    pipeline.ttl(key)
                answers = await pipeline.execute()
        except RedisError:
            log.warning("cache is unreachable, not counted")
            return ()
        return list(zip(map(int, answers[1::3]), map(int, answers[2::3]), strict=True))

    async def numbers(self, tenant_id: UUID, names: Sequence[str]) -> Sequence[int]:
        """How far each has been counted; nothing without Redis."""
        try:
            values = await self._redis.mget([self._key(tenant_id, name) for name in names])
        except RedisError:
            log.warning("cache is unreachable, not read")
            return ()
        return [int(value or 0) for value in values]

    async def drop(self, tenant_id: UUID, name: str) -> None:
        """Forget what was kept."""
        try:
            await self._redis.delete(self._key(tenant_id, name))
        except RedisError:
            log.warning("cache is unreachable, not dropped")

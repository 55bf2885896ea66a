"""The cache: a tenant's own, and a loss of it is a miss."""

from collections.abc import AsyncIterator
from typing import Any
from uuid import uuid4

import pytest
import pytest_asyncio
from redis.asyncio import Redis

from shared.cache import TenantCache

NOBODY_LISTENS = "redis://127.0.0.1:1/0"


class RecordingRedis:
    """Keeps in memory what would be sent."""

    def __init__(self) -> None:
        self.kept: dict[str, tuple[bytes, int]] = {}

    async def get(self, name: str) -> bytes | None:
        return self.kept[name][0] if name in self.kept else None

    async def set(self, name: str, value: bytes, *, ex: int) -> None:
        self.kept[name] = (value, ex)

    async def delete(self, name: str) -> None:
        self.kept.pop(name, None)


def _cache(redis: Any) -> TenantCache:
    return TenantCache(redis, "toy")


@pytest_asyncio.fixture(loop_scope="session")
async def lost() -> AsyncIterator[TenantCache]:
    """A cache whose Redis is down."""
    redis = Redis.from_url(NOBODY_LISTENS, socket_connect_timeout=1.0)
    yield _cache(redis)
    await redis.aclose()


async def test_what_is_kept_is_found_until_it_is_dropped() -> None:
    cache, tenant_id = _cache(RecordingRedis()), uuid4()
    await cache.keep(tenant_id, "offers", b"three", seconds=60)
    assert await cache.get(tenant_id, "offers") == b"three"
    await cache.drop(tenant_id, "offers")
    assert await cache.get(tenant_id, "offers") is None


async def test_a_tenant_does_not_find_what_another_kept() -> None:
    cache, tenant_id = _cache(RecordingRedis()), uuid4()
    await cache.keep(tenant_id, "offers", b"three", seconds=60)
    await cache.drop(uuid4(), "offers")
    assert await cache.get(uuid4(), "offers") is None
    assert await cache.get(tenant_id, "offers") == b"three"


async def test_keys_begin_with_the_tenant_then_the_service_and_expire() -> None:
    redis, tenant_id = RecordingRedis(), uuid4()
    await _cache(redis).keep(tenant_id, "offers", b"three", seconds=60)
    assert redis.kept == {f"{tenant_id}:toy:offers": (b"three", 60)}


async def test_without_redis_everything_is_a_miss(lost: TenantCache) -> None:
    tenant_id = uuid4()
    await lost.keep(tenant_id, "offers", b"three", seconds=60)
    assert await lost.get(tenant_id, "offers") is None


async def test_without_redis_nothing_is_counted(lost: TenantCache) -> None:
    assert await lost.count(uuid4(), ["tries"], 1, seconds=60) == ()


async def test_without_redis_dropping_is_no_error(lost: TenantCache) -> None:
    await lost.drop(uuid4(), "offers")


async def test_a_lost_cache_is_said_without_naming_the_tenant(
    lost: TenantCache, caplog: pytest.LogCaptureFixture
) -> None:
    tenant_id = uuid4()
    await lost.get(tenant_id, "offers")
    assert "cache is unreachable" in caplog.text and str(tenant_id) not in caplog.text

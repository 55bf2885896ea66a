"""How often unknown codes were tried, in Redis. Without it nothing is counted: a code has 94 random bits."""

from collections.abc import Sequence
from uuid import UUID

from services.voucher.application.code_ports import TooManyAttemptsError
from shared.cache import TenantCache

#: Unknown codes in a window of time; one caller alone cannot use up what its organisation has.
OF_CALLER, OF_TENANT, WINDOW_SECONDS = 10, 100, 600


class RedisAttempts:
    """Only unknown codes count: whoever redeems many right ones is never held up."""

    def __init__(self, cache: TenantCache) -> None:
        self._cache = cache

    async def require_left(self, tenant_id: UUID, account: str) -> None:
        """Raises TooManyAttemptsError when the caller or its organisation has guessed too often."""
        counted = await self._count(tenant_id, account, 0)
        for (number, seconds), limit in zip(counted, (OF_CALLER, OF_TENANT), strict=False):
            if number >= limit:
                raise TooManyAttemptsError(max(1, seconds))

    async def count(self, tenant_id: UUID, account: str) -> None:
        """The code was unknown."""
        await self._count(tenant_id, account, 1)

    async def _count(self, tenant_id: UUID, account: str, by: int) -> Sequence[tuple[int, int]]:
        names = (f"code-attempts:{account}", "code-attempts")
        return await self._cache.count(tenant_id, names, by, seconds=WINDOW_SECONDS)

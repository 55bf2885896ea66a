"""How often unknown codes were tried, in Redis. Without it nothing is counted: a code has 94 random bits."""

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
        for name, limit in _limits(account):
            counted = await self._cache.count(tenant_id, name, 0, seconds=WINDOW_SECONDS)
            if counted and counted[0] >= limit:
                raise TooManyAttemptsError(max(1, counted[1]))

    async def count(self, tenant_id: UUID, account: str) -> None:
        """The code was unknown."""
        for name, _ in _limits(account):
            await self._cache.count(tenant_id, name, 1, seconds=WINDOW_SECONDS)


def _limits(account: str) -> tuple[tuple[str, int], ...]:
    return (f"code-attempts:{account}", OF_CALLER), ("code-attempts", OF_TENANT)

"""How often unknown codes were tried, in Redis. Without it nothing is counted: a code has 94 random bits."""

from collections.abc import Sequence
from uuid import UUID

from services.voucher.application.code_ports import TooManyAttemptsError
from shared.cache import TenantCache

#: Unknown codes in a window of time; one caller alone cannot use up what its organisation has.
OF_CALLER, OF_TENANT, WINDOW_SECONDS = 10, 100, 600
_LIMITS = (OF_CALLER, OF_TENANT)


class RedisAttempts:
    """Only unknown codes count: whoever redeems many right ones is never held up."""

    def __init__(self, cache: TenantCache) -> None:
        self._cache = cache

    async def require_left(self, tenant_id: UUID, account: str) -> None:
        """Raises TooManyAttemptsError when the caller or its organisation has guessed too often."""
        numbers = await self._cache.numbers(tenant_id, _names(account))
        if any(number >= limit for number, limit in zip(numbers, _LIMITS, strict=False)):
            raise TooManyAttemptsError(await self._seconds_to_wait(tenant_id, account))

    async def count(self, tenant_id: UUID, account: str) -> None:
        """The code was unknown."""
        await self._counted(tenant_id, account, 1)

    async def _seconds_to_wait(self, tenant_id: UUID, account: str) -> int:
        counted = zip(await self._counted(tenant_id, account, 0), _LIMITS, strict=False)
        return max([1, *(seconds for (number, seconds), limit in counted if number >= limit)])

    async def _counted(self, tenant_id: UUID, account: str, by: int) -> Sequence[tuple[int, int]]:
        return await self._cache.count(tenant_id, _names(account), by, seconds=WINDOW_SECONDS)


def _names(account: str) -> tuple[str, str]:
    return f"code-attempts:{account}", "code-attempts"

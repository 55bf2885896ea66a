"""What tenants are called, for who may know: asked of member with the operator's own token, and kept a while."""

import asyncio
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from datetime import timedelta
from typing import Any

from services.console.application.ports import Services
from services.console.domain.errors import ServiceTroubleError
from shared.clock import Clock

KEPT = timedelta(minutes=10)
#: What member did not tell is not asked for again before.
UNKNOWN = timedelta(seconds=10)
#: Of more than so many, all names are asked for, by the page.
SINGLY, PAGE, MOST = 3, 500, 5_000


class TenantNames:
    """Names by id; what member does not tell is left out."""

    def __init__(self, services: Services, clock: Clock) -> None:
        self._services, self._clock = services, clock
        self._names: dict[str, tuple[str, float]] = {}
        self._asking: set[asyncio.Task[None]] = set()

    def known(self, tenant_id: str) -> str | None:
        """A name that was asked for before."""
        return self._kept(tenant_id) or None

    async def of(
        self, tenant_ids: Iterable[str], token: str, *, within: timedelta | None = None
    ) -> Mapping[str, str]:
        """The names of tenants; asks only for those that are not known.

        What is not told `within` that time is left out, and kept for the next who asks.
        """
        wanted = list(dict.fromkeys(tenant_ids))
        unknown = [each for each in wanted if self._kept(each) is None]
        if unknown:
            self._keep(dict.fromkeys(unknown, ""), UNKNOWN)
            asking = asyncio.create_task(self._learn(unknown, token))
            self._asking.add(asking)
            asking.add_done_callback(self._asking.discard)
            await asyncio.wait({asking}, timeout=within.total_seconds() if within else None)
        return {each: name for each in wanted if (name := self.known(each)) is not None}

    async def _learn(self, tenant_ids: Sequence[str], token: str) -> None:
        with suppress(ServiceTroubleError):
            self._keep(await self._ask(tenant_ids, token), KEPT)

    async def _ask(self, tenant_ids: Sequence[str], token: str) -> Mapping[str, str]:
        path, found = "/v1/applications", dict[str, str]()
        if len(tenant_ids) <= SINGLY:
            for each in tenant_ids:
                found |= await self._services.get("member", f"{path}/{each}", token, _one)
            return found
        for offset in range(0, MOST, PAGE):
            page = await self._services.get(
                "member", path, token, _several, limit=PAGE, offset=offset
            )
            found |= page
            if len(page) < PAGE:
                break
        return found

    def _kept(self, tenant_id: str) -> str | None:
        """Its name; empty if member did not tell it lately; None if it has to be asked for."""
        name, until = self._names.get(tenant_id, ("", 0.0))
        return name if until > self._clock().timestamp() else None

    def _keep(self, names: Mapping[str, str], time: timedelta) -> None:
        until = (self._clock() + time).timestamp()
        self._names |= {tenant_id: (name, until) for tenant_id, name in names.items()}


def _one(found: Any) -> Mapping[str, str]:
    tenant = found["tenant"]
    return {str(tenant["tenant_id"]): str(tenant["name"])}


def _several(found: Any) -> Mapping[str, str]:
    return {tenant_id: name for each in found for tenant_id, name in _one(each).items()}

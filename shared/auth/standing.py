"""Whether a tenant may act, by what this service has heard of it: tokens already issued live on.

Every service has a table `tenant` with the tenant's status; member owns it, the others keep copies.
"""

from collections import OrderedDict
from time import monotonic
from typing import Protocol
from uuid import UUID

import asyncpg

from shared.database.reading import Reads
from shared.http.problems import Problem

SUSPENDED, LEFT = "suspended", "left"
#: For how long a reader may go on after the door was closed. Who changes something is looked up anew.
REMEMBERED_SECONDS = 5.0
REMEMBERED_TENANTS = 10_000

_STATUS = "SELECT status FROM tenant WHERE tenant_id = $1"


class Standings(Protocol):
    """Says of tenants whether they may act."""

    async def require(self, tenant_id: UUID, *, changes: bool, leaver: bool) -> None:
        """Raise Problem 403 for a tenant that may not do this."""


class StandingReads:
    """The read on one connection."""

    def __init__(self, connection: asyncpg.Connection) -> None:
        self._connection = connection

    async def status(self, tenant_id: UUID) -> str | None:
        """The status now; None for a tenant that this service has not heard of yet."""
        found: str | None = await self._connection.fetchval(_STATUS, tenant_id)
        return found


class TenantStandings:
    """The standings in a service's own database."""

    def __init__(self, reads: Reads[StandingReads]) -> None:
        self._reads = reads
        self._remembered: OrderedDict[UUID, tuple[str | None, float]] = OrderedDict()

    async def require(self, tenant_id: UUID, *, changes: bool, leaver: bool) -> None:
        """Raise Problem 403 for a tenant that has left, unless it is for a leaver, or that may change nothing."""
        status = None if changes else self._recall(tenant_id)
        if status is None:
            status = await self._look_up(tenant_id)
        if status == LEFT and not leaver:
            raise Problem(
                403,
                "tenant_not_active",
                "Your organisation has left the cooperative. Until its data is deleted its administrator"
                " may fetch it: GET /v1/tenant/export of the member service.",
            )
        if status == SUSPENDED and changes:
            raise Problem(
                403,
                "tenant_suspended",
                "Your organisation is suspended: nothing can be changed. Ask the cooperative's operator.",
            )

    async def _look_up(self, tenant_id: UUID) -> str | None:
        async with self._reads([tenant_id]) as reads:
            status = await reads.status(tenant_id)
        self._remembered[tenant_id] = (status, monotonic() + REMEMBERED_SECONDS)
        self._remembered.move_to_end(tenant_id)
        if len(self._remembered) > REMEMBERED_TENANTS:
            self._remembered.popitem(last=False)
        return status

    def _recall(self, tenant_id: UUID) -> str | None:
        status, until = self._remembered.get(tenant_id, (None, 0.0))
        return status if monotonic() < until else None

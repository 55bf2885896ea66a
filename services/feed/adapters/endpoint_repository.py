"""Endpoints, their secrets, and what is to be sent to them beside the log."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import delete, select, text
from sqlalchemy.ext.asyncio import AsyncConnection

from services.feed.adapters import tables
from services.feed.domain.endpoint import Endpoint
from services.feed.domain.errand import Errand, ErrandKind
from services.feed.domain.secret import Secret
from services.feed.domain.subscription import Subscription
from shared.database.bulk import Row, insert, upsert

_ENDPOINT = (
    "url",
    "verified_at",
    "verification_code_hash",
    "failing_since",
    "last_success_at",
    "announced_at",
    "tripped",
)
_CLAIM_ERRANDS = text(
    """
    WITH due AS (
        SELECT tenant_id, subscription_id, kind FROM errand WHERE leased_until < now()
        ORDER BY created_at LIMIT :at_most FOR UPDATE SKIP LOCKED
    )
    UPDATE errand SET leased_until = now() + interval '30 seconds' FROM due
    WHERE (errand.tenant_id, errand.subscription_id, errand.kind) = (due.tenant_id, due.subscription_id, due.kind)
    RETURNING errand.*
    """
)


class EndpointRepository:
    """The endpoints of the tenants that the transaction acts for."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def get(self, subscription: Subscription) -> Endpoint | None:
        """Where a subscription's events go."""
        query = select(tables.endpoint).where(*_of(tables.endpoint, subscription))
        row = (await self._connection.execute(query)).mappings().first()
        return endpoint_of(row) if row else None

    async def put(self, subscription: Subscription, endpoint: Endpoint) -> None:
        """Keep it, whatever was there."""
        row = {
            **_key(subscription),
            "url": endpoint.url,
            "verified_at": endpoint.verified_at,
            "verification_code_hash": endpoint.code_hash,
            "failing_since": endpoint.failing_since,
            "last_success_at": endpoint.last_success_at,
            "announced_at": endpoint.announced_at,
            "tripped": endpoint.tripped,
        }
        await upsert(self._connection, tables.endpoint, [row])

    async def secrets(self, subscription: Subscription) -> Sequence[Secret]:
        """Its secrets, newest first."""
        table = tables.endpoint_secret
        query = select(table).where(*_of(table, subscription)).order_by(table.c.made_at.desc())
        return [secret_of(row) for row in (await self._connection.execute(query)).mappings()]

    async def put_secrets(self, subscription: Subscription, secrets: Sequence[Secret]) -> None:
        """Keep these and no others."""
        table = tables.endpoint_secret
        await self._connection.execute(delete(table).where(*_of(table, subscription)))
        await insert(self._connection, table, [_secret_row(subscription, each) for each in secrets])


class ErrandRepository:
    """What is to be sent to endpoints beside the log's events."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def put(self, errand: Errand) -> None:
        """Have it sent, in place of one of its kind that waits."""
        row = {
            "tenant_id": errand.tenant_id,
            "subscription_id": errand.subscription_id,
            "kind": errand.kind,
            "errand_id": errand.errand_id,
            "created_at": errand.created_at,
            "leased_until": errand.created_at,
        }
        await upsert(self._connection, tables.errand, [row])

    async def claim(self, at_most: int) -> Sequence[Errand]:
        """Take errands that nobody is at, for half a minute. Across tenants."""
        rows = await self._connection.execute(_CLAIM_ERRANDS, {"at_most": at_most})
        return [_errand(row) for row in rows.mappings()]

    async def remove(self, errand: Errand) -> None:
        """It is done; a newer one of its kind stays."""
        table = tables.errand.c
        query = delete(tables.errand).where(
            table.tenant_id == errand.tenant_id, table.errand_id == errand.errand_id
        )
        await self._connection.execute(query)


def endpoint_of(row: Any) -> Endpoint:
    """An endpoint from its row."""
    url, verified_at, code_hash, failing_since, last_success_at, announced_at, tripped = (
        row[name] for name in _ENDPOINT
    )
    return Endpoint(
        url, verified_at, code_hash, failing_since, last_success_at, announced_at, tripped
    )


def secret_of(row: Any) -> Secret:
    """A secret from its row."""
    return Secret(row["secret_id"], row["sealed"], row["made_at"], row["ends_at"])


def _errand(row: Any) -> Errand:
    return Errand(
        row["tenant_id"],
        row["subscription_id"],
        row["errand_id"],
        ErrandKind(row["kind"]),
        row["created_at"],
    )


def _secret_row(subscription: Subscription, secret: Secret) -> Row:
    return {
        **_key(subscription),
        "secret_id": secret.secret_id,
        "sealed": secret.sealed,
        "made_at": secret.made_at,
        "ends_at": secret.ends_at,
    }


def _key(subscription: Subscription) -> Row:
    return {
        "tenant_id": subscription.tenant_id,
        "subscription_id": subscription.subscription_id,
    }


def _of(table: Any, subscription: Subscription) -> Sequence[Any]:
    return [table.c[name] == value for name, value in _key(subscription).items()]

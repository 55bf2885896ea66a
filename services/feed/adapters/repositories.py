"""The ports on PostgreSQL: tenants and subscriptions."""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import RowMapping, delete, select, text, update
from sqlalchemy.ext.asyncio import AsyncConnection

from services.feed.adapters import tables
from services.feed.domain.selection import EVERY_TYPE
from services.feed.domain.subscription import (
    Agreement,
    Selection,
    Status,
    Subscription,
    Way,
)
from services.feed.domain.tenant import Tenant
from shared.database.bulk import Row, upsert

# What hangs on a subscription goes with it; the row of counters stays, closed, so that nothing new is appended.
_FORGET = tuple(
    text(statement)
    for statement in (
        "DELETE FROM subscription WHERE tenant_id = :tenant_id",
        "DELETE FROM attempt WHERE tenant_id = :tenant_id",
        "DELETE FROM state_position WHERE tenant_id = :tenant_id",
        "DELETE FROM state WHERE tenant_id = :tenant_id",
        "DELETE FROM person_name WHERE tenant_id = :tenant_id",
        "DELETE FROM shared_thing WHERE tenant_id = :tenant_id",
        "DELETE FROM tenant_epoch WHERE tenant_id = :tenant_id",
        "DELETE FROM idempotency_key WHERE tenant_id = :tenant_id",
        "DELETE FROM log WHERE tenant_id = :tenant_id",
        """
        INSERT INTO tenant_feed AS feed (tenant_id, last_at, day, is_closed)
        VALUES (:tenant_id, now(), (now() AT TIME ZONE 'UTC')::date, true)
        ON CONFLICT (tenant_id) DO UPDATE SET is_closed = true, oldest_position = feed.position + 1
        """,
    )
)
_LISTENERS = text(
    """
    SELECT DISTINCT tenant_id, type FROM subscription, unnest(types) AS type
    WHERE type = ANY(CAST(:types AS text[]))
    """
)


class TenantRepository:
    """The copy of member's tenants."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def learn(self, tenants: Sequence[tuple[Tenant, int]]) -> None:
        """Keep tenants; what is older than what is kept changes nothing."""
        rows = [
            {
                "tenant_id": tenant.tenant_id,
                "name": tenant.name,
                "kind": tenant.kind,
                "status": tenant.status,
                "version": version,
            }
            for tenant, version in tenants
        ]
        await upsert(self._connection, tables.tenant, rows, newer_by="version", or_as_new=True)

    async def lock(self, tenant_id: UUID) -> Tenant | None:
        """A tenant for which nobody else does the same until the transaction ends."""
        table = tables.tenant.c
        query = (
            select(table.tenant_id, table.name, table.kind, table.status)
            .where(table.tenant_id == tenant_id)
            .with_for_update()
        )
        row = (await self._connection.execute(query)).first()
        return Tenant(*row) if row else None

    async def most_subscriptions(self, tenant_id: UUID) -> int | None:
        """How many subscriptions the tenant's quota allows; None if nobody has said so."""
        feed = tables.tenant_feed.c
        query = select(feed.subscriptions).where(feed.tenant_id == tenant_id)
        return (await self._connection.execute(query)).scalar_one_or_none()

    async def forget(self, tenant_id: UUID) -> None:
        """Keep nothing of a tenant but that it has left, and that its log is closed."""
        for statement in _FORGET:
            await self._connection.execute(statement, {"tenant_id": tenant_id})


class SubscriptionRepository:
    """The subscriptions of the tenants that the transaction acts for."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def listeners(self, types: Collection[str]) -> Mapping[str, Collection[UUID]]:
        """The tenants that subscribe to each of these types."""
        rows = await self._connection.execute(_LISTENERS, {"types": [*types, EVERY_TYPE]})
        by_type: dict[str, set[UUID]] = defaultdict(set)
        for row in rows:
            for type_ in types if row.type == EVERY_TYPE else (row.type,):
                by_type[type_].add(row.tenant_id)
        return by_type

    async def add(self, subscription: Subscription) -> None:
        """Keep a new subscription; what is delivered begins to be read at its start."""
        await self._connection.execute(tables.subscription.insert().values(_row(subscription)))
        if subscription.way is Way.PULL:
            return
        reading = {
            "tenant_id": subscription.tenant_id,
            "subscription_id": subscription.subscription_id,
            "way": subscription.way,
            "position": subscription.start_position,
        }
        await self._connection.execute(tables.reading.insert().values(reading))

    async def lock(self, subscription_id: UUID) -> Subscription | None:
        """A subscription that nobody else changes until the transaction ends."""
        query = (
            select(tables.subscription)
            .where(tables.subscription.c.subscription_id == subscription_id)
            .with_for_update()
        )
        row = (await self._connection.execute(query)).mappings().first()
        return subscription_of(row) if row else None

    async def of_tenant(self, tenant_id: UUID) -> Sequence[Subscription]:
        """All of a tenant's."""
        query = select(tables.subscription).where(tables.subscription.c.tenant_id == tenant_id)
        return [subscription_of(row) for row in (await self._connection.execute(query)).mappings()]

    async def save(self, subscription: Subscription) -> None:
        """Keep a changed subscription."""
        await self._connection.execute(
            update(tables.subscription).where(*_is(subscription)).values(_columns(subscription))
        )

    async def remove(self, subscription: Subscription) -> None:
        """Keep nothing of a subscription but its attempts."""
        await self._connection.execute(delete(tables.subscription).where(*_is(subscription)))


def _is(subscription: Subscription) -> Sequence[Any]:
    column = tables.subscription.c
    return (
        column.tenant_id == subscription.tenant_id,
        column.subscription_id == subscription.subscription_id,
    )


def _columns(subscription: Subscription) -> Row:
    """What of a subscription may change."""
    selection, agreement = subscription.selection, subscription.agreement
    return {
        "name": subscription.name,
        "types": sorted(selection.types),
        "fields": selection.fields,
        "named_people": subscription.asks_for_names,
        "named_people_agreed_by": agreement.by if agreement else None,
        "named_people_agreed_at": agreement.at if agreement else None,
        "status": subscription.status,
        "status_since": subscription.status_since,
        "status_reason": subscription.status_reason,
        "version": subscription.version,
    }


def _row(subscription: Subscription) -> Row:
    return {
        "tenant_id": subscription.tenant_id,
        "subscription_id": subscription.subscription_id,
        "way": subscription.way,
        "created_at": subscription.created_at,
        "created_by": subscription.created_by,
        "start_position": subscription.start_position,
        **_columns(subscription),
    }


def subscription_of(row: RowMapping | Mapping[str, Any]) -> Subscription:
    """A subscription from its row."""
    agreed_by = row["named_people_agreed_by"]
    return Subscription(
        tenant_id=row["tenant_id"],
        subscription_id=row["subscription_id"],
        name=row["name"],
        way=Way(row["way"]),
        selection=Selection(frozenset(row["types"]), row["fields"]),
        status=Status(row["status"]),
        status_since=row["status_since"],
        created_at=row["created_at"],
        created_by=row["created_by"],
        start_position=row["start_position"],
        asks_for_names=row["named_people"],
        agreement=Agreement(agreed_by, row["named_people_agreed_at"]) if agreed_by else None,
        status_reason=row["status_reason"],
        version=row["version"],
    )

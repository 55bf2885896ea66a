"""Leases on lanes: several relays share the work, and take over a dead one's within the lease."""

from uuid import UUID

import asyncpg

LEASE_SECONDS = 10
RENEW_SECONDS = 3

_RENEW = """
UPDATE outbox_lane SET leased_until = now() + make_interval(secs => $2)
WHERE owner = $1 AND lane NOT IN (
    SELECT lane FROM outbox_lane WHERE owner = $1 ORDER BY lane DESC LIMIT $3
)
"""
_OTHERS = "SELECT count(DISTINCT owner) FROM outbox_lane WHERE leased_until > now() AND owner <> $1"
_OWNED = "SELECT count(*) FROM outbox_lane WHERE owner = $1"
_TOTAL = "SELECT count(*) FROM outbox_lane"
_TAKE = """
UPDATE outbox_lane SET owner = $1, leased_until = now() + make_interval(secs => $2)
WHERE lane IN (
    SELECT lane FROM outbox_lane WHERE leased_until < now() ORDER BY lane LIMIT $3 FOR UPDATE SKIP LOCKED
)
"""
_MINE = "SELECT lane FROM outbox_lane WHERE owner = $1 AND leased_until > now() ORDER BY lane"
_RELEASE = "UPDATE outbox_lane SET owner = NULL, leased_until = '-infinity' WHERE owner = $1"
_RELEASE_EXCESS = """
UPDATE outbox_lane SET owner = NULL, leased_until = '-infinity'
WHERE lane IN (SELECT lane FROM outbox_lane WHERE owner = $1 ORDER BY lane DESC LIMIT $2)
"""


async def claim(connection: asyncpg.Connection, owner: UUID) -> list[int]:
    """Renew what `owner` holds, up to its fair share, take what is free, and say what it holds now."""
    async with connection.transaction():
        others = await connection.fetchval(_OTHERS, owner)
        total = await connection.fetchval(_TOTAL)
        share = -(-total // (others + 1))
        excess = max(0, await connection.fetchval(_OWNED, owner) - share)
        await connection.execute(_RENEW, owner, LEASE_SECONDS, excess)
        await connection.execute(_RELEASE_EXCESS, owner, excess)
        held = await connection.fetchval(_OWNED, owner)
        await connection.execute(_TAKE, owner, LEASE_SECONDS, share - held)
        return [row["lane"] for row in await connection.fetch(_MINE, owner)]


async def release(connection: asyncpg.Connection, owner: UUID) -> None:
    """Give every lane back, so that another relay need not wait for the lease to end."""
    await connection.execute(_RELEASE, owner)

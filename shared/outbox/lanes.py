"""Leases on lanes: several relays share the work, and take over a dead one's within the lease."""

from uuid import UUID

import asyncpg

LEASE_SECONDS = 10
RENEW_SECONDS = 3

_REPORT_ALIVE = """
INSERT INTO outbox_relay (owner, alive_until) VALUES ($1, now() + make_interval(secs => $2))
ON CONFLICT (owner) DO UPDATE SET alive_until = EXCLUDED.alive_until
"""
_FORGET_DEAD = "DELETE FROM outbox_relay WHERE alive_until < now()"
_RELAYS = "SELECT count(*) FROM outbox_relay"
_REPORT_GONE = "DELETE FROM outbox_relay WHERE owner = $1"
_RENEW = """
UPDATE outbox_lane SET leased_until = now() + make_interval(secs => $2)
WHERE owner = $1 AND lane NOT IN (
    SELECT lane FROM outbox_lane WHERE owner = $1 ORDER BY lane DESC LIMIT $3
)
"""
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
        await connection.execute(_REPORT_ALIVE, owner, LEASE_SECONDS)
        await connection.execute(_FORGET_DEAD)
        relays = await connection.fetchval(_RELAYS)
        total = await connection.fetchval(_TOTAL)
        share = -(-total // relays)
        excess = max(0, await connection.fetchval(_OWNED, owner) - share)
        await connection.execute(_RENEW, owner, LEASE_SECONDS, excess)
        await connection.execute(_RELEASE_EXCESS, owner, excess)
        held = await connection.fetchval(_OWNED, owner)
        await connection.execute(_TAKE, owner, LEASE_SECONDS, share - held)
        return [row["lane"] for row in await connection.fetch(_MINE, owner)]


async def release(connection: asyncpg.Connection, owner: UUID) -> None:
    """Give every lane back, so that another relay need not wait for the lease to end."""
    async with connection.transaction():
        await connection.execute(_RELEASE, owner)
        await connection.execute(_REPORT_GONE, owner)

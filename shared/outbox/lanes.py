"""Leases on lanes: several relays share the work, and take over a dead one's when its lease has ended."""

from time import monotonic
from uuid import uuid4

import asyncpg

#: A dead relay's lanes are another's after at most LEASE_SECONDS + RENEW_SECONDS.
LEASE_SECONDS = 6.0
RENEW_SECONDS = 2.0
#: So long before its lease ends a relay sends nothing any more: time for what it sent last to arrive.
MARGIN_SECONDS = 2.0

_REPORT_ALIVE = """
INSERT INTO outbox_relay (owner, alive_until) VALUES ($1, now() + make_interval(secs => $2))
ON CONFLICT (owner) DO UPDATE SET alive_until = EXCLUDED.alive_until
"""
_FORGET_DEAD = "DELETE FROM outbox_relay WHERE alive_until < now()"
_REPORT_GONE = "DELETE FROM outbox_relay WHERE owner = $1"
_SHARE = """
SELECT ceil((SELECT count(*) FROM outbox_lane)::numeric / (SELECT count(*) FROM outbox_relay))::integer
"""
_RENEW = """
UPDATE outbox_lane SET leased_until = now() + make_interval(secs => $2) WHERE owner = $1 RETURNING lane
"""
_RELEASE_EXCESS = """
UPDATE outbox_lane SET owner = NULL, leased_until = '-infinity'
WHERE lane IN (SELECT lane FROM outbox_lane WHERE owner = $1 ORDER BY lane OFFSET $2)
"""
_TAKE = """
UPDATE outbox_lane SET owner = $1, leased_until = now() + make_interval(secs => $2)
WHERE lane IN (
    SELECT lane FROM outbox_lane WHERE leased_until < now() ORDER BY lane LIMIT $3 FOR UPDATE SKIP LOCKED
)
RETURNING lane
"""
_FREE = "SELECT count(*) FROM outbox_lane WHERE leased_until < now()"
_RELEASE = "UPDATE outbox_lane SET owner = NULL, leased_until = '-infinity' WHERE owner = $1"


class LanesLostError(Exception):
    """Another relay has lanes of this one: what was read of them must not be sent."""


class Lanes:
    """The lanes that one relay holds, as far as it knows.

    Every time is taken before the statement that it belongs to, so that the lease which this relay
    counts on ends before the one in the database. Lanes come and go only in `claim`, when nothing is
    in hand; in between, `renew` tells whether one is lost. So a lane that was lost and had again
    cannot be mistaken for one that was held all the time.
    """

    def __init__(self) -> None:
        self.owner = uuid4()
        self.held: list[int] = []
        self.is_share_fair = True
        self._renewed_at = float("-inf")

    def may_send(self) -> bool:
        """Whether the lease lasts long enough for what is sent now to arrive."""
        return monotonic() < self._renewed_at + LEASE_SECONDS - MARGIN_SECONDS

    def is_renewal_due(self) -> bool:
        """Whether it is time to renew."""
        return monotonic() >= self._renewed_at + RENEW_SECONDS

    async def claim(self, connection: asyncpg.Connection) -> None:
        """Renew what is held, up to a fair share, and take what is free. Nothing may be in hand."""
        now = monotonic()
        async with connection.transaction():
            share = await self._report(connection)
            await connection.execute(_RELEASE_EXCESS, self.owner, share)
            held = await connection.fetch(_RENEW, self.owner, LEASE_SECONDS)
            held += await connection.fetch(_TAKE, self.owner, LEASE_SECONDS, share - len(held))
        self.held = sorted(row["lane"] for row in held)
        self.is_share_fair = True
        self._renewed_at = now

    async def renew(self, connection: asyncpg.Connection) -> None:
        """Keep what is held while something is in hand. Raises LanesLostError."""
        now = monotonic()
        async with connection.transaction():
            share = await self._report(connection)
            held = await connection.fetch(_RENEW, self.owner, LEASE_SECONDS)
            free = await connection.fetchval(_FREE)
        if sorted(row["lane"] for row in held) != self.held:
            raise LanesLostError
        self.is_share_fair = len(held) == share or (len(held) < share and not free)
        self._renewed_at = now

    async def _report(self, connection: asyncpg.Connection) -> int:
        """Report this relay alive; returns how many lanes are its fair share."""
        await connection.execute(_REPORT_ALIVE, self.owner, LEASE_SECONDS)
        await connection.execute(_FORGET_DEAD)
        return int(await connection.fetchval(_SHARE))

    async def release(self, connection: asyncpg.Connection) -> None:
        """Give every lane back, so that another relay need not wait for the lease to end."""
        self.forget()
        async with connection.transaction():
            await connection.execute(_RELEASE, self.owner)
            await connection.execute(_REPORT_GONE, self.owner)

    def forget(self) -> None:
        """Count on no lane any more: nothing is sent until the next claim."""
        self.held = []
        self._renewed_at = float("-inf")

"""Reading the services' databases as PostgreSQL's administrator, whom row-level security lets pass."""

from collections.abc import AsyncIterator, Collection
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Any

import asyncpg

from deploy.local.ports import HOST
from deploy.local.stack import Stack
from deploy.names import SERVICES
from shared.messaging.records import decode_headers
from tests.chaos.evidence import Award, Booking, Transfer, Voucher, Written

_BOOKINGS = "SELECT booking_id, status, voucher_id FROM booking WHERE tenant_id = ANY($1)"
_VOUCHERS = "SELECT voucher_id, booking_id, status FROM voucher WHERE tenant_id = ANY($1)"
_POOL = "SELECT granted, available, reserved, redeemed, expired, returned FROM book WHERE programme_id = $1"
_TRANSFERS = """
SELECT debit, credit, units, voucher_id FROM transfer WHERE programme_id = $1 ORDER BY entry
"""
_AWARDS = """
SELECT booking_id, state, (
    SELECT count(*) FROM credential
    WHERE credential.tenant_id = award.tenant_id AND credential.award_id = award.award_id
) AS credentials
FROM award WHERE tenant_id = ANY($1)
"""
_RECORDED = """
SELECT booking_id FROM person_record
WHERE tenant_id = ANY($1) AND completed_at IS NOT NULL AND credential_url IS NOT NULL
"""
_WRITTEN = """
SELECT topic, event_id, type, key, headers FROM outbox_event WHERE tenant_id = ANY($1) ORDER BY id
"""
_PENDING = """
SELECT count(*) FROM outbox_pending JOIN outbox_event USING (day, id) WHERE tenant_id = ANY($1)
"""
_OF_TENANTS = "split_part(encode(key, 'escape'), ':', 1) = ANY($1)"
_PARKED = f"SELECT count(*) FROM parked WHERE {_OF_TENANTS}"
_INBOX = "SELECT event_id FROM inbox"
_DEAD_LETTERS = f"SELECT topic, error FROM dead_letter WHERE {_OF_TENANTS}"


class Databases:
    """One connection to each service's database."""

    def __init__(self, connections: dict[str, asyncpg.Connection]) -> None:
        self._connections = connections

    async def pending(self, tenant_ids: Collection[str]) -> dict[str, int]:
        """How many events wait in each outbox."""
        return {
            service: await connection.fetchval(_PENDING, tenant_ids)
            for service, connection in self._connections.items()
        }

    async def parked(self, tenant_ids: Collection[str]) -> dict[str, int]:
        """How many records wait in each inbox to be tried again."""
        return {
            service: await connection.fetchval(_PARKED, tenant_ids)
            for service, connection in self._connections.items()
        }

    async def bookings(self, tenant_ids: Collection[str]) -> list[Booking]:
        return [
            Booking(str(row["booking_id"]), row["status"], _text(row["voucher_id"]))
            for row in await self._fetch("catalogue", _BOOKINGS, tenant_ids)
        ]

    async def vouchers(self, tenant_ids: Collection[str]) -> list[Voucher]:
        return [
            Voucher(str(row["voucher_id"]), str(row["booking_id"]), row["status"])
            for row in await self._fetch("voucher", _VOUCHERS, tenant_ids)
        ]

    async def pool(self, programme_id: str) -> dict[str, int]:
        return dict(await self._connections["voucher"].fetchrow(_POOL, programme_id))

    async def transfers(self, programme_id: str) -> list[Transfer]:
        return [
            Transfer(row["debit"], row["credit"], row["units"], _text(row["voucher_id"]))
            for row in await self._fetch("voucher", _TRANSFERS, programme_id)
        ]

    async def awards(self, tenant_ids: Collection[str]) -> list[Award]:
        return [
            Award(str(row["booking_id"]), row["state"], row["credentials"])
            for row in await self._fetch("certificate", _AWARDS, tenant_ids)
        ]

    async def recorded(self, tenant_ids: Collection[str]) -> list[str]:
        rows = await self._fetch("member", _RECORDED, tenant_ids)
        return [str(row["booking_id"]) for row in rows]

    async def written(self, tenant_ids: Collection[str]) -> list[Written]:
        return [
            _written(service, row)
            for service in self._connections
            for row in await self._fetch(service, _WRITTEN, tenant_ids)
        ]

    async def inbox(self) -> dict[str, frozenset[str]]:
        return {
            service: frozenset(str(row["event_id"]) for row in await connection.fetch(_INBOX))
            for service, connection in self._connections.items()
        }

    async def dead_letters(self, tenant_ids: Collection[str]) -> dict[str, list[str]]:
        return {
            service: [
                f"{row['topic']}: {row['error']}"
                for row in await connection.fetch(_DEAD_LETTERS, tenant_ids)
            ]
            for service, connection in self._connections.items()
        }

    async def _fetch(self, service: str, query: str, value: Any) -> list[Any]:
        found: list[Any] = await self._connections[service].fetch(query, value)
        return found


@asynccontextmanager
async def connecting(stack: Stack) -> AsyncIterator[Databases]:
    """The databases, as long as they are read."""
    async with AsyncExitStack() as exits:
        connections = {}
        for service in SERVICES:
            connections[service] = await asyncpg.connect(
                host=HOST,
                port=stack.ports["postgres"],
                user="postgres",
                password=stack.admin_password("postgres"),
                database=service,
            )
            exits.push_async_callback(connections[service].close)
        yield Databases(connections)


def _text(value: object) -> str | None:
    return None if value is None else str(value)


def _written(service: str, row: Any) -> Written:
    headers = decode_headers(row["headers"])
    return Written(
        service=service,
        topic=row["topic"],
        event_id=str(row["event_id"]),
        type=row["type"],
        key=row["key"],
        sequence=int(headers["ce_sequence"]),
    )

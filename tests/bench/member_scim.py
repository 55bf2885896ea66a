"""People that a directory creates by SCIM, one request each over kept connections, through one process.

`measure` is given a stack with PostgreSQL and the member service's database migrated.
"""

import asyncio
import json
import statistics
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from uuid import UUID, uuid4

import uvloop
from sqlalchemy import text

from deploy.local.stack import Stack
from services.member.adapters.unit_of_work import PostgresUnitOfWork
from services.member.application.issue_scim_token import issue_scim_token
from services.member.domain.quota import quotas_of
from shared.clock import utc_now
from shared.database.engine import create_engine, transaction
from shared.database.unit_of_work import units_of_work
from shared.settings import Settings
from tests.bench.report import Row, publish
from tests.member.builders import active_tenant
from tests.support.platform import migrate, test_stack
from tests.support.processes import Process, running

PEOPLE = 10_000
CONNECTIONS = 16
WARM_UP = 200
#: What the platform promises on two shared cores.
PROMISED = 300.0

SECRET = "lvscim_bench"  # noqa: S105  # of a tenant that lives for this measurement


async def measure(stack: Stack) -> Row:
    """Creations a second, beside what is promised."""
    settings = Settings(database_url=stack.service_environment("member")["DATABASE_URL"])
    engine = create_engine(settings)
    tenant_id = await _tenant(units_of_work(engine, PostgresUnitOfWork, source="/member"))
    process = Process(stack, "member", "api", LOG_LEVEL="WARNING")
    with running(process):
        await process.ready()
        host, port = process.address.removeprefix("http://").split(":")
        await _create(host, int(port), tenant_id, WARM_UP)
        started = time.perf_counter()
        times = await _create(host, int(port), tenant_id, PEOPLE)
        rate = PEOPLE / (time.perf_counter() - started)
    async with transaction(engine, [tenant_id]) as connection:
        kept = (await connection.execute(text("SELECT count(*) FROM person"))).scalar_one()
        assert kept == PEOPLE + WARM_UP, kept
    await engine.dispose()
    quantiles = statistics.quantiles(times, n=100)
    print(f"creation p50 {quantiles[49] * 1e3:.1f} ms, p99 {quantiles[98] * 1e3:.1f} ms")
    return Row.of("scim-create", [rate], [PROMISED], "people/s, beside what is promised")


async def _tenant(opened: object) -> UUID:
    tenant = active_tenant()
    async with opened([tenant.tenant_id]) as work:  # type: ignore[operator]
        await work.tenants.add(tenant)
        await work.quotas.add(tenant.tenant_id, quotas_of(tenant.organisation.kind))
        await issue_scim_token(work, tenant.tenant_id, uuid4(), SECRET, utc_now())
    return tenant.tenant_id


async def _create(host: str, port: int, tenant_id: UUID, people: int) -> list[float]:
    """Create so many people; returns how long each took."""
    numbers, times = iter(range(people)), list[float]()
    await asyncio.gather(
        *(_client(host, port, tenant_id, numbers, times) for _ in range(CONNECTIONS))
    )
    return times


async def _client(
    host: str, port: int, tenant_id: UUID, numbers: Iterator[int], times: list[float]
) -> None:
    """One connection of a directory: as little of the machine as it can do with."""
    async with _connected(host, port) as (reader, writer):
        for _ in numbers:
            started = time.perf_counter()
            writer.write(_request(host, tenant_id))
            head = await reader.readuntil(b"\r\n\r\n")
            assert head.startswith(b"HTTP/1.1 201"), head
            length = head.lower().partition(b"content-length: ")[2].partition(b"\r\n")[0]
            await reader.readexactly(int(length))
            times.append(time.perf_counter() - started)


@asynccontextmanager
async def _connected(
    host: str, port: int
) -> AsyncIterator[tuple[asyncio.StreamReader, asyncio.StreamWriter]]:
    reader, writer = await asyncio.open_connection(host, port)
    try:
        yield reader, writer
    finally:
        writer.close()
        await writer.wait_closed()


def _request(host: str, tenant_id: UUID) -> bytes:
    name = uuid4().hex
    user = {
        "schemas": ["urn:ietf:params:scim:schemas:core:2.0:User"],
        "userName": f"{name}@example.org",
        "externalId": name,
        "active": True,
        "displayName": "Luisa Rheinufer",
        "name": {"givenName": "Luisa", "familyName": "Rheinufer"},
        "emails": [{"value": f"{name}@example.org", "type": "work", "primary": True}],
    }
    body = json.dumps(user).encode()
    head = (
        f"POST /scim/{tenant_id}/v2/Users HTTP/1.1\r\nHost: {host}\r\n"
        f"Authorization: Bearer {SECRET}\r\nContent-Type: application/scim+json\r\n"
        f"Content-Length: {len(body)}\r\n\r\n"
    )
    return head.encode() + body


def main() -> None:
    """By itself: `python -m tests.bench.member_scim`."""
    with test_stack(("postgres",)) as stack:
        migrate(stack, "member")
        publish("member-scim", [uvloop.run(measure(stack))])


if __name__ == "__main__":
    main()

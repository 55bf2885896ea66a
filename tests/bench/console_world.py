"""A thousand tenants with trouble, and operators who look at it over HTTP, without a browser's own costs."""

import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from itertools import count
from typing import Final
from uuid import UUID, uuid5

import asyncpg
import httpx
import orjson
from sqlalchemy.ext.asyncio import AsyncEngine

from deploy.local.ports import HOST
from deploy.local.stack import Stack
from services.catalogue.contracts.topics import CATALOGUE_EVENTS
from shared.database.engine import transaction
from shared.inbox import letters
from shared.inbox.origins import Origin
from shared.inbox.records import Failure, KeptRecord
from tests.support.login import log_in, trust

TENANTS: Final = 1_000
ORIGIN: Final = Origin("bench.Error", "bench_failed", "services/voucher/application/bench.py:run")
#: Their ids are the same in every run.
NAMESPACE: Final = UUID(int=2_026)

_TENANTS = """
INSERT INTO tenant (tenant_id, name, kind, state, regions, contact_email, applicant, status, applied_at,
                    decided_at, active_at, organization_id, version)
SELECT id, 'Gemeinde ' || n, 'municipality', 'DE-RP', '[]', 'kontakt@example.org', 'nobody', 'active', now(),
       now(), now(), 'bench-' || n, 3
FROM unnest($1::uuid[]) WITH ORDINALITY AS made (id, n)
"""
_places = count(10**9)


def tenants() -> Sequence[UUID]:
    """Their ids."""
    return [uuid5(NAMESPACE, str(number)) for number in range(TENANTS)]


async def fill(stack: Stack, voucher: AsyncEngine) -> None:
    """A thousand members, each with a dead letter; of more than 2,000 a service tells no exact number."""
    database = f"postgresql://postgres:{stack.admin_password('postgres')}@{HOST}:{stack.ports['postgres']}/member"
    admin = await asyncpg.connect(database)
    await admin.execute(_TENANTS, tenants())
    await admin.close()
    await bury(voucher, tenants())


async def bury(voucher: AsyncEngine, of: Sequence[UUID]) -> float:
    """A dead letter for each of these tenants; returns when that was committed (perf_counter)."""
    async with transaction(voucher) as connection:
        await letters.bury(connection, [_failure(each) for each in of])
    return time.perf_counter()


def _failure(tenant_id: UUID) -> Failure:
    place = next(_places)
    headers = {
        "ce_id": str(uuid5(NAMESPACE, f"event {place}")),
        "ce_type": "booking.requested.v1",
        "ce_tenantid": str(tenant_id),
        "ce_subject": str(uuid5(NAMESPACE, f"booking {place}")),
    }
    encoded = [(name, value.encode()) for name, value in headers.items()]
    key = f"{tenant_id}:{place}".encode()
    record = KeptRecord(CATALOGUE_EVENTS.name, 0, place, key, orjson.dumps({}), encoded)
    return Failure(record, "bench.Error", 5, ORIGIN)


@asynccontextmanager
async def operator(stack: Stack) -> AsyncIterator[httpx.AsyncClient]:
    """An operator who is logged in at the console."""
    address = f"http://{HOST}:{stack.ports['console']}"
    limits = httpx.Limits(max_connections=200)
    async with (
        httpx.AsyncClient(
            base_url=address,
            trust_env=False,
            timeout=30,
            limits=limits,
            headers={"Accept-Language": "en"},
        ) as http,
        httpx.AsyncClient(trust_env=False) as keycloak,
    ):
        asked = await http.get("/login")
        trust(http)
        back = await log_in(keycloak, asked.headers["location"], "operator")
        trust(http)
        answer = await http.get(back)
        trust(http)
        assert answer.is_redirect, answer.text
        yield http


@asynccontextmanager
async def following(http: httpx.AsyncClient, view: str) -> AsyncIterator[AsyncIterator[str]]:
    """The lines of a live view, from its first on."""
    async with http.stream("GET", f"/live/{view}", timeout=None) as answer:
        assert answer.is_success
        yield answer.aiter_lines()

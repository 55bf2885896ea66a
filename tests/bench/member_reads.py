"""A tenant's reads through the API, beside the same queries behind bare handlers, and among 11,000 tenants."""

import os
import subprocess
import sys
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from uuid import UUID

import asyncpg
import httpx

from deploy.local.stack import Stack
from tests.bench.http_load import rate
from tests.bench.report import Row
from tests.support.accounts import keycloak_accounts
from tests.support.processes import REPOSITORY, Process, running
from tests.support.waiting import until

FEW, MANY = 10, 11_000
PEOPLE = 100
REQUESTS = 3_000
RUNS = 5

# Deterministic ids: a tenant's is made of its number, a person's of both.
_FILL = """
WITH known AS (
    INSERT INTO tenant (tenant_id, name, kind, state, regions, contact_email, applicant, status, applied_at,
                        decided_at, active_at, organization_id, version)
    SELECT md5('tenant' || t)::uuid, 'Gemeinde ' || t, 'partner', 'DE-RP', '[]', 'kontakt@example.org', 'nobody',
           'active', now(), now(), now(), 'filled-' || t, 3
    FROM generate_series($1::integer, $2::integer) AS t
    RETURNING tenant_id
)
INSERT INTO person (tenant_id, person_id, external_id, user_name, user_key, given_name, family_name, email, roles,
                    registrations, descriptions)
SELECT tenant_id, md5(tenant_id::text || p)::uuid, 'P-' || lpad(p::text, 6, '0'),
       'kim.' || p, 'kim.' || p, 'Kim', 'Beispiel',
       'kim.' || p || '@example.org', '["learner"]', 1, 1
FROM known, generate_series(1, $3::integer) AS p
"""


Path = Callable[[int], str]


@dataclass(frozen=True, slots=True)
class _Sides:
    """Our api process and the bare one, over the same rows."""

    api: str
    bare: str
    token: str
    tenant_id: UUID
    people: Sequence[UUID]

    async def ours(self, path: Path) -> float:
        """Answers a second of our API."""
        headers = {"Authorization": f"Bearer {self.token}"}
        return await rate(self.api, lambda n: f"/v1{path(n)}", headers, requests=REQUESTS)

    async def peer(self, path: Path) -> float:
        """Answers a second of the bare handlers."""
        return await rate(self.bare, lambda n: f"/{self.tenant_id}{path(n)}", {}, requests=REQUESTS)

    def one(self, n: int) -> str:
        """The n-th person."""
        return f"/people/{self.people[n % PEOPLE]}"

    async def compare(self, name: str, path: Path) -> tuple[Row, list[float]]:
        """Both, run by run; also our own rates. The first run of each connects, and does not count."""
        peer, ours = [], []
        for _ in range(1 + RUNS):
            peer.append(await self.peer(path))
            ours.append(await self.ours(path))
        return Row.of(name, ours[1:], peer[1:], "requests/s"), ours[1:]


def _page(_: int) -> str:
    return "/people?limit=50"


async def measure(stack: Stack) -> list[Row]:
    """Requests a second."""
    database = f"postgresql://postgres:{stack.admin_password('postgres')}@127.0.0.1:{stack.ports['postgres']}/member"
    admin = await asyncpg.connect(database)
    await _fill(admin, 1, FEW)
    async with _sides(stack, admin, database) as sides:
        read, _ = await sides.compare("read", sides.one)
        page, few = await sides.compare("page", _page)
        await _fill(admin, FEW + 1, MANY)
        many = [await sides.ours(_page) for _ in range(RUNS)]
    await admin.close()
    beside = "requests/s; peer is ours at 10 tenants"
    return [read, page, Row.of("page-11000", many, few, beside)]


async def _fill(admin: asyncpg.Connection, first: int, last: int) -> None:
    await admin.execute(_FILL, first, last, PEOPLE)
    await admin.execute("VACUUM ANALYZE tenant")
    await admin.execute("VACUUM ANALYZE person")


@asynccontextmanager
async def _sides(stack: Stack, admin: asyncpg.Connection, database: str) -> AsyncIterator[_Sides]:
    tenant_id = await admin.fetchval("SELECT md5('tenant1')::uuid")
    rows = await admin.fetch("SELECT person_id FROM person WHERE tenant_id = $1", tenant_id)
    api = Process(stack, "member", "api")
    with running(api), _bare(stack.ports["member_worker"], database) as bare:
        await api.ready()
        await until(lambda: _answers(f"{bare}/{tenant_id}/people"), bool)
        async with (
            httpx.AsyncClient(trust_env=False) as http,
            keycloak_accounts(stack, http) as accounts,
        ):
            name = await accounts.make("reader", tenant_id=tenant_id, roles=["tenant-admin"])
            token = await accounts.token(name)
        people = [row["person_id"] for row in rows]
        yield _Sides(api.address, bare, token, tenant_id, people)


@contextmanager
def _bare(port: int, database: str) -> Iterator[str]:
    """The bare handlers, served like our own."""
    options = ("--port", str(port), "--loop", "uvloop", "--http", "httptools")
    command = (sys.executable, "-m", "uvicorn", "tests.bench.bare:app", *options)
    process = subprocess.Popen(
        (*command, "--no-access-log", "--log-level", "warning"),
        env={**os.environ, "BARE_DATABASE": database},
        cwd=REPOSITORY,
    )
    try:
        yield f"http://127.0.0.1:{port}"
    finally:
        process.terminate()
        process.wait()


async def _answers(address: str) -> bool:
    async with httpx.AsyncClient(trust_env=False) as http:
        try:
            return (await http.get(address)).is_success
        except httpx.HTTPError:
            return False

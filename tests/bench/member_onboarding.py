"""Onboarding as who applied sees it: from an operator's approval to active, one alone and 20 at once.

`python -m tests.bench.member_onboarding [PRESENT [SECONDS]]`: with so many tenants and organizations there
already, or as many organizations as can be made in so many seconds.
"""

import asyncio
import statistics
import sys
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from uuid import uuid4

import httpx
import uvloop
from keycloak import KeycloakAdmin

from deploy.local.stack import INFRASTRUCTURE, Stack
from deploy.names import REALM
from services.member.adapters import tables
from services.member.adapters.keycloak import _organization
from services.member.adapters.process_repository import _row as step_row
from services.member.adapters.repositories import _tenant_row
from services.member.domain.onboarding import Process as Steps
from services.member.domain.onboarding import Step
from shared.database.bulk import insert
from shared.database.engine import create_engine, transaction
from tests.bench.report import Row, publish
from tests.member.builders import NOW, active_tenant, fresh_key
from tests.support.accounts import Accounts, keycloak_accounts
from tests.support.kafka import settings_of
from tests.support.platform import migrate, test_stack
from tests.support.processes import Process, running

AT_ONCE, ROUNDS, ALONE = 20, 5, 10
#: The bound that the platform promises, for 20 at once.
BOUND_SECONDS = 5.0
FILLED_AT_ONCE, FILLED_ROWS = 12, 500
WAIT_SECONDS = 120.0
#: Keycloak slows down as organizations grow in number; the run says how many it had.
FILL_SECONDS = 1_200.0


async def measure(
    stack: Stack, *, present: int = 0, fill_seconds: float = FILL_SECONDS
) -> list[Row]:
    """The rows `onboarding-p99-s` and `onboarding-alone-s`, in a stack with infrastructure and migrations."""
    api, worker = Process(stack, "member", "api"), Process(stack, "member", "worker")
    limits = httpx.Limits(max_connections=100)
    timeout = httpx.Timeout(WAIT_SECONDS)
    async with (
        httpx.AsyncClient(trust_env=False, limits=limits, timeout=timeout) as http,
        keycloak_accounts(stack, http) as accounts,
    ):
        if present:
            await fill(stack, present, fill_seconds)
        with running(api, worker):
            await api.ready()
            await worker.ready()
            board = Board(http, api.address, accounts)
            await board.together(2)  # connections are made, programs are warm
            alone = [each for _ in range(ALONE) for each in await board.together(1)]
            crowd = [each for _ in range(ROUNDS) for each in await board.together(AT_ONCE)]
    print(
        f"alone: p50 {statistics.median(alone):.2f} s, worst {max(alone):.2f} s; {AT_ONCE} at once: "
        f"p50 {statistics.median(crowd):.2f} s, p99 {p99(crowd):.2f} s; {present} tenants present"
    )
    return [
        row("onboarding-p99-s", p99(crowd), BOUND_SECONDS, len(crowd)),
        row("onboarding-alone-s", p99(alone), 1.0, len(alone)),
    ]


def row(name: str, seconds: float, bound: float, runs: int) -> Row:
    """A row whose peer is the bound: under 1 is kept."""
    return Row(name, round(seconds, 2), bound, round(seconds / bound, 2), "s", runs)


def p99(seconds: Sequence[float]) -> float:
    """The time that one in a hundred exceeds; of few, the worst."""
    return sorted(seconds)[min(len(seconds) - 1, int(len(seconds) * 0.99))]


class Board:
    """Applies, approves and watches over HTTP."""

    def __init__(self, http: httpx.AsyncClient, address: str, accounts: Accounts) -> None:
        self._http, self._address, self._accounts = http, address, accounts

    async def together(self, count: int) -> list[float]:
        """So many are approved at the same time. Returns how long each took to be active."""
        applied = [await self._apply() for _ in range(count)]
        return await asyncio.gather(*(self._approve(*each) for each in applied))

    async def _apply(self) -> tuple[str, dict[str, str]]:
        account = await self._accounts.make("bench")
        headers = await self._headers(account)
        body = {
            "name": f"Gemeinde {uuid4().hex[:8]}",
            "kind": "municipality",
            "official_key": fresh_key().digits,
            "state": "DE-RP",
            "contact_email": "bildung@example.org",
        }
        answer = await self._http.post(
            f"{self._address}/v1/applications", json=body, headers=headers
        )
        assert answer.is_success, answer.text
        return answer.json()["tenant"]["tenant_id"], headers

    async def _approve(self, tenant_id: str, headers: dict[str, str]) -> float:
        operator = await self._headers("operator")
        address = f"{self._address}/v1/applications/{tenant_id}"
        started = time.perf_counter()
        approved = await self._http.post(f"{address}/approval", headers=operator)
        assert approved.is_success, approved.text
        async with self._http.stream(
            "GET", f"{address}/onboarding/events", headers=headers
        ) as events:
            async for line in events.aiter_lines():
                if line == "event: active":
                    return time.perf_counter() - started
        raise AssertionError("the stream ended before the tenant was active")

    async def _headers(self, account: str) -> dict[str, str]:
        return {"Authorization": f"Bearer {await self._accounts.token(account)}"}


async def fill(stack: Stack, count: int, limit: float = FILL_SECONDS) -> None:
    """Tenants that are active already: their rows at once, their organizations by Keycloak's API."""
    started = time.perf_counter()
    tenants = [active_tenant() for _ in range(count)]
    engine = create_engine(settings_of(stack, "member"))
    for start in range(0, count, FILLED_ROWS):
        some = tenants[start : start + FILLED_ROWS]
        steps = []
        for each in some:
            process = Steps.opening(each.tenant_id, NOW)
            for step in Step:
                process.finish(step, NOW)
            steps += [step_row(process, step, done) for step, done in process.steps.items()]
        async with transaction(engine, [each.tenant_id for each in some]) as connection:
            await insert(connection, tables.tenant, map(_tenant_row, some))
            await insert(connection, tables.onboarding_step, steps)
    await engine.dispose()
    async with _administrator(stack) as admin:
        queue, made = iter(tenants), 0

        async def make() -> None:
            nonlocal made
            for each in queue:
                if time.perf_counter() - started > limit:
                    return
                await admin.a_create_organization(_organization(each))
                made += 1
                if made % FILLED_ROWS == 0:
                    print(
                        f"{made} organizations in {time.perf_counter() - started:.0f} s", flush=True
                    )

        await asyncio.gather(*(make() for _ in range(FILLED_AT_ONCE)))
    seconds = time.perf_counter() - started
    print(f"{count} tenants and {made} organizations made in {seconds:.0f} s", flush=True)


@asynccontextmanager
async def _administrator(stack: Stack) -> AsyncIterator[KeycloakAdmin]:
    admin = KeycloakAdmin(
        server_url=stack.service_environment("member")["KEYCLOAK_URL"],
        username="admin",
        password=stack.admin_password("keycloak"),
        realm_name=REALM,
        user_realm_name="master",
    )
    try:
        yield admin
    finally:
        await admin.connection.aclose()
        await admin.connection.keycloak_openid.connection.aclose()


def main() -> None:
    """Start what is needed, measure, print and keep."""
    given = [float(each) for each in sys.argv[1:]]
    present = int(given[0]) if given else 0
    seconds = given[1] if len(given) > 1 else FILL_SECONDS
    with test_stack(INFRASTRUCTURE) as stack:
        migrate(stack, "member")
        rows = uvloop.run(measure(stack, present=present, fill_seconds=seconds))
    publish("member-onboarding", rows)


if __name__ == "__main__":
    main()

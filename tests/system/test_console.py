"""What the console says of real processes: what stands still, since when and for whom, within five seconds."""

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

import httpx
import pytest
import pytest_asyncio
from fastapi import FastAPI
from sqlalchemy import text as sql

from deploy.local.stack import Stack
from services.console.adapters.services import HttpServices
from services.console.adapters.statuses import HttpStatuses
from services.console.application.board import Board
from services.console.application.observe import Poller, watching
from services.console.bootstrap import Outside, create_app
from services.console.domain.parts_health import CHECKED
from services.console.domain.session import Tokens
from services.console.settings import ConsoleSettings
from services.voucher.adapters.unit_of_work import PostgresUnitOfWork
from shared.clock import utc_now
from shared.database.engine import transaction
from shared.database.unit_of_work import units_of_work
from tests.conftest import EngineFor
from tests.console.conftest import SETTINGS, Browser, World, text
from tests.console.fakes import FakeMachine, FakePeople, FakeProvider, FakeServices, FakeSessions
from tests.support.accounts import Accounts, keycloak_accounts
from tests.support.kafka import publishing
from tests.support.processes import Process, running
from tests.support.waiting import until
from tests.system.http.case import application
from tests.system.voucher_case import VoucherCase, set_up
from tests.voucher.builders import LUDWIGSHAFEN

#: What the issue asks for.
SECONDS = 5.0
BOOKING_EVERY_SECONDS = 0.2


class RealAccount(FakeMachine):
    """The console's own account, with a token of the real Keycloak."""

    def __init__(self, token: str) -> None:
        self._token = token

    async def token(self) -> str:
        return self._token


class OnlyVoucher(HttpServices):
    """Member is asked for names only: a console watches what it names."""

    names = ("voucher",)


@dataclass
class Platform:
    """A voucher service, a tenant that books all the time, and a console's page Now."""

    worker: Process
    app: FastAPI
    browser: Browser

    @property
    def board(self) -> Board:
        board: Board = self.app.state.board
        return board

    async def now(self) -> str:
        return text(await self.browser.get("/"))

    async def is_at_work(self) -> None:
        """Wait until the worker takes what comes, and nothing waits any more."""

        async def look() -> tuple[bool, int]:
            seen = self.board.status("voucher")
            ready = [each.is_ready for each in seen.of_kind("worker")] if seen else []
            return any(ready) and bool(seen and seen.lag), seen.records_behind if seen else 0

        await until(look, lambda now: now[0] and now[1] <= 1, seconds=30)


@pytest_asyncio.fixture(loop_scope="session", scope="module")
async def accounts(platform: Stack) -> AsyncIterator[Accounts]:
    async with (
        httpx.AsyncClient(trust_env=False, timeout=30) as http,
        keycloak_accounts(platform, http) as made,
    ):
        yield made


@pytest_asyncio.fixture(loop_scope="session", scope="module")
async def watched(
    platform: Stack, accounts: Accounts, engine_for: EngineFor
) -> AsyncIterator[Platform]:
    case = await set_up(engine_for("voucher"), vouchers=10_000)
    engine_for("member")
    member = Process(platform, "member", "api")
    voucher, worker = Process(platform, "voucher", "api"), Process(platform, "voucher")
    async with transaction(case.engine) as connection:
        await connection.execute(sql("DELETE FROM process"))
    with running(member, voucher, worker):
        for each in (member, voucher, worker):
            await each.ready()
        tenant_id = await _applied(accounts, member, "Speyer")
        speyer = replace(LUDWIGSHAFEN, tenant_id=tenant_id)
        async with units_of_work(case.engine, PostgresUnitOfWork, source="/test")(
            [tenant_id]
        ) as work:
            await work.tenants.learn([(speyer, 1)])
        app = await _console(accounts, {"member": member.address, "voucher": voucher.address})
        token = await accounts.token(await accounts.make("olga", roles=["operator"]))
        tokens = Tokens(token, "", "", datetime.max.replace(tzinfo=utc_now().tzinfo))
        sessions: FakeSessions = app.state.sessions
        browser = await World(app, FakeServices(), sessions).browser("operator", tokens=tokens)
        looks = dict.fromkeys(CHECKED, _answers)
        statuses = HttpStatuses(app.state.services, app.state.machine)
        poller = Poller(statuses, app.state.board, looks, utc_now)
        async with watching(poller), _bookings(platform, case, tenant_id):
            yield Platform(worker, app, browser)
        await app.state.services.aclose()
        worker.thaw()


@pytest_asyncio.fixture(loop_scope="session")
async def seen(watched: Platform) -> AsyncIterator[Platform]:
    """The same with its worker at work."""
    await watched.is_at_work()
    yield watched
    watched.worker.kill()
    watched.worker.start()
    await watched.worker.ready()


async def _answers() -> None:
    """What all share answers: this is about the worker."""


async def _applied(accounts: Accounts, member: Process, name: str) -> UUID:
    token = await accounts.token(await accounts.make("speyer"))
    async with httpx.AsyncClient(trust_env=False) as http:
        headers = {"Authorization": f"Bearer {token}"}
        address = f"{member.address}/v1/applications"
        answer = await http.post(address, headers=headers, json=application(name=name))
    assert answer.is_success, answer.text
    return UUID(answer.json()["tenant"]["tenant_id"])


async def _console(accounts: Accounts, addresses: dict[str, str]) -> FastAPI:
    machine = RealAccount(await accounts.token(await accounts.make("seer", roles=["viewer"])))
    outside = Outside(OnlyVoucher(addresses), machine, FakeProvider(), FakeSessions(), FakePeople())
    return create_app(ConsoleSettings.model_validate(SETTINGS), outside, {})


@asynccontextmanager
async def _bookings(stack: Stack, case: VoucherCase, tenant_id: UUID) -> AsyncIterator[None]:
    """Somebody of the tenant books all the time."""

    async def book() -> None:
        async with publishing(stack, "catalogue") as publisher:
            while True:
                _, event = case.requested(replace(LUDWIGSHAFEN, tenant_id=tenant_id))
                await publisher.publish(event, tenant_id, event.booking_id)
                await asyncio.sleep(BOOKING_EVERY_SECONDS)  # the load: it waits for nothing

    task = asyncio.create_task(book())
    try:
        yield
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task


@pytest.mark.parametrize(
    ("stop", "says"),
    [
        (Process.freeze, "The worker of voucher has gone silent"),
        (Process.kill, "The worker of voucher"),
        (Process.stop, "The worker of voucher was stopped"),
    ],
    ids=["frozen", "killed", "stopped"],
)
async def test_within_five_seconds_it_says_what_stands_still_since_when_and_for_whom(
    seen: Platform, stop: Callable[[Process], None], says: str
) -> None:
    before, begin = utc_now(), time.monotonic()
    stop(seen.worker)
    said = await until(
        seen.now, lambda said: says in said and "for Speyer" in said, seconds=SECONDS
    )
    took = time.monotonic() - begin
    print(f"\nsaid after {took:.2f} s: {said.split('Now', 2)[-1][:260]}")
    assert took <= SECONDS
    headline = seen.board.headline()
    assert headline.subject == "voucher"
    assert headline.health.since is not None
    assert abs((headline.health.since - before).total_seconds()) <= SECONDS
    assert headline.health.waiting > 0


async def test_when_it_goes_on_it_says_so(seen: Platform) -> None:
    seen.worker.freeze()
    await until(seen.now, lambda said: "has gone silent" in said, seconds=SECONDS)
    seen.worker.thaw()
    await until(seen.now, lambda said: "The worker of voucher" not in said, seconds=SECONDS)

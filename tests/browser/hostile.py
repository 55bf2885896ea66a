"""A console over services that say the worst that they may: markup, a change of direction, ten thousand characters."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import uvicorn

from services.console.bootstrap import Outside, create_app
from services.console.settings import ConsoleSettings
from tests.console import programmes, repairs, stories, tenants
from tests.console.conftest import SETTINGS, World
from tests.console.fakes import (
    FakeMachine,
    FakePeople,
    FakeProvider,
    FakeServices,
    FakeSessions,
    session,
)
from tests.console.tenants import HOSTILE, SUBSCRIPTION, TENANT, listed
from tests.support.waiting import until

SESSION = "hostile"
GROUP = "0123456789abcdef"
PAGES = (
    "/",
    "/tenants",
    "/tenants/onboarding",
    *(
        f"/tenants/{TENANT}{rest}"
        for rest in ("", "/history", "/errors", "/acts/suspend", "/quotas", "/access")
    ),
    "/subscriptions",
    f"/subscriptions/{SUBSCRIPTION}",
    "/repairs",
    "/repairs/letters",
    f"/repairs/groups/voucher/{GROUP}",
    "/repairs/letters/voucher/7",
    f"/repairs/voucher/preview?group_id={GROUP}",
    "/audit",
    "/programmes",
    f"/programmes/{programmes.PROGRAMME}",
    f"/stories/{stories.STORY}",
)


@asynccontextmanager
async def hostile_console(port: int) -> AsyncIterator[str]:
    """Its address; `SESSION` is an operator's."""
    services, sessions = FakeServices(), FakeSessions()
    address = f"http://127.0.0.1:{port}"
    settings = ConsoleSettings.model_validate({**SETTINGS, "public_url": address})
    outside = Outside(services, FakeMachine(), FakeProvider(), sessions, FakePeople())
    app = create_app(settings, outside, {})
    _say_the_worst(World(app, services, sessions))
    await sessions.keep(SESSION, session("operator", "approver"))
    server = uvicorn.Server(uvicorn.Config(app, port=port, log_level="warning"))
    serving = asyncio.create_task(server.serve())

    async def has_started() -> bool:
        return server.started

    try:
        await until(has_started, bool)
        yield address
    finally:
        server.should_exit = True
        await serving


def _say_the_worst(world: World) -> None:
    services, worst = world.services, {"name": HOSTILE}
    tenants.tell(services, **worst)
    way = tenants.onboarding(tenants.step("probe"), tenants.FAILED)
    listed(world, tenants.tenant(**worst))
    services.says("member", "/v1/onboardings", [tenants.under_way(way, **worst)])
    services.says("member", f"/v1/tenants/{TENANT}/access", [tenants.access(reason=HOSTILE)])
    path = f"/v1/operations/subscriptions/{SUBSCRIPTION}"
    services.says("feed", path, tenants.subscription(**worst))
    for path in ("parked-keys", "repairs", "replays"):
        repairs.everywhere(world, path, [])
    group = repairs.group(code=HOSTILE, place=HOSTILE, note=HOSTILE, type=HOSTILE)
    letter = repairs.letter(error=HOSTILE, subject=HOSTILE, key=HOSTILE, type=HOSTILE)
    entry = repairs.entry(1, reason=HOSTILE, subject=HOSTILE, action=HOSTILE)
    repairs.everywhere(world, "dead-letter-groups", [group])
    repairs.everywhere(world, "dead-letters", [letter])
    repairs.everywhere(world, "log", [entry])
    services.says("voucher", programmes.PATH, [programmes.programme(**worst)])
    requested = stories.event(
        stories.REQUESTED, "booking.requested.v1", expects=[stories.awaited()]
    )
    reserved = stories.event(stories.RESERVED, HOSTILE, stories.REQUESTED, subject=HOSTILE)
    failed = [stories.failure(error=HOSTILE)]
    told = {"catalogue": [requested], "voucher": [reserved]}
    stories.tells(world, told, voucher_failed=failed)

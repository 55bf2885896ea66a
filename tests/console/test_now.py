"""The page Now, as operators and viewers see it."""

import re
from typing import Any

import pytest
from starlette.routing import Match

from services.console.domain import reasons
from services.console.domain.observation import Failing
from services.console.domain.status import DeadLetters, Invariant, Waiting
from shared.clock import utc_now
from tests.console.conftest import World, text
from tests.console.statuses import ago, lately, process, tell

NOTHING = "\u2013"
HOSTILE = "<script>alert(1)</script>\u202e" + "x" * 10_000


def stand_still(world: World, *tenants: str) -> None:
    gone = process(state="gone", seen_at=ago(6))
    tell(world, voucher=lately("voucher", processes=(process("api"), gone)))
    world.app.state.board.waits("voucher", [Waiting("catalogue-events", 7, ago(6), tenants)])
    for tenant in tenants:
        answer = {"tenant": {"tenant_id": tenant, "name": f"Stadt {tenant}"}}
        world.services.says("member", f"/v1/applications/{tenant}", answer)


async def test_more_than_is_counted_is_said_to_be_more(world: World) -> None:
    tell(world, voucher=lately("voucher", dead_letters=DeadLetters(2_000, 9, ago(60), more=True)))
    told = await seen(world, "viewer")
    assert "voucher has given up events: 2000+" in told
    assert "dead letters: 2,000+" in told


async def seen(world: World, *roles: str, **more: Any) -> str:
    answer = await (await world.browser(*roles, **more)).get("/")
    assert answer.status_code == 200, answer.text
    return text(answer)


async def test_when_all_is_well_it_says_so(world: World) -> None:
    tell(world)
    assert "✓ ok Nothing stands still." in await seen(world, "viewer")


async def test_it_says_what_stands_still_since_when_for_whom_and_what_to_do(world: World) -> None:
    stand_still(world, "speyer", "worms")
    said = await seen(world, "operator")
    assert "✕ down The worker of voucher is gone since 22 Nov 2026, 15:03:16 (14:03:16 UTC)" in said
    assert "for Stadt speyer , Stadt worms ; 7 events wait." in said
    assert "Look why it ended, and start it again ." in said
    assert world.services.tokens["member"] != {"machine-token"}


async def test_it_says_so_in_german_too(world: World) -> None:
    stand_still(world, "speyer")
    said = await seen(world, "operator", language="de")
    assert "Der Worker von voucher ist weg seit 22.11.2026, 15:03:16 (14:03:16 UTC)" in said
    assert "für Stadt speyer ; 7 Ereignisse warten. Nachsehen, warum er endete" in said


async def test_who_only_looks_is_told_how_many_tenants_but_not_which(world: World) -> None:
    stand_still(world, "speyer", "worms")
    assert "Stadt speyer" in await seen(world, "operator"), "the names are known by now"
    said = await seen(world, "viewer")
    assert "for 2 tenants; 7 events wait." in said
    assert "speyer" not in said


async def test_of_many_tenants_three_are_named(world: World) -> None:
    stand_still(world, *"abcde")
    assert "Stadt a , Stadt b , Stadt c and 2 more tenants" in await seen(world, "operator")


async def test_names_that_are_not_to_be_had_do_not_hold_the_page_up(world: World) -> None:
    stand_still(world, "speyer")
    world.services.says("member", "/v1/applications/speyer", {"another": "contract"})
    assert "for 1 tenant;" in await seen(world, "operator")


async def test_a_hostile_name_is_only_text(world: World) -> None:
    stand_still(world, "speyer")
    answer = {"tenant": {"tenant_id": "speyer", "name": HOSTILE}}
    world.services.says("member", "/v1/applications/speyer", answer)
    page = (await (await world.browser("operator")).get("/")).text
    assert "<script>alert" not in page
    assert '<bdi class="name"' in page


async def test_a_console_that_has_heard_nothing_is_not_green(world: World) -> None:
    said = await seen(world, "viewer")
    assert "Nothing stands still" not in said
    assert "? unknown" in said


async def test_a_service_that_does_not_tell_is_shown_and_the_others_are_as_they_are(
    world: World,
) -> None:
    tell(world)
    world.app.state.board.failed("feed", Failing.STRANGE, utc_now())
    said = await seen(world, "viewer")
    assert "feed answers in a form that this console does not know" in said
    assert "voucher ✓ ok" in said


@pytest.mark.parametrize(
    ("changes", "address"),
    [
        ({"dead_letters": DeadLetters(3, 2, ago(60), ago(60))}, "/repairs?service=voucher"),
        (
            {"invariants": (Invariant("a pool adds up", ago(1), ago(9)),)},
            "/invariants?service=voucher",
        ),
    ],
)
async def test_trouble_leads_to_where_it_is_mended(world: World, changes: Any, address: str):
    tell(world, voucher=lately("voucher", **changes))
    page = (await (await world.browser("viewer")).get("/")).text
    assert f'href="{address}"' in page.split('id="now-ago"')[0]


async def test_every_figure_of_the_tables_leads_to_its_page(world: World) -> None:
    tell(world)
    page = (await (await world.browser("viewer")).get("/")).text
    cells = page.split('kern-table__cell--numeric">')[1:]
    bare = [cell for cell in cells if not cell.startswith(("<a ", NOTHING))]
    assert len(cells) > 50
    assert not bare


async def test_every_link_leads_to_a_page_of_the_console(world: World) -> None:
    stand_still(world, "speyer")
    page = (await (await world.browser("operator")).get("/")).text
    found = set(re.findall(r'href="(/[^"#?]*)', page)) - {"/"}
    every_reason = [each for each in vars(reasons).values() if isinstance(each, reasons.Why)]
    found |= {each.address({"service": "voucher"}).partition("?")[0] for each in every_reason}
    scopes = [{"type": "http", "method": "GET", "path": each, "headers": []} for each in found]
    routes = world.app.router.routes
    lost = [
        scope["path"]
        for scope in scopes
        if not any(route.matches(scope)[0] is Match.FULL for route in routes)
    ]
    assert len(found) > 10
    assert not lost


async def test_the_page_is_small(world: World) -> None:
    stand_still(world, *(f"tenant-{n}" for n in range(1_000)))
    page = (await (await world.browser("operator")).get("/")).content
    assert len(page) < 100_000

"""Repairs by the console on a real service: understood, previewed, confirmed by who may, done when its inbox says so."""

import re
from collections.abc import AsyncIterator
from contextlib import aclosing
from urllib.parse import quote

import httpx
import pytest
import pytest_asyncio
from sqlalchemy import text as sql

from services.console.application.live import Live, Viewing
from services.console.entrypoints import repair_live
from services.console.entrypoints.pages import Pages
from shared.database.engine import transaction
from shared.inbox import parking
from tests.conftest import EngineFor
from tests.console.conftest import Browser, form_token, text
from tests.console.toy_platform import SERVICE, ToyPlatform, toy_platform
from tests.shared.operators import bury, work
from tests.shared.toy_service import Service, ToyRuleError, failing
from tests.shared.toys import NotedV1, record, sealed

REPAIR = re.compile(rf"/repairs/{SERVICE}/[0-9a-f-]{{36}}")
ENOUGH = 6


@pytest_asyncio.fixture(loop_scope="session")
async def desk(engine_for: EngineFor) -> AsyncIterator[ToyPlatform]:
    service = Service(engine_for(SERVICE))
    async with toy_platform(service) as made:
        yield made
    async with transaction(service.engine) as connection:
        for table in ("parked", "dead_letter", "repair"):
            await connection.execute(sql(f"DELETE FROM {table}"))


async def _group(browser: Browser) -> str:
    """The address of the only group."""
    [address] = set[str](
        re.findall(rf'"(/repairs/groups/{SERVICE}/[^"?]+)"', (await browser.get("/repairs")).text)
    )
    return address


def _preview(group: str, action: str = "redrive") -> str:
    return f"/repairs/{SERVICE}/preview?group_id={group.rsplit('/', 1)[1]}&action={action}"


async def _asked(browser: Browser, page: str, reason: str = "mended in 1.4") -> str:
    """The address of the repair that was previewed from a page."""
    answer = await browser.post(page, page=page, reason=reason)
    assert answer.status_code == 303, text(answer)
    assert REPAIR.fullmatch(answer.headers["location"])
    return str(answer.headers["location"])


async def _decided(browser: Browser, repair: str, decision: str) -> httpx.Response:
    return await browser.post(f"{repair}/{decision}", page=repair)


async def test_a_poisoned_event_is_found_understood_and_driven_again(
    desk: ToyPlatform,
) -> None:
    noted = desk.service.noted("Erika")
    [letter_id] = await bury(desk.service, noted, error="TenantNotKnownError")
    olga = await desk.browser("olga", "operator")
    seen = text(await olga.get("/repairs"))
    assert "TenantNotKnownError" in seen
    assert "certificate : It cannot be reached." in seen, "who is silent is shown as such"
    group = text(await olga.get(await _group(olga)))
    assert "1 dead letter · 0 waiting keys · of 1 tenant" in group
    address = f"/repairs/letters/{SERVICE}/{letter_id}"
    letter = await olga.get(address)
    assert "Erika" not in letter.text, "data is shown to who asks for it only"
    assert "/stories/story" in letter.text
    whole = text(await olga.get(f"{address}?whole=true"))
    assert "Erika" in whole and "ce_type toy.noted.v1" in whole
    assert f"inspect {letter_id}" in text(await olga.get(f"/audit?service={SERVICE}"))
    repair = await _asked(olga, _preview(await _group(olga)))
    shown = text(await olga.get(repair))
    assert "Once confirmed, 1 letter is handled by voucher as if it came now." in shown
    assert await desk.service.effects() == []
    assert (await _decided(olga, repair, "confirmation")).status_code == 303
    await work(desk.service, ENOUGH)
    done = text(await olga.get(repair))
    assert "1 of 1 settled" in done and "Took effect: 1." in done
    assert "took effect: the inbox has it" in done
    assert await desk.service.effects() == ["Erika"]


async def test_a_failure_that_joins_between_click_and_execution_is_not_included(
    desk: ToyPlatform,
) -> None:
    await bury(desk.service, desk.service.noted("first"))
    olga = await desk.browser("olga", "operator")
    repair = await _asked(olga, _preview(await _group(olga)))
    await bury(desk.service, desk.service.noted("later"))
    assert "Not included: 1 newer letter" in text(await olga.get(repair))
    await _decided(olga, repair, "confirmation")
    await work(desk.service, ENOUGH)
    assert await desk.service.effects() == ["first"]
    assert "Not included: 1 newer letter" in text(await olga.get(repair))


async def test_the_second_operator_sees_who_holds_a_letter_and_cannot_take_it(
    desk: ToyPlatform,
) -> None:
    [letter_id] = await bury(desk.service, desk.service.noted("note"))
    olga = await desk.browser("olga", "operator")
    otto = await desk.browser("otto", "operator")
    page = f"/repairs/{SERVICE}/preview?id={letter_id}"
    await otto.get(page)  # he looks before she acts, and sends his form after
    token = form_token(await otto.get(page))
    repair = await _asked(olga, page, "ticket 4711")
    letter = await otto.get(f"/repairs/letters/{SERVICE}/{letter_id}")
    assert "held by Olga" in text(letter)
    assert page not in letter.text, "what he may not do leads nowhere"
    data = {"form_token": token, "from": page, "reason": "mine"}
    refused = await otto.http.post(page, data=data)
    assert refused.status_code == 409
    assert "Somebody holds some of these letters already. Nothing was done." in text(refused)
    assert f'href="{repair}"' in refused.text
    assert 'value="mine"' in refused.text, "the reason is kept"
    assert "ticket 4711" in text(await otto.get(repair))


async def test_giving_up_a_group_takes_a_second_person(desk: ToyPlatform) -> None:
    await bury(desk.service, desk.service.noted("note"))
    olga = await desk.browser("olga", "operator", "approver")
    anton = await desk.browser("anton", "approver")
    repair = await _asked(olga, _preview(await _group(olga), "discard"), "not ours")
    shown = text(await olga.get(repair))
    assert "A second person with the role approver has to confirm this." in shown
    assert "You asked for this: a second person with the role approver confirms it." in shown
    refused = await _decided(olga, repair, "confirmation")
    assert refused.status_code == 403
    assert "takes a second person" in text(refused)
    assert (await _decided(anton, repair, "confirmation")).status_code == 303
    await work(desk.service, 2)
    shown = text(await anton.get(repair))
    assert "Given up: 1." in shown and "Confirmed by Anton" in shown


async def test_it_stops_at_the_first_failure_says_why_and_goes_on_or_ends(
    desk: ToyPlatform,
) -> None:
    desk.service.failing["0"] = failing(LookupError())
    tenant_id = desk.service.tenant_id
    notes = [
        record(sealed(NotedV1(note=str(number)), tenant_id, f"toy-{number}"))
        for number in range(12)
    ]
    await bury(desk.service, *notes)
    olga = await desk.browser("olga", "operator")
    repair = await _asked(olga, _preview(await _group(olga)))
    await _decided(olga, repair, "confirmation")
    await work(desk.service, ENOUGH)
    stopped = text(await olga.get(repair))
    assert "1 of batch 1 failed again: the rest was not driven." in stopped
    german = await desk.browser("olga", "operator", language="de")
    assert "1 aus Schub 1 schlug wieder fehl" in text(await german.get(repair))
    failed = text(await olga.get(f"{repair}?state=failed"))
    assert "LookupError" in failed
    await _decided(olga, repair, "resumption")
    await work(desk.service, ENOUGH)
    assert "1 of 12 failed again and are dead letters again." in text(await olga.get(repair))
    again = await olga.post(f"{repair}/pause", page=f"/replays/{SERVICE}/new")
    assert again.status_code == 409
    assert "It stands elsewhere than when this page was drawn." in text(again)


async def test_a_key_is_driven_in_order_and_shown_while_it_waits(
    desk: ToyPlatform, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(parking, "RETRY_SECONDS", (600.0, 600.0))
    service = desk.service
    service.failing["first"] = failing(ToyRuleError("?"))
    first = service.noted("first")
    await service.process(first, service.noted("second"))
    olga = await desk.browser("olga", "operator")
    waiting = text(await olga.get("/repairs/parked"))
    assert "toy.noted.v1" in waiting and "toy_broken" in waiting
    service.failing.clear()
    key = quote((first.key or b"").decode())
    page = f"/repairs/{SERVICE}/preview?topic={first.topic}&key={key}"
    repair = await _asked(olga, page)
    assert "in their order" in text(await olga.get(repair))
    assert "held by Olga" in text(await olga.get("/repairs/parked"))
    await _decided(olga, repair, "confirmation")
    await work(service, ENOUGH)
    assert await service.effects() == ["first", "second"]


async def test_what_a_filter_found_is_repaired_and_not_what_came_after(
    desk: ToyPlatform,
) -> None:
    service = desk.service
    await bury(service, service.noted("one"), error="VoucherError tenant_unknown")
    await bury(service, service.noted("other"))
    olga = await desk.browser("olga", "operator")
    found = await olga.get("/repairs/letters?error=tenant_unknown")
    assert "tenant_unknown" in found.text and "LookupError" not in found.text
    page = f"/repairs/{SERVICE}/preview?all=true&error=tenant_unknown"
    drawn = await olga.get(page)
    assert "the 1 letter that was found" in text(drawn)
    up_to = re.search(r'name="up_to" value="(\d+)"', drawn.text)
    assert up_to
    await bury(service, service.noted("late"), error="VoucherError tenant_unknown")
    data = {"form_token": form_token(drawn), "from": page, "reason": "known", "up_to": up_to[1]}
    repair = (await olga.http.post(page, data=data)).headers["location"]
    assert "Drive 1 letter again" in text(await olga.get(repair))


async def test_a_session_that_ends_in_the_middle_does_nothing_and_keeps_the_reason(
    desk: ToyPlatform,
) -> None:
    await bury(desk.service, desk.service.noted("note"))
    olga = await desk.browser("olga", "operator")
    page = _preview(await _group(olga))
    token = form_token(await olga.get(page))
    session = desk.world.sessions.kept[olga.session_id]
    ended = session.opened_at.replace(year=2020)
    desk.world.sessions.kept[olga.session_id] = type(session)(
        **{name: getattr(session, name) for name in session.__slots__} | {"opened_at": ended}
    )
    data = {"form_token": token, "from": page, "reason": "a long explanation"}
    answer = await olga.http.post(page, data=data)
    assert answer.status_code == 303
    assert answer.headers["location"].startswith("/login?next=")
    await olga.log_in(session)
    back = await olga.get(page)
    assert "Nothing was done." in text(back)
    assert 'value="a long explanation"' in back.text
    assert "Nobody has repaired anything lately." in text(await olga.get("/repairs"))


async def test_a_service_that_falls_silent_in_the_middle_of_an_act(
    desk: ToyPlatform,
) -> None:
    await bury(desk.service, desk.service.noted("note"))
    olga = await desk.browser("olga", "operator")
    page = _preview(await _group(olga))
    desk.line.breaks_after = {"POST"}
    answer = await olga.post(page, page=page, reason="ticket 4711")
    assert answer.status_code == 503
    said = text(answer)
    assert "Unknown whether it was done" in said
    assert "ticket 4711" in said, "the reason is not lost"
    desk.line.breaks_after = set()
    assert f'href="/repairs?service={SERVICE}"' in answer.text
    [repair] = set(REPAIR.findall((await olga.get(f"/repairs?service={SERVICE}")).text))
    again = await olga.post(page, page=page, reason="ticket 4711")
    assert again.status_code == 409, "to repeat it takes nothing twice"
    assert f'href="{repair}"' in again.text


async def test_a_note_is_left_for_others(desk: ToyPlatform) -> None:
    await bury(desk.service, desk.service.noted("note"))
    olga = await desk.browser("olga", "operator")
    group = await _group(olga)
    answer = await olga.post(f"{group}/note", page=group, note="wait for <1.4>")
    assert answer.headers["location"] == group
    vera = await desk.browser("vera", "viewer")
    shown = await vera.get(group)
    assert "wait for <1.4>" in text(shown) and "Olga" in text(shown)
    assert "&lt;1.4&gt;" in shown.text
    assert "This takes the role operator." in text(shown), "acts are shown with the reason"
    refused = await vera.post(f"{group}/note", page=group, note="no")
    assert refused.status_code == 403


async def test_a_replay_is_counted_and_confirmed_by_another(desk: ToyPlatform) -> None:
    olga = await desk.browser("olga", "operator", "approver")
    page = f"/replays/{SERVICE}/new"
    refused = await olga.post(page, page=page, topic="nobodys-events", reason="lost")
    assert refused.status_code == 422
    assert "The service does not read this topic." in text(refused)
    assert 'value="nobodys-events"' in refused.text
    wrong = await olga.post(page, page=page, topic="toy-events", begin="since", since="now")
    assert wrong.status_code == 422
    made = await olga.post(page, page=page, topic="toy-events", reason="lost copies")
    replay = made.headers["location"]
    assert "The service is still counting" in text(await olga.get(replay))
    async with transaction(desk.service.engine) as connection:
        counted = (
            "UPDATE replay SET state = 'previewed', would_read = 7, would_copy = 3 WHERE id = :id"
        )
        await connection.execute(sql(counted), {"id": int(replay.rsplit("/", 1)[1])})
    assert "It would read 7 events , of which 3" in text(await olga.get(replay)).replace(
        "events,", "events ,"
    )
    assert (await _decided(olga, replay, "confirmation")).status_code == 403
    anton = await desk.browser("anton", "approver")
    assert (await _decided(anton, replay, "confirmation")).status_code == 303
    assert "Confirmed by Anton" in text(await anton.get(replay))
    assert replay in (await anton.get("/replays")).text


async def test_all_who_look_at_a_repair_see_it_go_on(desk: ToyPlatform) -> None:
    await bury(desk.service, desk.service.noted("note"))
    olga = await desk.browser("olga", "operator")
    repair = await _asked(olga, _preview(await _group(olga)))
    assert f"/live/repair?service={SERVICE}&amp;repair=" in (await olga.get(repair)).text
    live: Live = desk.world.app.state.live
    query = (("drawn", "previewed"), ("repair", repair.rsplit("/", 1)[1]), ("service", SERVICE))
    viewing = Viewing("en", frozenset({"viewer"}), query)

    async def token() -> str:
        return "vera|viewer"

    async with aclosing(live.follow("repair", viewing, token)) as updates:
        first = (await anext(updates)).fragments["repair-standing"]
        assert "to be confirmed" in first and "This has moved on" not in first
        await _decided(olga, repair, "confirmation")
        await work(desk.service, ENOUGH)
        async for update in updates:
            shown = update.fragments["repair-standing"]
            if "1 of 1 settled" in shown:
                break
        assert "This has moved on" in shown, "what can be decided is another page by now"
    other = Viewing("en", frozenset({"viewer"}), (("repair", "x"), ("service", "nobody")))
    views = repair_live.RepairViews(desk.world.app.state.services, desk.world.people, Pages({}))
    assert await views.repair(other, "vera|viewer") == {}

"""Stories as operators see them: found at every service, told as one, with what failed, and what is missing and why."""

from datetime import timedelta
from typing import Any
from uuid import uuid4

from services.console.domain.errors import Refusal, ServiceRefusedError, ServiceSilentError
from shared.clock import utc_now
from tests.console.conftest import World, text
from tests.console.fakes import NAMES
from tests.console.statuses import process, status
from tests.console.stories import (
    BOOKING,
    PATH,
    REQUESTED,
    RESERVED,
    START,
    STORY,
    TENANT,
    TRACE,
    awaited,
    event,
    failure,
    tells,
)


def is_well(world: World) -> None:
    world.app.state.board.told("voucher", status(at=utc_now(), processes=_processes()))


def _processes(**changes: Any) -> tuple[Any, ...]:
    now = utc_now()
    worker = {"seen_at": now, **changes}
    return (process("api", seen_at=now), process("worker", **worker))


async def see(world: World, address: str = f"/stories/{STORY}", *roles: str) -> Any:
    return await (await world.browser(*(roles or ("operator",)))).get(address)


async def test_a_story_is_told_in_order_across_services(world):
    before = (START - timedelta(hours=1)).isoformat()
    tells(
        world,
        {
            "catalogue": [event(REQUESTED, "booking.requested.v1")],
            "voucher": [event(RESERVED, "voucher.reserved.v1", REQUESTED, time=before)],
        },
        voucher_handled=[{"event_id": REQUESTED, "handled_at": START.isoformat()}],
    )
    answer = await see(world)
    assert answer.status_code == 200
    told = text(answer)
    listed = answer.text[answer.text.index('<ol class="story">') :]
    assert listed.index("booking.requested.v1") < listed.index("voucher.reserved.v1")
    assert "because of 1" in told
    assert "Took effect at voucher" in told
    assert "What is missing" not in told
    assert f"/events/voucher/{RESERVED}?story={STORY}" in answer.text


async def test_the_trace_is_led_to_where_there_is_one(world):
    tells(world, {"catalogue": [event(REQUESTED, "booking.requested.v1")]})
    assert f"<code>{TRACE}</code>" in (await see(world)).text
    world.app.state.settings = world.app.state.settings.model_copy(
        update={"trace_url": "https://traces.example.org/t/{trace_id}"}
    )
    assert f'href="https://traces.example.org/t/{TRACE}"' in (await see(world)).text


async def test_a_gap_names_the_service_that_stands_still_and_since_when(world):
    tells(world, {"catalogue": [event(REQUESTED, "booking.requested.v1", expects=[awaited()])]})
    seen = utc_now() - timedelta(minutes=6)
    gone = _processes(state="gone", seen_at=seen)
    world.app.state.board.told("voucher", status(at=utc_now(), processes=gone))
    told = text(await see(world))
    assert "Overdue : voucher.reserved.v1 or voucher.refused.v1 from voucher" in told
    assert "Nothing since" in told
    assert "The worker of voucher is gone , since" in told
    assert "Look why it ended, and start it again" in told


async def test_a_gap_that_is_not_due_yet_is_awaited(world):
    soon = (utc_now() + timedelta(minutes=1)).isoformat()
    expects = [awaited(due_at=soon)]
    tells(world, {"catalogue": [event(REQUESTED, "booking.requested.v1", expects=expects)]})
    is_well(world)
    told = text(await see(world))
    assert "Awaited : voucher.reserved.v1" in told
    assert "Overdue" not in told


async def test_a_gap_is_explained_by_the_failure_and_leads_to_its_repair(world):
    told = {"catalogue": [event(REQUESTED, "booking.requested.v1", expects=[awaited()])]}
    tells(world, told, voucher_failed=[failure()])
    is_well(world)
    answer = await see(world)
    assert "voucher fails at the event before: LookupError: no programme" in text(answer)
    assert "voucher could not handle booking.requested.v1 in 5 attempts" in text(answer)
    assert 'href="/repairs/letters/voucher/7"' in answer.text
    assert f'href="/repairs/groups/voucher/{"ab" * 8}"' in answer.text


async def test_a_gap_behind_an_event_that_was_not_sent(world):
    pending = event(REQUESTED, "booking.requested.v1", expects=[awaited()], state="pending")
    tells(world, {"catalogue": [pending]})
    is_well(world)
    told = text(await see(world))
    assert "catalogue has not sent it yet." in told
    assert "catalogue has not sent the event before." in told


async def test_a_gap_though_the_event_before_took_effect(world):
    told = {"catalogue": [event(REQUESTED, "booking.requested.v1", expects=[awaited()])]}
    handled = [{"event_id": REQUESTED, "handled_at": START.isoformat()}]
    tells(world, told, voucher_handled=handled)
    is_well(world)
    assert "voucher did handle the event before and published nothing" in text(await see(world))


async def test_nothing_is_missing_that_depends_on_what_never_was(world):
    expects = [awaited(given="voucher.reserved.v1")]
    tells(world, {"catalogue": [event(REQUESTED, "booking.requested.v1", expects=expects)]})
    assert "What is missing" not in text(await see(world))


async def test_a_service_that_does_not_answer_is_named_and_the_rest_is_told(world):
    tells(world, {"catalogue": [event(REQUESTED, "booking.requested.v1", expects=[awaited()])]})
    for path in (PATH, "/v1/operations/failures", "/v1/operations/handled"):
        world.services.says("voucher", path, ServiceSilentError("voucher", "It cannot be reached."))
    answer = await see(world)
    assert answer.status_code == 200
    assert "voucher : It cannot be reached." in text(answer)
    assert "booking.requested.v1" in text(answer)
    assert "voucher does not tell of this story: it may have come." in text(answer)


async def test_a_service_of_another_version_is_named_too(world):
    tells(world, {"catalogue": [event(REQUESTED, "booking.requested.v1")]})
    world.services.says("feed", PATH, [{"id": "of another contract"}])
    assert "feed : It answers otherwise" in text(await see(world))


async def test_more_than_200_events_are_loaded_as_asked(world):
    all_events = [
        event(
            str(uuid4()),
            "toy.noted.v1",
            sequence=n,
            expects=[awaited()],
            time=(START + timedelta(seconds=n)).isoformat(),
        )
        for n in range(450)
    ]

    def page(query: dict[str, Any]) -> list[dict[str, Any]]:
        return all_events[query["offset"] : query["offset"] + query["limit"]]

    tells(world, {})
    world.services.says("catalogue", PATH, page)
    first = await see(world)
    assert first.text.count("<li id=") == 200
    assert f'href="/stories/{STORY}?shown=400"' in first.text
    assert "What is missing can be said only when all events are shown." in text(first)
    assert "Overdue" not in text(first)
    every = await see(world, f"/stories/{STORY}?shown=600")
    assert every.text.count("<li id=") == 450
    assert "What is missing" in text(every)
    assert "Load more" not in text(every)
    asked = [given["event_id"] for _, path, given in world.services.asked if "handled" in path]
    assert max(len(each) for each in asked) == 100


async def test_hostile_ids_are_shown_as_text(world):
    hostile = '<script>alert("x")</script>\u202e' + "x" * 60
    tells(world, {"catalogue": [event(REQUESTED, "booking.requested.v1", subject=hostile)]})
    answer = await see(world)
    assert "<script>alert" not in answer.text
    assert "<bdi" in answer.text


async def test_a_story_that_nobody_knows(world):
    tells(world, {})
    answer = await see(world)
    assert answer.status_code == 404
    assert "No service has published anything with this id" in text(answer)


async def test_an_id_that_a_client_chose_may_have_slashes(world):
    tells(world, {})
    told = [event(REQUESTED, "booking.requested.v1")]
    world.services.says("catalogue", "/v1/operations/stories/a%2Fb%2Ec", told)
    assert "booking.requested.v1" in text(await see(world, "/stories/a/b.c"))


def found(correlation_id: str, minutes: int, **changes: Any) -> dict[str, Any]:
    at = (START - timedelta(minutes=minutes)).isoformat()
    types = {"first_type": "a.first.v1", "last_type": "a.last.v1"}
    return {
        "correlation_id": correlation_id,
        "tenant_id": TENANT,
        "first_at": at,
        "last_at": at,
        **types,
        **changes,
    }


async def test_stories_of_all_services_are_one_list(world):
    path = "/v1/operations/stories"
    for service in NAMES:
        world.services.says(service, path, [])
    world.services.says("catalogue", path, [found("old", 9), found("both", 5)])
    world.services.says("voucher", path, [found("both", 1, last_type="v.last.v1")])
    world.services.says("feed", path, ServiceSilentError("feed", "It cannot be reached."))
    names = {"tenant": {"tenant_id": TENANT, "name": "Speyer"}}
    world.services.says("member", f"/v1/applications/{TENANT}", names)
    answer = await see(world, "/stories?q=B-1&by=subject")
    told = text(answer)
    assert "2 stories" in told
    assert told.index(" both ") < told.index(" old ")
    assert "Speyer catalogue, voucher a.first.v1" in told
    assert "feed : It cannot be reached." in told
    assert ("catalogue", path, {"limit": 50, "subject": "B-1"}) in world.services.asked


async def test_names_of_tenants_are_for_operators(world):
    path = "/v1/operations/stories"
    for service in NAMES:
        world.services.says(service, path, [found("x", 1)])
    told = text(await see(world, "/stories?q=B-1", "viewer"))
    assert TENANT in told
    assert not [each for each in world.services.asked if "applications" in each[1]]


async def test_what_cannot_be_looked_for_is_said_so_and_nobody_is_asked(world):
    answer = await see(world, "/stories?q=Speyer&by=person")
    assert answer.status_code == 422
    assert "People and tenants have a UUID" in text(answer)
    assert 'value="Speyer"' in answer.text
    assert world.services.asked == []


def whole() -> dict[str, Any]:
    return {
        "topic": "catalogue-events",
        "key": f"{TENANT}:{BOOKING}",
        "headers": {"ce_type": "booking.requested.v1"},
        "data": '{"note":"<b>seen</b>"}',
    }


async def test_an_event_is_shown_as_it_was_sent(world):
    world.services.says("catalogue", f"/v1/operations/events/{REQUESTED}", whole())
    answer = await see(world, f"/events/catalogue/{REQUESTED}?story={STORY}")
    assert answer.status_code == 200
    assert "&lt;b&gt;seen&lt;/b&gt;" in answer.text
    assert "That you looked is written down there." in text(answer)
    assert world.services.asked[-1][2] == {"correlation_id": STORY}


async def test_a_tombstone_says_that_it_has_no_data(world):
    path = f"/v1/operations/events/{REQUESTED}"
    world.services.says("member", path, {**whole(), "data": ""})
    answer = await see(world, f"/events/member/{REQUESTED}?story={STORY}")
    assert "It has no data: it erases what was sent before." in text(answer)


async def test_an_event_that_names_people_is_not_shown_without_an_access(world):
    refusal = Refusal(403, "operator_access_missing", "You have no running access.")
    path = f"/v1/operations/events/{REQUESTED}"
    world.services.says("member", path, ServiceRefusedError("member", refusal))
    answer = await see(world, f"/events/member/{REQUESTED}?story={STORY}")
    assert answer.status_code == 403
    assert "Events of this topic name people." in text(answer)


async def test_a_viewer_is_told_who_may_read_an_event(world):
    answer = await see(world, f"/events/member/{REQUESTED}?story={STORY}", "viewer")
    assert "Who has the role operator can read the event" in text(answer)
    assert world.services.asked == []


async def test_an_event_of_no_service(world):
    assert (await see(world, f"/events/nobody/{REQUESTED}?story={STORY}")).status_code == 404

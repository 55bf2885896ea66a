"""Repairs over HTTP and by a worker, on PostgreSQL: frozen, in batches, and done when the inbox says so."""

import asyncio
from collections.abc import AsyncIterator
from random import Random
from typing import Any

import httpx
import pytest
import pytest_asyncio
from sqlalchemy import text

from shared.database.engine import transaction
from shared.inbox import letters, parking
from shared.repairs import repairer
from tests.shared.operators import (
    APPROVER,
    BOTH,
    COLLEAGUE,
    OPERATIONS,
    OPERATOR,
    VIEWER,
    bury,
    by,
    calling,
    decide,
    group_of,
    preview,
    state_of,
    work,
)
from tests.shared.toy_service import Service, ToyRuleError, failing
from tests.shared.toys import NotedV1, Record, record, sealed

ENOUGH = 6


@pytest_asyncio.fixture(loop_scope="session")
async def client(service: Service) -> AsyncIterator[httpx.AsyncClient]:
    async with calling(service, repair_alone=20) as each:
        yield each


def _notes(service: Service, number: int) -> list[Record]:
    """Records of as many aggregates."""
    return [
        record(sealed(NotedV1(note=str(n)), service.tenant_id, f"toy-{n}")) for n in range(number)
    ]


async def _letters(client: httpx.AsyncClient, repair: dict[str, Any], state: str) -> list[Any]:
    address = f"{OPERATIONS}/repairs/{repair['repair_id']}/letters"
    answer = await client.get(address, params={"state": state, "limit": 500})
    return list(answer.raise_for_status().json())


async def test_a_letter_is_previewed_confirmed_and_done_when_the_inbox_has_it(
    service: Service, client: httpx.AsyncClient
) -> None:
    noted = service.noted("note")
    ids = await bury(service, noted)
    asked = await preview(client, ids=ids)
    assert (asked["state"], asked["letters"], asked["ids"]) == ("previewed", 1, ids)
    await work(service)
    assert await service.effects() == [], "nothing happens before it is confirmed"
    assert (await decide(client, asked, "confirmation")).json()["state"] == "confirmed"
    await repairer.Repairer(service.engine).run()
    driven = await state_of(client, asked)
    assert (driven["state"], driven["progress"]["driven"]) == ("running", 1)
    await service.process()
    assert (await state_of(client, asked))["state"] == "running", "nobody has looked at the inbox"
    await work(service)
    done = await state_of(client, asked)
    assert (done["state"], done["progress"]["resolved"], done["why"]) == ("done", 1, "")
    assert await service.effects() == ["note"]
    assert await service.buried(noted) == []


async def test_what_joins_the_group_afterwards_is_not_in_it(
    service: Service, client: httpx.AsyncClient
) -> None:
    first, later = service.noted("first"), service.noted("later")
    [letter_id] = await bury(service, first)
    asked = await preview(client, group_id=await group_of(client, letter_id))
    assert asked["newer"] == 0
    await bury(service, later)
    assert (await state_of(client, asked))["newer"] == 1
    await decide(client, asked, "confirmation")
    await work(service, ENOUGH)
    done = await state_of(client, asked)
    assert (done["state"], done["newer"]) == ("done", 1)
    assert await service.effects() == ["first"]
    assert len(await service.buried(later)) == 1


async def test_batches_grow_and_the_first_failure_stops_it(
    service: Service, client: httpx.AsyncClient
) -> None:
    notes = _notes(service, 15)
    ids = await bury(service, *notes)
    service.failing["0"] = failing(LookupError())
    asked = await preview(client, group_id=await group_of(client, ids[0]))
    await decide(client, asked, "confirmation")
    await work(service, ENOUGH)
    stopped = await state_of(client, asked)
    assert (stopped["state"], stopped["batches"]) == ("paused", 1)
    assert stopped["why"] == "1 of batch 1 failed again"
    assert service.tried == ["0"], "one letter was tried, once"
    assert [each["letter_id"] for each in await _letters(client, asked, "failed")] == [ids[0]]
    [row] = await service.buried(notes[0])
    assert row.attempts == 6, "it is a letter again, and counts all attempts"
    await decide(client, asked, "resumption")
    await work(service, ENOUGH)
    done = await state_of(client, asked)
    assert (done["state"], done["batches"]) == ("done", 3)
    assert done["why"] == "1 of 15 failed again"
    assert done["progress"]["resolved"] == 14
    assert sorted(await service.effects()) == sorted(str(n) for n in range(1, 15))


async def test_a_letter_has_one_holder_and_the_second_learns_who(
    service: Service, client: httpx.AsyncClient
) -> None:
    noted = service.noted("note")
    ids = await bury(service, noted)
    held = await preview(client, ids=ids, reason="ticket 4711")
    body = {"action": "discard", "ids": ids, "reason": "no idea"}
    answer = await client.post(f"{OPERATIONS}/repairs", json=body, headers=by(COLLEAGUE))
    assert (answer.status_code, answer.json()["code"]) == (409, "letters_held")
    for said in ("olga", "redrive", "previewed", "ticket 4711", held["repair_id"]):
        assert said in answer.json()["detail"]
    assert (await decide(client, held, "cancellation", COLLEAGUE)).json()["state"] == "cancelled"
    freed = await preview(client, ids=ids)
    assert freed["letters"] == 1


async def test_a_letter_says_who_holds_it(service: Service, client: httpx.AsyncClient) -> None:
    ids = await bury(service, service.noted("held"), service.noted("free"))
    held = await preview(client, ids=ids[:1])
    answer = await client.get(
        f"{OPERATIONS}/dead-letters", params={"tenant_id": str(service.tenant_id)}
    )
    assert [(each["id"], each["held_by"], each["repair_id"]) for each in answer.json()] == [
        (ids[0], "olga", held["repair_id"]),
        (ids[1], None, None),
    ]
    assert (await client.get(f"{OPERATIONS}/dead-letters/{ids[0]}")).json()["held_by"] == "olga"
    await decide(client, held, "cancellation")
    [only] = (await client.get(f"{OPERATIONS}/dead-letters", params={"id": ids[0]})).json()
    assert (only["id"], only["held_by"]) == (ids[0], None)


@pytest.mark.parametrize("seed", range(5))
async def test_of_two_at_once_each_letter_goes_to_one(
    service: Service, client: httpx.AsyncClient, seed: int
) -> None:
    random = Random(seed)
    ids = await bury(service, *_notes(service, 12))
    wishes = [random.sample(ids, random.randint(2, 8)) for _ in range(6)]

    async def ask(wish: list[int]) -> httpx.Response:
        body = {"action": "redrive", "ids": wish, "reason": f"seed {seed}"}
        return await client.post(f"{OPERATIONS}/repairs", json=body)

    answers = await asyncio.gather(*map(ask, wishes))
    assert {each.status_code for each in answers} <= {201, 409}
    taken = [
        letter_id for each in answers if each.status_code == 201 for letter_id in each.json()["ids"]
    ]
    assert len(taken) == len(set(taken)), "no letter has two holders"
    assert taken
    refused = [wish for wish, each in zip(wishes, answers, strict=True) if each.status_code == 409]
    assert all(set(wish) & set(taken) for wish in refused), (
        "who was refused wanted one that is held"
    )


async def test_two_workers_drive_each_letter_once(
    service: Service, client: httpx.AsyncClient
) -> None:
    ids = await bury(service, *_notes(service, 15))
    asked = await preview(client, ids=ids)
    await decide(client, asked, "confirmation")
    for _ in range(ENOUGH):
        await asyncio.gather(work(service), work(service))
    assert (await state_of(client, asked))["progress"]["resolved"] == 15
    assert sorted(service.tried) == sorted(str(n) for n in range(15))


async def test_a_key_goes_whole_and_in_order_with_what_waits(
    service: Service, client: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(parking, "RETRY_SECONDS", (600.0, 600.0))
    service.failing["bad"] = failing(LookupError())
    dead, bad, follower = service.noted("dead"), service.noted("bad"), service.noted("follower")
    await bury(service, dead)
    await service.process(bad, follower)
    service.failing.clear()
    key = {"topic": dead.topic, "key": (dead.key or b"").decode()}
    asked = await preview(client, key=key)
    assert asked["letters"] == 3
    await decide(client, asked, "confirmation")
    await work(service, ENOUGH)
    assert (await state_of(client, asked))["progress"]["resolved"] == 3
    assert await service.effects() == ["dead", "bad", "follower"]


async def test_a_key_that_waits_is_listed_with_why_and_who_holds_it(
    service: Service, client: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(parking, "RETRY_SECONDS", (600.0, 600.0))
    first, behind = service.noted("first"), service.noted("behind")
    service.failing["first"] = failing(ToyRuleError("Erika has no account"))
    await service.process(first, behind)

    async def keys(**query: str) -> list[Any]:
        answer = await client.get(f"{OPERATIONS}/parked-keys", params={"limit": "500", **query})
        found = answer.raise_for_status().json()
        return [each for each in found if each["tenant_id"] == str(service.tenant_id)]

    [waits] = await keys()
    assert waits["key"] == (first.key or b"").decode()
    assert (waits["records"], waits["attempts"]) == (2, 1)
    assert (waits["type"], waits["subject"], waits["held_by"]) == ("toy.noted.v1", "toy", None)
    assert "toy_broken" in waits["error"]
    assert await keys(group_id=waits["group_id"]) == [waits]
    assert await keys(group_id="0" * 16) == []
    held = await preview(client, key={"topic": waits["topic"], "key": waits["key"]})
    [now] = await keys()
    assert (now["held_by"], now["repair_id"]) == ("olga", held["repair_id"])


async def test_what_follows_the_first_of_a_key_stays_behind_it_when_it_fails(
    service: Service, client: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(parking, "RETRY_SECONDS", (600.0, 600.0))
    first, second = service.noted("first"), service.noted("second")
    await bury(service, first, second)
    service.failing["first"] = failing(LookupError())
    asked = await preview(client, key={"topic": first.topic, "key": (first.key or b"").decode()})
    await decide(client, asked, "confirmation")
    await work(service, ENOUGH)
    progress = (await state_of(client, asked))["progress"]
    assert (progress["failed"], progress["driven"]) == (1, 1)
    assert await service.effects() == []
    assert [row.attempts for row in await service.parked(first, second)] == [1, 0]


async def test_letters_are_given_up_with_a_reason_and_driven_again_by_name(
    service: Service, client: httpx.AsyncClient
) -> None:
    noted = service.noted("note")
    ids = await bury(service, noted)
    asked = await preview(client, action="discard", ids=ids, reason="a test message")
    await decide(client, asked, "confirmation")
    await work(service, 2)
    assert (await state_of(client, asked))["progress"]["discarded"] == 1
    [row] = await service.buried(noted)
    assert row.discarded_at is not None
    again = await preview(client, ids=ids)
    await decide(client, again, "confirmation")
    await work(service, 3)
    assert await service.effects() == ["note"]


async def test_a_whole_group_is_given_up_by_two_people(
    service: Service, client: httpx.AsyncClient
) -> None:
    [letter_id] = await bury(service, service.noted("note"))
    group = await group_of(client, letter_id)
    asked = await preview(client, action="discard", group_id=group, reason="not ours")
    assert asked["needs_approval"]
    for alone in (OPERATOR, BOTH, COLLEAGUE):
        refused = await decide(client, asked, "confirmation", alone)
        assert (refused.status_code, refused.json()["code"]) == (403, "approval_needed")
    confirmed = (await decide(client, asked, "confirmation", APPROVER)).json()
    assert (confirmed["state"], confirmed["confirmed_by"]) == ("confirmed", "anton")


async def test_more_letters_than_one_may_repair_alone_take_two_people(
    service: Service, client: httpx.AsyncClient
) -> None:
    ids = await bury(service, *_notes(service, 21))
    assert (await preview(client, ids=ids))["needs_approval"]


async def test_a_paused_repair_begins_no_batch_and_a_cancelled_one_lets_go(
    service: Service, client: httpx.AsyncClient
) -> None:
    ids = await bury(service, *_notes(service, 12))
    asked = await preview(client, ids=ids)
    await decide(client, asked, "confirmation")
    await repairer.Repairer(service.engine).run()
    paused = (await decide(client, asked, "pause")).json()
    assert (paused["state"], paused["why"]) == ("paused", "paused by olga")
    await work(service, ENOUGH)
    still = await state_of(client, asked)
    assert (still["progress"]["resolved"], still["progress"]["waiting"]) == (1, 11)
    ended = (await decide(client, asked, "cancellation")).json()
    assert (ended["progress"]["released"], ended["progress"]["waiting"]) == (11, 0)
    assert (await preview(client, ids=ids))["letters"] == 11


async def test_a_preview_lapses(service: Service, client: httpx.AsyncClient) -> None:
    ids = await bury(service, service.noted("note"))
    asked = await preview(client, ids=ids)
    old = text("UPDATE repair SET cut_off = now() - interval '16 minutes' WHERE repair_id = :id")
    async with transaction(service.engine) as connection:
        await connection.execute(old, {"id": asked["repair_id"]})
    await work(service)
    assert (await state_of(client, asked))["state"] == "cancelled"
    late = await decide(client, asked, "confirmation")
    assert (late.status_code, late.json()["code"]) == (409, "repair_state")
    await preview(client, ids=ids)


async def test_an_unreadable_letter_fails_at_once(
    service: Service, client: httpx.AsyncClient
) -> None:
    ids = await bury(service, service.noted("x", value=b"{"))
    asked = await preview(client, ids=ids)
    await decide(client, asked, "confirmation")
    await work(service, 3)
    [failed] = await _letters(client, asked, "failed")
    assert "Invalid JSON" in failed["error"]


async def test_everything_is_written_down(service: Service, client: httpx.AsyncClient) -> None:
    ids = await bury(service, service.noted("note"))
    asked = await preview(client, ids=ids, reason="mended")
    await decide(client, asked, "confirmation", COLLEAGUE)
    log = (await client.get(f"{OPERATIONS}/log", params={"text": asked["repair_id"]})).json()
    assert [(each["operator"], each["action"]) for each in log] == [
        ("otto", "confirm"),
        ("olga", "preview"),
    ]
    assert {each["reason"] for each in log} == {"mended"}


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        ({"ids": [2**62]}, 409, "nothing_to_repair"),
        ({"ids": []}, 422, "invalid_request"),
        ({"ids": [1], "group_id": "0" * 16}, 422, "invalid_request"),
        ({}, 422, "invalid_request"),
        ({"group_id": "'; --"}, 422, "invalid_request"),
        ({"ids": [1], "action": "delete"}, 422, "invalid_request"),
        ({"ids": [1], "reason": ""}, 422, "invalid_request"),
        ({"key": {"topic": "t", "key": "a\x00"}}, 422, "invalid_request"),
    ],
)
async def test_what_cannot_be_repaired_is_said(
    client: httpx.AsyncClient, body: dict[str, Any], status: int, code: str
) -> None:
    body = {"action": "redrive", "reason": "mended", **body}
    answer = await client.post(f"{OPERATIONS}/repairs", json=body)
    assert (answer.status_code, answer.json()["code"]) == (status, code)


async def test_who_looks_may_not_repair(client: httpx.AsyncClient) -> None:
    assert (await client.get(f"{OPERATIONS}/repairs", headers=by(VIEWER))).status_code == 200
    body = {"action": "redrive", "ids": [1], "reason": "x"}
    answer = await client.post(f"{OPERATIONS}/repairs", json=body, headers=by(VIEWER))
    assert (answer.status_code, answer.json()["code"]) == (403, "role_missing")


async def test_what_was_erased_meanwhile_is_gone_and_not_resolved(
    service: Service, client: httpx.AsyncClient
) -> None:
    erased, kept = _notes(service, 2)
    ids = await bury(service, erased, kept)
    asked = await preview(client, ids=ids)
    async with transaction(service.engine) as connection:
        await letters.erase(connection, erased.topic, [(erased.key or b"").decode()])
    await decide(client, asked, "confirmation")
    await work(service, ENOUGH)
    done = await state_of(client, asked)
    assert done["state"] == "done"
    assert (done["progress"]["gone"], done["progress"]["resolved"]) == (1, 1)

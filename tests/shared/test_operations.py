"""Dead letters and replays over HTTP: an operator finds and reads letters, and has a topic read again."""

from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest
import pytest_asyncio
from sqlalchemy import text

from shared.database.engine import transaction
from tests.shared.operators import APPROVER, OPERATIONS, VIEWER, bury, by, calling
from tests.shared.toy_service import Service
from tests.shared.toys import NotedV1, record, sealed

LETTERS = f"{OPERATIONS}/dead-letters"


@pytest_asyncio.fixture(loop_scope="session")
async def client(service: Service) -> AsyncIterator[httpx.AsyncClient]:
    async with calling(service) as each:
        yield each


async def _found(client: httpx.AsyncClient, **query: Any) -> list[int]:
    answer = await client.get(LETTERS, params={"limit": 500, **query})
    return [each["id"] for each in answer.raise_for_status().json()]


async def test_a_letter_is_listed_with_what_it_is_and_without_its_data(
    service: Service, client: httpx.AsyncClient
) -> None:
    envelope = sealed(NotedV1(note="Erika"), service.tenant_id)
    [letter_id] = await bury(service, record(envelope))
    answer = await client.get(LETTERS, params={"tenant_id": str(service.tenant_id)})
    (only,) = answer.json()
    assert only["id"] == letter_id
    assert (only["type"], only["subject"]) == ("toy.noted.v1", "toy")
    assert (only["error"], only["attempts"]) == ("LookupError", 5)
    assert (only["correlation_id"], only["discarded_at"]) == ("story", None)
    assert "Erika" not in answer.text


async def test_letters_are_found_by_what_they_are(
    service: Service, client: httpx.AsyncClient
) -> None:
    mine = {"tenant_id": str(service.tenant_id)}
    [one] = await bury(service, service.noted("one"))
    [other] = await bury(service, service.noted("other"), error="VoucherError tenant_unknown")
    assert await _found(client, **mine) == [one, other]
    assert await _found(client, **mine, type="toy.noted.v1", topic="toy-events") == [one, other]
    assert await _found(client, **mine, error="tenant_unknown") == [other]
    assert await _found(client, **mine, type="toy.other.v1") == []
    assert await _found(client, **mine, limit=1, offset=1) == [other]
    assert await _found(client, **mine, discarded=True) == []


async def test_a_letter_is_read_whole_and_the_reader_is_named(
    service: Service, client: httpx.AsyncClient
) -> None:
    noted = service.noted("note")
    [letter_id] = await bury(service, noted)
    letter = (await client.get(f"{LETTERS}/{letter_id}")).json()
    assert letter["data"].encode() == noted.value
    assert letter["key"].encode() == noted.key
    assert ["ce_type", "toy.noted.v1"] in letter["headers"]
    (last, *_) = (await client.get("/v1/operations/log")).json()
    assert (last["operator"], last["action"]) == ("olga", "inspect")
    assert last["subject"] == str(letter_id)


@pytest.mark.parametrize("letter_id", [2**62, 0, 2**64, "x"])
async def test_a_letter_that_is_not_there(client: httpx.AsyncClient, letter_id: object) -> None:
    answer = await client.get(f"{LETTERS}/{letter_id}")
    assert answer.status_code == (404 if letter_id == 2**62 else 422)


async def test_a_replay_is_counted_first_and_confirmed_by_another(
    service: Service, client: httpx.AsyncClient
) -> None:
    body = {"topic": "member-events", "since": "2026-11-21T08:00:00Z", "reason": "copy was wrong"}
    asked = (await client.post(f"{OPERATIONS}/replays", json=body)).json()
    assert (asked["state"], asked["would_read"], asked["asked_by"]) == ("asked", None, "olga")
    address = f"{OPERATIONS}/replays/{asked['id']}"
    early = await client.post(f"{address}/confirmation", headers=by(APPROVER))
    assert (early.status_code, early.json()["code"]) == (409, "replay_state")
    counted = text(
        "UPDATE replay SET state = 'previewed', would_read = 7, would_copy = 5 WHERE id = :id"
    )
    async with transaction(service.engine) as connection:
        await connection.execute(counted, {"id": asked["id"]})
    alone = await client.post(f"{address}/confirmation", headers=by("olga|approver"))
    assert (alone.status_code, alone.json()["code"]) == (403, "approval_needed")
    confirmed = (await client.post(f"{address}/confirmation", headers=by(APPROVER))).json()
    assert (confirmed["state"], confirmed["confirmed_by"]) == ("waiting", "anton")
    (last, *_) = (await client.get(f"{OPERATIONS}/replays")).json()
    assert last == confirmed
    late = await client.post(f"{address}/cancellation")
    assert (late.status_code, late.json()["code"]) == (409, "replay_state")


async def test_a_replay_that_is_not_there(client: httpx.AsyncClient) -> None:
    for what, who in (("confirmation", APPROVER), ("cancellation", "olga|operator")):
        address = f"{OPERATIONS}/replays/{2**62}/{what}"
        assert (await client.post(address, headers=by(who))).status_code == 404


async def test_only_a_topic_that_is_read_is_replayed(client: httpx.AsyncClient) -> None:
    body = {"topic": "voucher-events", "reason": "why not"}
    answer = await client.post("/v1/operations/replays", json=body)
    assert (answer.status_code, answer.json()["code"]) == (422, "topic_not_read")
    assert "toy-events" in answer.json()["detail"]


@pytest.mark.parametrize(
    ("method", "address"),
    [
        ("GET", "dead-letters/1"),
        ("PUT", f"dead-letter-groups/{'0' * 16}/note"),
        ("POST", "repairs"),
        ("POST", "replays"),
        ("POST", "replays/1/confirmation"),
        ("POST", "republications"),
    ],
)
async def test_who_looks_changes_nothing(
    client: httpx.AsyncClient, method: str, address: str
) -> None:
    answer = await client.request(method, f"{OPERATIONS}/{address}", headers=by(VIEWER))
    assert (answer.status_code, answer.json()["code"]) == (403, "role_missing")

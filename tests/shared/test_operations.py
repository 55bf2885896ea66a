"""Dead letters over HTTP: an operator finds, reads, drives again and discards them, and is named."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from time import time
from typing import Any

import httpx
import pytest
import pytest_asyncio
from fastapi import FastAPI

from shared.auth.tokens import Caller
from shared.database.engine import transaction
from shared.http.app import create_app
from shared.http.operations import operations_router
from shared.inbox import letters
from shared.inbox.records import Failure
from tests.shared.toy_service import Service, failing
from tests.shared.toys import NotedV1, Record, record, sealed

LETTERS = "/v1/operations/dead-letters"


class Tokens:
    """Stands in for the issuer: a token is a role."""

    async def authenticate(self, token: str) -> Caller:
        return Caller("night-shift", frozenset({token}), (), time() + 60)


@asynccontextmanager
async def _lifespan(_app: FastAPI) -> AsyncIterator[None]:
    yield


@pytest_asyncio.fixture(loop_scope="session")
async def client(service: Service) -> AsyncIterator[httpx.AsyncClient]:
    app = create_app(title="toy", description="", checks={}, lifespan=_lifespan)
    app.state.authenticator = Tokens()
    app.include_router(operations_router(service.engine, ["toy-events", "member-events"]))
    transport = httpx.ASGITransport(app, raise_app_exceptions=False)
    headers = {"Authorization": "Bearer operator"}
    async with httpx.AsyncClient(
        transport=transport, base_url="http://toy", headers=headers
    ) as each:
        yield each


async def _bury(service: Service, each: Record, error: str = "LookupError") -> int:
    async with transaction(service.engine) as connection:
        await letters.bury(connection, [Failure(each, error, 5)])
    (row,) = await service.buried(each)
    return int(row.id)


async def _found(client: httpx.AsyncClient, **query: Any) -> list[int]:
    answer = await client.get(LETTERS, params={"limit": 500, **query})
    return [each["id"] for each in answer.raise_for_status().json()]


async def test_a_letter_is_listed_with_what_it_is_and_without_its_data(
    service: Service, client: httpx.AsyncClient
) -> None:
    envelope = sealed(NotedV1(note="Erika"), service.tenant_id)
    letter_id = await _bury(service, record(envelope))
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
    one = await _bury(service, service.noted("one"), "LookupError")
    other = await _bury(service, service.noted("other"), "VoucherError tenant_unknown")
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
    letter_id = await _bury(service, noted)
    letter = (await client.get(f"{LETTERS}/{letter_id}")).json()
    assert letter["data"].encode() == noted.value
    assert letter["key"].encode() == noted.key
    assert ["ce_type", "toy.noted.v1"] in letter["headers"]
    (last, *_) = (await client.get("/v1/operations/log")).json()
    assert (last["operator"], last["action"]) == ("night-shift", "inspect")
    assert last["subject"] == str(letter_id)


@pytest.mark.parametrize("letter_id", [2**62, 0, 2**64, "x"])
async def test_a_letter_that_is_not_there(client: httpx.AsyncClient, letter_id: object) -> None:
    answer = await client.get(f"{LETTERS}/{letter_id}")
    assert answer.status_code == (404 if letter_id == 2**62 else 422)


async def test_a_letter_driven_again_takes_effect(
    service: Service, client: httpx.AsyncClient
) -> None:
    service.failing["bad"] = failing(LookupError())
    bad = service.noted("bad")
    letter_id = await _bury(service, bad)
    service.failing.clear()
    answer = await client.post(f"{LETTERS}/redrive", json={"ids": [letter_id], "reason": "mended"})
    assert answer.json() == {"letters": 1}
    await service.process()
    assert await service.effects() == ["bad"]
    assert await service.buried(bad) == []
    (last, *_) = (await client.get("/v1/operations/log")).json()
    assert (last["action"], last["reason"]) == ("redrive", "mended")


async def test_a_letter_driven_again_in_vain_is_buried_again(
    service: Service, client: httpx.AsyncClient
) -> None:
    spoilt = service.noted("x", value=b"{")
    letter_id = await _bury(service, spoilt)
    for _ in range(2):
        await client.post(f"{LETTERS}/redrive", json={"ids": [letter_id]})
    await service.process()
    assert len(await service.buried(spoilt)) == 1


async def test_many_are_driven_again_by_their_error(
    service: Service, client: httpx.AsyncClient
) -> None:
    notes = [service.noted(str(n)) for n in range(3)]
    for each in notes:
        await _bury(service, each, "VoucherError tenant_unknown")
    other = service.noted("other")
    await _bury(service, other, "ValueError")
    body = {"tenant_id": str(service.tenant_id), "error": "tenant_unknown"}
    assert (await client.post(f"{LETTERS}/redrive", json=body)).json() == {"letters": 3}
    await service.process()
    assert await service.effects() == ["0", "1", "2"]
    assert len(await service.buried(other)) == 1


async def test_a_discarded_letter_is_kept_and_can_be_driven_again(
    service: Service, client: httpx.AsyncClient
) -> None:
    bad = service.noted("bad")
    letter_id = await _bury(service, bad)
    body = {"ids": [letter_id], "reason": "a test message of the vendor"}
    assert (await client.post(f"{LETTERS}/discard", json=body)).json() == {"letters": 1}
    assert (await client.post(f"{LETTERS}/discard", json=body)).json() == {"letters": 0}
    mine = {"tenant_id": str(service.tenant_id)}
    assert await _found(client, **mine) == []
    assert await _found(client, **mine, discarded=True) == [letter_id]
    again = {"ids": [letter_id], "discarded": True}
    assert (await client.post(f"{LETTERS}/redrive", json=again)).json() == {"letters": 1}
    await service.process()
    assert await service.effects() == ["bad"]


@pytest.mark.parametrize(
    ("address", "body", "field"),
    [
        ("redrive", {}, "body"),
        ("discard", {"ids": [1]}, "body.reason"),
        ("discard", {"reason": "all of them"}, "body"),
        ("redrive", {"ids": []}, "body.ids"),
        ("redrive", {"ids": [2**63]}, "body.ids.0"),
        ("redrive", {"topic": "a\x00"}, "body.topic"),
    ],
)
async def test_a_choice_that_says_nothing_is_refused(
    client: httpx.AsyncClient, address: str, body: dict[str, Any], field: str
) -> None:
    answer = await client.post(f"{LETTERS}/{address}", json=body)
    assert answer.status_code == 422
    assert [each["field"] for each in answer.json()["errors"]] == [field]


async def test_a_replay_is_asked_for_and_told_of(client: httpx.AsyncClient) -> None:
    body = {"topic": "member-events", "since": "2026-11-21T08:00:00Z", "reason": "copy was wrong"}
    asked = (await client.post("/v1/operations/replays", json=body)).json()
    assert (asked["state"], asked["events"]) == ("waiting", 0)
    (last, *_) = (await client.get("/v1/operations/replays")).json()
    assert last == asked


async def test_only_a_topic_that_is_read_is_replayed(client: httpx.AsyncClient) -> None:
    body = {"topic": "voucher-events", "reason": "why not"}
    answer = await client.post("/v1/operations/replays", json=body)
    assert (answer.status_code, answer.json()["code"]) == (422, "topic_not_read")
    assert "toy-events" in answer.json()["detail"]


@pytest.mark.parametrize(
    ("method", "address"),
    [
        ("GET", LETTERS),
        ("GET", f"{LETTERS}/1"),
        ("POST", f"{LETTERS}/redrive"),
        ("POST", f"{LETTERS}/discard"),
        ("GET", "/v1/operations/log"),
        ("GET", "/v1/operations/replays"),
        ("POST", "/v1/operations/replays"),
        ("POST", "/v1/operations/republications"),
    ],
)
async def test_nobody_but_an_operator_may(
    client: httpx.AsyncClient, method: str, address: str
) -> None:
    headers = {"Authorization": "Bearer tenant-admin"}
    answer = await client.request(method, address, headers=headers)
    assert (answer.status_code, answer.json()["code"]) == (403, "role_missing")

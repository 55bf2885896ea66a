"""Stories are found by what they are about, by tenant, person or trace; and told with what is expected and failed."""

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from typing import Any, ClassVar
from uuid import UUID, uuid4

import httpx
import pytest
import pytest_asyncio
from sqlalchemy import text

from shared.database.engine import transaction
from shared.envelope import Cause, Event
from shared.expectations import Expectation
from shared.inbox import parking
from shared.outbox import stories
from shared.outbox.store import append
from tests.shared.operators import OPERATIONS, VIEWER, bury, by, calling
from tests.shared.toy_service import Service, failing
from tests.shared.toys import NOW, TOPIC, NotedV1, Record, outgoing, record, sealed

STORIES = f"{OPERATIONS}/stories"
EXPECTED = Expectation("toy.noted.v1", ("toy.closed.v1",), by="toys", within=timedelta(seconds=30))


class BookedV1(Event):
    TYPE: ClassVar[str] = "toy.booked.v1"
    TOPIC: ClassVar[str] = TOPIC

    person_id: UUID


@pytest_asyncio.fixture(loop_scope="session")
async def client(service: Service) -> AsyncIterator[httpx.AsyncClient]:
    async with calling(service, expects=(EXPECTED,)) as each:
        yield each


async def _publish(
    service: Service, event: Event, correlation_id: str, about: str = "toy", trace: str = ""
) -> None:
    traceparent = f"00-{trace}-00f067aa0ba902b7-01" if trace else None
    cause = Cause(correlation_id, traceparent=traceparent)
    told = replace(outgoing(event, service.tenant_id, about), cause=cause)
    async with transaction(service.engine) as connection:
        await append(connection, [told], source="/toy", now=NOW)


async def _found(client: httpx.AsyncClient, **query: Any) -> list[str]:
    answer = await client.get(STORIES, params=query, headers=by(VIEWER))
    return [each["correlation_id"] for each in answer.raise_for_status().json()]


async def test_a_story_is_found_by_all_that_leads_to_it(
    service: Service, client: httpx.AsyncClient
) -> None:
    mine, other, person, about = (str(uuid4()) for _ in range(4))
    trace = uuid4().hex
    await _publish(service, BookedV1(person_id=UUID(person)), mine, about, trace)
    await _publish(service, NotedV1(note="x"), other)
    tenant = str(service.tenant_id)
    assert await _found(client, subject=about) == [mine]
    assert await _found(client, person_id=person) == [mine]
    assert await _found(client, trace_id=trace) == [mine]
    assert await _found(client, tenant_id=tenant) == [other, mine]
    assert await _found(client, tenant_id=tenant, limit=1) == [other]
    assert await _found(client, subject=about, tenant_id=str(uuid4())) == []
    assert await _found(client, subject=str(uuid4())) == []


async def test_a_person_is_found_as_what_an_event_is_about_too(
    service: Service, client: httpx.AsyncClient
) -> None:
    mine, person = str(uuid4()), str(uuid4())
    await _publish(service, NotedV1(note="registered"), mine, about=person)
    assert await _found(client, person_id=person) == [mine]


async def test_a_story_that_is_found_says_from_when_to_when(
    service: Service, client: httpx.AsyncClient
) -> None:
    mine = str(uuid4())
    await _publish(service, NotedV1(note="x"), mine)
    await _publish(service, BookedV1(person_id=uuid4()), mine, about=mine)
    answer = await client.get(STORIES, params={"subject": mine})
    [only] = answer.json()
    assert (only["first_type"], only["last_type"]) == ("toy.noted.v1", "toy.booked.v1")
    assert only["tenant_id"] == str(service.tenant_id)
    assert only["first_at"] == only["last_at"] == "2026-11-21T09:30:00Z"


@pytest.mark.parametrize(
    "query",
    [
        {},
        {"subject": "a", "trace_id": "0" * 32},
        {"trace_id": "x"},
        {"person_id": "x"},
        {"subject": "a\x00"},
        {"tenant_id": str(uuid4()), "limit": 0},
    ],
)
async def test_a_search_says_one_thing(client: httpx.AsyncClient, query: dict[str, Any]) -> None:
    answer = await client.get(STORIES, params=query)
    assert (answer.status_code, answer.json()["code"]) == (422, "invalid_request")


async def test_an_event_says_what_has_to_follow(
    service: Service, client: httpx.AsyncClient
) -> None:
    mine = str(uuid4())
    await _publish(service, NotedV1(note="x"), mine)
    await _publish(service, BookedV1(person_id=uuid4()), mine)
    noted, booked = (await client.get(f"{STORIES}/{mine}")).json()
    [expected] = noted["expects"]
    assert expected == {
        "types": ["toy.closed.v1"],
        "by": "toys",
        "due_at": "2026-11-21T09:30:30Z",
        "given": None,
    }
    assert booked["expects"] == []


def _of(service: Service, correlation_id: str, note: str) -> Record:
    envelope = sealed(NotedV1(note=note), service.tenant_id)
    return record(replace(envelope, cause=Cause(correlation_id)))


async def test_what_failed_of_a_story_is_told_with_its_attempts(
    service: Service, client: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(parking, "RETRY_SECONDS", (600.0,))
    mine = str(uuid4())
    service.failing["bad"] = failing(LookupError())
    await service.process(_of(service, mine, "bad"), _of(service, mine, "behind"))
    [letter_id] = await bury(service, _of(service, mine, "dead"))
    await bury(service, service.noted("of another story"))
    answer = await client.get(f"{OPERATIONS}/failures", params={"correlation_id": mine})
    told = [(each["state"], each["attempts"], each["letter_id"]) for each in answer.json()]
    assert told == [("parked", 1, None), ("behind", 0, None), ("dead", 5, letter_id)]
    first = answer.json()[0]
    assert (first["error"], first["type"], first["subject"]) == (
        "LookupError",
        "toy.noted.v1",
        "toy",
    )
    assert UUID(first["event_id"])
    assert "bad" not in answer.text


async def test_an_event_says_where_it_took_effect(
    service: Service, client: httpx.AsyncClient
) -> None:
    taken, failed = (sealed(NotedV1(note=each), service.tenant_id) for each in ("x", "bad"))
    service.failing["bad"] = failing(LookupError())
    await service.process(record(taken), record(failed))
    ids = [str(taken.id), str(failed.id)]
    answer = await client.get(f"{OPERATIONS}/handled", params={"event_id": ids}, headers=by(VIEWER))
    [found] = answer.raise_for_status().json()
    assert found["event_id"] == ids[0]
    assert found["handled_at"]


@pytest.mark.parametrize("ids", [[], ["x"], [str(uuid4()) for _ in range(101)]])
async def test_up_to_a_hundred_events_are_asked_about(
    client: httpx.AsyncClient, ids: list[str]
) -> None:
    answer = await client.get(f"{OPERATIONS}/handled", params={"event_id": ids})
    assert (answer.status_code, answer.json()["code"]) == (422, "invalid_request")


async def _published(service: Service, client: httpx.AsyncClient, mine: str) -> str:
    """The address of a story's only event."""
    await _publish(service, NotedV1(note="seen"), mine, about="a toy")
    [told] = (await client.get(f"{STORIES}/{mine}")).json()
    return f"{OPERATIONS}/events/{told['id']}"


async def test_an_event_is_shown_whole_and_that_is_written_down(
    service: Service, client: httpx.AsyncClient
) -> None:
    mine = str(uuid4())
    address = await _published(service, client, mine)
    whole = (await client.get(address, params={"correlation_id": mine})).raise_for_status().json()
    assert (whole["topic"], whole["key"]) == (TOPIC, f"{service.tenant_id}:a toy")
    assert whole["headers"]["ce_type"] == "toy.noted.v1"
    assert whole["data"] == '{"note":"seen"}'
    log = (await client.get(f"{OPERATIONS}/log", params={"text": address[-36:]})).json()
    assert [(each["operator"], each["action"]) for each in log] == [("olga", "inspect")]


async def test_an_event_is_shown_to_operators_and_within_its_story_only(
    service: Service, client: httpx.AsyncClient
) -> None:
    mine = str(uuid4())
    address = await _published(service, client, mine)
    viewer = await client.get(address, params={"correlation_id": mine}, headers=by(VIEWER))
    assert (viewer.status_code, viewer.json()["code"]) == (403, "role_missing")
    other = await client.get(address, params={"correlation_id": str(uuid4())})
    assert (other.status_code, other.json()["code"]) == (404, "not_found")


async def test_an_event_that_names_people_needs_an_access(service: Service) -> None:
    mine = str(uuid4())
    async with calling(service, personal=(TOPIC,)) as client:
        address = await _published(service, client, mine)
        answer = await client.get(address, params={"correlation_id": mine})
        log = (await client.get(f"{OPERATIONS}/log", params={"text": address[-36:]})).json()
    assert (answer.status_code, answer.json()["code"]) == (403, "operator_access_missing")
    assert "seen" not in answer.text
    assert log == []


@pytest.mark.parametrize(
    ("query", "index"),
    [
        (stories._BY_SUBJECT, "substr_id_idx"),
        (stories._BY_TENANT, "tenant_id_id_idx"),
        (stories._BY_PERSON, "substr_id_idx"),
        (stories._BY_TRACE, "substr_id_idx"),
    ],
)
async def test_each_search_goes_by_an_index(service: Service, query: Any, index: str) -> None:
    row = {"value": str(uuid4()), "tenant": None, "limit": 50}
    async with transaction(service.engine) as connection:
        # An empty day is read faster as a whole; here the question is whether that is needed.
        await connection.execute(text("SET LOCAL enable_seqscan = off"))
        plan = [each[0] for each in await connection.execute(text(f"EXPLAIN {query.text}"), row)]
    assert not [each for each in plan if "Seq Scan on outbox_event" in each], plan
    assert [each for each in plan if index in each], plan

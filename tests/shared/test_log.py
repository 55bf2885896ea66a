"""What operators did: searched, and exported as a file that no spreadsheet takes for a formula."""

import csv
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any
from uuid import uuid4

import httpx
import orjson
import pytest
import pytest_asyncio

from shared.clock import utc_now
from shared.database.engine import transaction
from shared.operations import journal
from shared.operations.journal import Operation
from tests.shared.operators import OPERATIONS, VIEWER, by, calling
from tests.shared.toy_service import Service

LOG = f"{OPERATIONS}/log"


@pytest_asyncio.fixture(loop_scope="session")
async def client(service: Service) -> AsyncIterator[httpx.AsyncClient]:
    async with calling(service) as each:
        yield each


async def _done(service: Service, *operations: Operation) -> None:
    async with transaction(service.engine) as connection:
        for each in operations:
            await journal.note(connection, each)


async def _found(client: httpx.AsyncClient, **query: Any) -> list[str]:
    answer = await client.get(LOG, params=query, headers=by(VIEWER))
    return [each["subject"] for each in answer.raise_for_status().json()]


async def test_it_is_searched_by_who_what_when_and_words(
    service: Service, client: httpx.AsyncClient
) -> None:
    me, word = f"olga-{uuid4()}", f"Ticket {uuid4()}"
    before = utc_now()
    await _done(
        service,
        Operation(me, "confirm", "one", word),
        Operation(me, "cancel", f"two {word}"),
        Operation("somebody else", "cancel", "three"),
    )
    after = utc_now() + timedelta(seconds=5)
    assert await _found(client, operator=me) == [f"two {word}", "one"]
    assert await _found(client, operator=me, action="cancel") == [f"two {word}"]
    assert await _found(client, text=word.upper()) == [f"two {word}", "one"]
    assert await _found(client, operator=me, to=before.isoformat()) == []
    assert await _found(client, operator=me, **{"from": after.isoformat()}) == []
    assert await _found(client, operator=me, **{"from": before.isoformat()}, limit=1, offset=1) == [
        "one"
    ]


@pytest.mark.parametrize("query", [{"from": "yesterday"}, {"operator": "a\x00"}, {"limit": 0}])
async def test_a_search_that_makes_no_sense_is_refused(
    client: httpx.AsyncClient, query: dict[str, Any]
) -> None:
    assert (await client.get(LOG, params=query)).status_code == 422


async def test_it_is_exported_oldest_first(service: Service, client: httpx.AsyncClient) -> None:
    me = f"olga-{uuid4()}"
    await _done(service, *(Operation(me, "act", str(n), "=1+1") for n in range(3)))
    answer = await client.get(f"{LOG}/export", params={"operator": me})
    assert answer.headers["content-type"] == "application/x-ndjson"
    lines = [orjson.loads(line) for line in answer.text.splitlines()]
    assert [line["subject"] for line in lines] == ["0", "1", "2"]
    answer = await client.get(f"{LOG}/export", params={"operator": me, "format": "csv"})
    rows = list(csv.DictReader(answer.text.splitlines()))
    assert [row["subject"] for row in rows] == ["0", "1", "2"]
    assert {row["reason"] for row in rows} == {"'=1+1"}
    assert "attachment" in answer.headers["content-disposition"]

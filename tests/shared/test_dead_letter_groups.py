"""Dead letters are grouped by type, error and place, never by what the error said."""

from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest
import pytest_asyncio
from sqlalchemy import text

from services.voucher.domain.errors import PoolExhaustedError
from services.voucher.domain.ledger import Account, Balances
from shared.database.engine import transaction
from shared.inbox import parking
from shared.inbox.origins import Origin
from shared.release import RELEASE
from tests.shared.operators import COLLEAGUE, OPERATIONS, bury, by, calling, group_of, preview
from tests.shared.toy_service import Service, ToyRuleError, failing

GROUPS = f"{OPERATIONS}/dead-letter-groups"


@pytest_asyncio.fixture(loop_scope="session")
async def client(service: Service) -> AsyncIterator[httpx.AsyncClient]:
    async with calling(service) as each:
        yield each


async def _group(client: httpx.AsyncClient, group_id: str) -> dict[str, Any]:
    found = (await client.get(GROUPS, params={"limit": 500})).raise_for_status().json()
    return next(each for each in found if each["group_id"] == group_id)


def _raised(units: int) -> Origin:
    try:
        Balances(available=1).move(Account.AVAILABLE, Account.RESERVED, units)
    except PoolExhaustedError as error:
        return Origin.of(error)
    raise AssertionError


def test_an_origin_is_the_error_and_the_innermost_place_of_the_service() -> None:
    origin = _raised(2)
    assert origin.code.startswith("PoolExhaustedError")
    assert origin.place == "services/voucher/domain/ledger.py:move"
    assert origin.release == str(RELEASE)


def test_a_group_does_not_depend_on_what_was_said() -> None:
    group = _raised(2).group("booking.requested.v1")
    assert group == _raised(3).group("booking.requested.v1")
    assert len(group) == 16
    others = {
        _raised(2).group("booking.cancelled.v1"),
        Origin("LookupError", _raised(2).place).group("booking.requested.v1"),
        Origin(_raised(2).code, "elsewhere").group("booking.requested.v1"),
    }
    assert len(others | {group}) == 4


async def test_a_group_counts_letters_tenants_and_releases(
    service: Service, client: httpx.AsyncClient
) -> None:
    ids = await bury(service, *(service.noted(str(n)) for n in range(3)))
    found = await _group(client, await group_of(client, ids[0]))
    assert (found["letters"], found["tenants"], found["parked_keys"]) == (3, 1, 0)
    assert (found["type"], found["code"]) == ("toy.noted.v1", "LookupError")
    assert found["releases"] == [str(RELEASE)]
    assert found["state"] == "open"
    assert found["first_at"] <= found["last_at"]
    await preview(client, ids=ids[:1])
    assert (await _group(client, found["group_id"]))["state"] == "repairing"


async def test_what_is_tried_again_has_its_group_before_it_is_a_letter(
    service: Service, client: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(parking, "RETRY_SECONDS", (600.0,))
    service.failing["bad"] = failing(ToyRuleError())
    bad, behind = service.noted("bad"), service.noted("behind")
    await service.process(bad, behind)
    first, second = await service.parked(bad, behind)
    assert (first.code, second.group_id) == ("ToyRuleError toy_broken", None)
    found = await _group(client, first.group_id)
    assert (found["state"], found["letters"], found["parked_keys"]) == ("retrying", 0, 1)
    async with transaction(service.engine) as connection:
        await connection.execute(text("UPDATE parked SET due_at = now()"))
    await service.process()
    [letter] = await service.buried(bad)
    assert letter.group_id == first.group_id, "the same in every state"


async def test_a_note_stays_with_the_group(service: Service, client: httpx.AsyncClient) -> None:
    [letter_id] = await bury(service, service.noted("note"))
    group_id = await group_of(client, letter_id)
    for who, said in (("olga|operator", "Vendor asked."), (COLLEAGUE, "Mended in 1.2.")):
        answer = await client.put(f"{GROUPS}/{group_id}/note", json={"note": said}, headers=by(who))
        assert answer.status_code == 204
    found = await _group(client, group_id)
    assert (found["note"], found["noted_by"]) == ("Mended in 1.2.", "otto")


@pytest.mark.parametrize(("group_id", "status"), [("0" * 16, 404), ("x", 422)])
async def test_a_group_that_is_not_there_takes_no_note(
    client: httpx.AsyncClient, group_id: str, status: int
) -> None:
    answer = await client.put(f"{GROUPS}/{group_id}/note", json={"note": "?"})
    assert answer.status_code == status


async def test_letters_of_the_release_before_are_found_together(
    service: Service, client: httpx.AsyncClient
) -> None:
    ids = await bury(service, service.noted("old"))
    forget = text("UPDATE dead_letter SET group_id = NULL, release = NULL WHERE id = ANY(:ids)")
    async with transaction(service.engine) as connection:
        await connection.execute(forget, {"ids": ids})
    assert (await _group(client, "unknown"))["letters"] >= 1
    found = await client.get(f"{OPERATIONS}/dead-letters", params={"group_id": "unknown"})
    assert ids[0] in [each["id"] for each in found.json()]
    assert ids[0] in (await preview(client, group_id="unknown"))["ids"]

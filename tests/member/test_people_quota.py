"""A tenant has as many people as it may, whoever brings them and however many come at once."""

import asyncio
from typing import Any
from uuid import uuid4

import httpx
import pytest
import pytest_asyncio
from sqlalchemy import text

from services.member.adapters.unit_of_work import PostgresUnitOfWork
from services.member.domain.people_errors import TooManyPeopleError
from services.member.domain.quota import Headcount
from shared.clock import utc_now
from shared.database.unit_of_work import UnitsOfWork
from tests.member.http import OPERATOR, person, tenant_of
from tests.member.scim import Directory, patch, user

pytestmark = pytest.mark.usefixtures("engine_for")

Units = UnitsOfWork[PostgresUnitOfWork]
CODE = "too_many_people"
HEADING = "external_id;given_name;family_name;email"


class Town:
    """A tenant whose operator says how many people it may have."""

    def __init__(
        self, client: httpx.AsyncClient, admin: dict[str, str], directory: Directory
    ) -> None:
        self.client, self.admin, self.directory = client, admin, directory
        self.tenant_id = tenant_of(admin)

    async def allow(self, people: int) -> dict[str, Any]:
        limits = {"events_per_day": 100, "machine_clients": 3, "subscriptions": 1}
        answer = await self.client.put(
            f"/v1/tenants/{self.tenant_id}/quotas",
            json={**limits, "people": people},
            headers=OPERATOR,
        )
        assert answer.is_success, answer.text
        shown: dict[str, Any] = answer.json()
        return shown

    async def used(self) -> int:
        quotas = (await self.client.get("/v1/tenant/quotas", headers=self.admin)).json()
        return int(quotas["used"]["people"])

    async def register(self, *external_ids: str) -> httpx.Response:
        body = {"people": [person(external_id=each) for each in external_ids]}
        return await self.client.post("/v1/people/bulk", json=body, headers=self.admin)

    async def upload(self, *external_ids: str, query: str = "") -> httpx.Response:
        rows = [HEADING, *(f"{each};Luisa;Rheinufer;{each}@example.org" for each in external_ids)]
        content = "\n".join(rows).encode()
        return await self.client.post(
            f"/v1/people/import{query}", content=content, headers=self.admin
        )

    async def act(self, person_id: str, what: str, **body: str) -> httpx.Response:
        address = f"/v1/people/{person_id}/{what}"
        return await self.client.post(address, json=body, headers=self.admin)

    async def provision(self, **changes: Any) -> httpx.Response:
        return await self.directory.ask("POST", "/Users", json=user(**changes))


@pytest_asyncio.fixture
async def town(client: httpx.AsyncClient, admin: dict[str, str]) -> Town:
    return Town(client, admin, await Directory.of(client, admin))


async def present(units: Units, town: Town) -> int:
    """How many people there are, counted one by one."""
    async with units([town.tenant_id]) as work:
        found = await work.connection.execute(
            text("SELECT count(*) FROM person WHERE tenant_id = :id AND NOT has_left"),
            {"id": town.tenant_id},
        )
        return int(found.scalar_one())


def is_refused(answer: httpx.Response, allowed: int) -> bool:
    """Whether a problem document says how many people are allowed, and whom to ask."""
    problem = answer.json()
    says_it = f"may have {allowed} people" in problem["detail"] and "operator" in problem["detail"]
    return (answer.status_code, problem["code"], says_it) == (409, CODE, True)


def test_room_ends_with_the_last_one_allowed() -> None:
    Headcount(present=9, allowed=10).require_room(1)
    for headcount, more in ((Headcount(9, 10), 2), (Headcount(10, 10), 1), (Headcount(12, 10), 1)):
        with pytest.raises(TooManyPeopleError):
            headcount.require_room(more)


async def test_one_too_many_is_refused_and_none_of_those_beside(town: Town) -> None:
    await town.allow(3)
    assert (await town.register("1", "2")).is_success
    assert is_refused(await town.register("3", "4"), 3)
    assert await town.used() == 2
    assert (await town.register("3", "2", "1")).is_success, "who is known needs no room"
    assert is_refused(await town.register("4"), 3)
    one = await town.client.post("/v1/people", json=person(external_id="5"), headers=town.admin)
    assert is_refused(one, 3)


async def test_a_directory_gets_an_error_of_its_protocol(town: Town) -> None:
    await town.allow(1)
    made = (await town.provision()).json()
    refused = await town.provision()
    assert refused.status_code == 403
    assert refused.headers["content-type"].startswith("application/scim+json")
    assert refused.json()["schemas"] == ["urn:ietf:params:scim:api:messages:2.0:Error"]
    assert refused.json()["status"] == "403"
    assert "may have 1 people" in refused.json()["detail"]
    # Who is not active is not counted, and needs room to become active.
    absent = (await town.provision(active=False)).json()
    address = f"/Users/{absent['id']}"
    activate = patch({"op": "replace", "path": "active", "value": True})
    assert (await town.directory.ask("PATCH", address, json=activate)).status_code == 403
    assert not (await town.directory.ask("GET", address)).json()["active"]
    assert (await town.directory.ask("DELETE", f"/Users/{made['id']}")).status_code == 204
    assert (await town.directory.ask("PATCH", address, json=activate)).status_code == 200
    assert await town.used() == 1


async def test_who_leaves_makes_room_and_comes_back_only_into_room(town: Town) -> None:
    await town.allow(2)
    first, second = (each["person_id"] for each in (await town.register("1", "2")).json()["people"])
    today = utc_now().date().isoformat()
    announced = await town.act(second, "leaving", on="2099-12-31")
    assert announced.is_success
    assert is_refused(await town.register("3"), 2), "who will leave is there until then"
    assert (await town.act(first, "leaving", on=today)).is_success
    assert (await town.register("3")).is_success
    assert is_refused(await town.act(first, "return"), 2)
    erased = f"/v1/people/{second}?reason=asked"
    assert (await town.client.delete(erased, headers=town.admin)).status_code == 204
    assert (await town.act(first, "return")).is_success
    # Erasing who has left frees nothing a second time.
    assert (await town.act(first, "leaving", on=today)).is_success
    erased = f"/v1/people/{first}?reason=asked"
    assert (await town.client.delete(erased, headers=town.admin)).status_code == 204
    assert await town.used() == 1


async def test_a_file_is_told_before_anything_is_written(town: Town) -> None:
    await town.allow(3)
    assert (await town.register("1")).is_success
    rows = ("1", "2", "3", "4", "5")
    dry = (await town.upload(*rows, query="?dry_run=true")).json()
    assert (dry["is_taken"], dry["created"]) == (False, 2)
    assert [each["row"] for each in dry["problems"]] == [5, 6]
    assert "may have 3 people" in dry["problems"][0]["what_to_do"]
    refused = await town.upload(*rows)
    assert (refused.status_code, refused.json()["code"]) == (422, "rows_refused")
    assert await town.used() == 1
    assert (await town.upload(*rows, query="?only_good=true")).json()["created"] == 2
    assert await town.used() == 3


async def test_fewer_than_there_are_take_nothing_away_and_let_nothing_be_added(town: Town) -> None:
    await town.allow(10)
    made = (await town.register("1", "2", "3")).json()["people"][0]["person_id"]
    lowered = await town.allow(2)
    assert (lowered["people"], lowered["used"]) == (2, {"people": 3, "machine_clients": 0})
    assert is_refused(await town.register("4"), 2)
    changed = await town.client.patch(
        f"/v1/people/{made}", json={"roles": ["hr"]}, headers=town.admin
    )
    assert changed.json()["roles"] == ["hr"]
    assert (await town.register("1", "2", "3")).is_success
    await town.allow(4)
    assert (await town.register("4")).is_success


async def test_no_more_than_allowed_however_many_come_at_once(
    town: Town, postgres_units: Units
) -> None:
    await town.allow(25)
    leaver = (await town.register("leaver")).json()["people"][0]["person_id"]
    assert (await town.act(leaver, "leaving", on=utc_now().date().isoformat())).is_success
    answers = await asyncio.gather(
        *(town.provision() for _ in range(40)),
        *(town.register(uuid4().hex, uuid4().hex) for _ in range(10)),
        *(town.upload(uuid4().hex, uuid4().hex) for _ in range(5)),
        town.act(leaver, "return"),
    )
    assert {answer.status_code for answer in answers} <= {200, 201, 403, 409, 422}
    assert await present(postgres_units, town) == 25 == await town.used()


async def test_a_quota_lowered_meanwhile_holds(town: Town, postgres_units: Units) -> None:
    await town.allow(1_000)

    async def provision() -> None:
        for _ in range(100):
            if (await town.provision()).status_code != 201:
                return

    creators = [asyncio.create_task(provision()) for _ in range(8)]
    lowered = await town.allow(5)
    await asyncio.gather(*creators)
    there = max(5, lowered["used"]["people"])
    assert await present(postgres_units, town) == there == await town.used()

"""Units and job families, over HTTP."""

from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest

from services.member.adapters.unit_of_work import PostgresUnitOfWork
from shared.database.unit_of_work import UnitsOfWork
from tests.member.http import bearer, person, tenant_of

pytestmark = pytest.mark.usefixtures("engine_for")


async def unit(client: httpx.AsyncClient, admin: dict[str, str], **fields: Any) -> dict[str, Any]:
    answer = await client.post("/v1/org-units", json={"name": "Amt", **fields}, headers=admin)
    assert answer.status_code == 201, answer.text
    made: dict[str, Any] = answer.json()
    return made


async def people(client: httpx.AsyncClient, admin: dict[str, str], count: int) -> list[str]:
    made = [
        await client.post("/v1/people", json=person(external_id=str(n)), headers=admin)
        for n in range(count)
    ]
    return [each.json()["person_id"] for each in made]


async def test_a_leader_leads_all_that_lies_below(
    client: httpx.AsyncClient,
    admin: dict[str, str],
    postgres_units: UnitsOfWork[PostgresUnitOfWork],
) -> None:
    head, clerk, other, stranger = await people(client, admin, 4)
    top = await unit(client, admin, name="Dezernat", leaders=[head], members=[head])
    below = await unit(client, admin, name="Amt", parent_id=top["unit_id"], members=[clerk])
    await unit(client, admin, name="Abteilung", parent_id=below["unit_id"], members=[other])
    await unit(client, admin, name="Anderes", members=[stranger])
    async with postgres_units([tenant_of(admin)]) as work:
        assert await work.staff.led_by(UUID(head)) == {UUID(clerk), UUID(other)}
        assert await work.staff.led_by(UUID(clerk)) == set()
    listed = (await client.get("/v1/org-units", headers=admin)).json()
    assert [each["name"] for each in listed] == ["Abteilung", "Amt", "Anderes", "Dezernat"]


async def test_the_tree_stays_a_tree(client: httpx.AsyncClient, admin: dict[str, str]) -> None:
    top = await unit(client, admin)
    below = await unit(client, admin, parent_id=top["unit_id"])
    for parent in (below["unit_id"], top["unit_id"], str(uuid4())):
        body = {"name": "Amt", "parent_id": parent}
        answer = await client.put(f"/v1/org-units/{top['unit_id']}", json=body, headers=admin)
        assert (answer.status_code, answer.json()["code"]) == (422, "unit_misplaced")
    kept = await client.delete(f"/v1/org-units/{top['unit_id']}", headers=admin)
    assert (kept.status_code, kept.json()["code"]) == (409, "unit_has_children")
    for each, status in ((below, 204), (below, 404), (top, 204)):
        gone = await client.delete(f"/v1/org-units/{each['unit_id']}", headers=admin)
        assert gone.status_code == status


async def test_units_are_twenty_deep_at_most(
    client: httpx.AsyncClient, admin: dict[str, str]
) -> None:
    parent = None
    for _ in range(20):
        parent = (await unit(client, admin, parent_id=parent))["unit_id"]
    body = {"name": "Amt", "parent_id": parent}
    answer = await client.post("/v1/org-units", json=body, headers=admin)
    assert (answer.status_code, answer.json()["code"]) == (422, "unit_misplaced")


async def test_units_are_changed_wholly(client: httpx.AsyncClient, admin: dict[str, str]) -> None:
    first, second = await people(client, admin, 2)
    made = await unit(client, admin, members=[first], external_id="60")
    address = f"/v1/org-units/{made['unit_id']}"
    body = {"name": "Bauamt", "external_id": "60", "members": [second], "leaders": [first]}
    changed = (await client.put(address, json=body, headers=admin)).json()
    assert changed == {**made, **body, "parent_id": None}
    assert (await client.get(address, headers=admin)).json() == changed
    twin = await client.post("/v1/org-units", json={**body, "members": []}, headers=admin)
    assert (twin.status_code, twin.json()["code"]) == (409, "external_id_taken")
    stranger = {**body, "members": [str(uuid4())]}
    answer = await client.put(address, json=stranger, headers=admin)
    assert (answer.status_code, answer.json()["code"]) == (422, "person_unknown")


async def test_job_families_are_the_tenants_own(
    client: httpx.AsyncClient, admin: dict[str, str]
) -> None:
    body = {"key": "IT", "name": "Informationstechnik"}
    made = (await client.post("/v1/job-families", json=body, headers=admin)).json()
    twin = await client.post("/v1/job-families", json=body, headers=admin)
    assert (twin.status_code, twin.json()["code"]) == (409, "job_family_key_taken")
    address = f"/v1/job-families/{made['job_family_id']}"
    renamed = await client.put(address, json={**body, "name": "IT"}, headers=admin)
    assert renamed.json()["name"] == "IT"
    [member] = await people(client, admin, 1)
    for family, status in ((made["job_family_id"], 200), (str(uuid4()), 422)):
        change = {"job_family_id": family}
        answer = await client.patch(f"/v1/people/{member}", json=change, headers=admin)
        assert answer.status_code == status, answer.text
    assert [
        each["name"] for each in (await client.get("/v1/job-families", headers=admin)).json()
    ] == ["IT"]


async def test_another_tenants_units_are_not_there(
    client: httpx.AsyncClient, admin: dict[str, str]
) -> None:
    made = await unit(client, admin)
    [member] = await people(client, admin, 1)
    foreign = bearer("x", "tenant-admin", str(uuid4()))
    learner = bearer("x", "learner", str(tenant_of(admin)))
    for address in (f"/v1/org-units/{made['unit_id']}", f"/v1/org-units/{uuid4()}"):
        assert (await client.get(address, headers=foreign)).status_code == 404
        assert (await client.get(address, headers=learner)).status_code == 403
    body = {"name": "Amt", "members": [member]}
    answer = await client.post("/v1/org-units", json=body, headers=foreign)
    assert answer.status_code == 403
    assert (await client.get("/v1/org-units", headers=foreign)).json() == []

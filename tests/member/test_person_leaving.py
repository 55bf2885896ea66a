"""Leaving, coming back and erasure, over HTTP and by the schedule."""

from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest
from sqlalchemy import text

from services.member.adapters.scopes import people_due
from services.member.adapters.unit_of_work import PostgresUnitOfWork
from services.member.application.erase_people import erase_people
from services.member.application.finish_due_people import finish_due_people
from services.member.application.keep_records import KeepRecord, keep_records
from services.member.domain.person import ErasureReason
from services.member.domain.record import Completion
from shared.clock import utc_now
from shared.database.unit_of_work import UnitsOfWork
from tests.conftest import EngineFor
from tests.member.builders import NOW
from tests.member.http import bearer, person, tenant_of
from tests.member.scim import Directory

pytestmark = pytest.mark.usefixtures("engine_for")

Units = UnitsOfWork[PostgresUnitOfWork]


async def register(client: httpx.AsyncClient, admin: dict[str, str], **changes: Any) -> str:
    made = await client.post("/v1/people", json=person(**changes), headers=admin)
    assert made.status_code == 201, made.text
    person_id: str = made.json()["person_id"]
    return person_id


async def told_of(units: Units, tenant_id: UUID, person_id: str) -> list[tuple[str, bytes]]:
    """The types and the data of what is in the archive of a person, in order."""
    async with units([tenant_id]) as work:
        rows = await work.connection.execute(
            text("SELECT type, data FROM outbox_event WHERE key = :key ORDER BY id"),
            {"key": f"{tenant_id}:{person_id}"},
        )
        return [(row.type, row.data) for row in rows]


async def test_somebody_leaves_and_comes_back(
    client: httpx.AsyncClient, admin: dict[str, str], postgres_units: Units
) -> None:
    person_id = await register(client, admin)
    address = f"/v1/people/{person_id}"
    body = {"on": str(utc_now().date())}
    for _ in range(2):
        left = await client.post(f"{address}/leaving", json=body, headers=admin)
        assert (left.json()["has_left"], left.json()["leaves_on"]) == (True, body["on"])
    for _ in range(2):
        back = await client.post(f"{address}/return", headers=admin)
        assert (back.json()["has_left"], back.json()["leaves_on"]) == (False, None)
    told = await told_of(postgres_units, tenant_of(admin), person_id)
    assert [each for each, _ in told] == [
        "person.registered.v1",
        "person.described.v1",
        "person.left.v1",
        "person.registered.v1",
    ]


async def test_a_day_to_come_is_waited_for(
    client: httpx.AsyncClient,
    admin: dict[str, str],
    postgres_units: Units,
    engine_for: EngineFor,
) -> None:
    tenant_id, person_id = tenant_of(admin), await register(client, admin)
    day = utc_now() + timedelta(days=30)
    body = {"on": str(day.date())}
    planned = await client.post(f"/v1/people/{person_id}/leaving", json=body, headers=admin)
    assert (planned.json()["has_left"], planned.json()["leaves_on"]) == (False, body["on"])
    engine = engine_for("member")
    assert tenant_id not in await people_due(engine, utc_now().date(), 1_000)
    due = (await people_due(engine, day.date(), 1_000))[tenant_id]
    assert due == [UUID(person_id)]
    for _ in range(2):
        async with postgres_units([tenant_id]) as work:
            await finish_due_people(work, tenant_id, due, day)
    shown = (await client.get(f"/v1/people/{person_id}", headers=admin)).json()
    assert shown["has_left"]
    told = await told_of(postgres_units, tenant_id, person_id)
    assert [each for each, _ in told].count("person.left.v1") == 1
    assert tenant_id not in await people_due(engine, day.date(), 1_000)


async def test_whom_the_directory_deleted_is_erased_after_the_tenants_period(
    client: httpx.AsyncClient,
    admin: dict[str, str],
    postgres_units: Units,
    engine_for: EngineFor,
) -> None:
    tenant_id = tenant_of(admin)
    policy = "/v1/people-policy"
    assert (await client.get(policy, headers=admin)).json() == {"erase_after_days": 90}
    await client.put(policy, json={"erase_after_days": 10}, headers=admin)
    directory = await Directory.of(client, admin)
    made = await directory.add()
    await directory.ask("DELETE", f"/Users/{made['id']}")
    engine, now = engine_for("member"), utc_now()
    assert tenant_id not in await people_due(engine, now.date() + timedelta(days=9), 1_000)
    end = now + timedelta(days=10)
    due = (await people_due(engine, end.date(), 1_000))[tenant_id]
    async with postgres_units([tenant_id]) as work:
        await finish_due_people(work, tenant_id, due, end)
    assert (await client.get(f"/v1/people/{made['id']}", headers=admin)).status_code == 404
    wrong = await client.put(policy, json={"erase_after_days": -1}, headers=admin)
    assert wrong.status_code == 422


async def test_nothing_is_kept_of_who_is_erased(
    client: httpx.AsyncClient, admin: dict[str, str], postgres_units: Units
) -> None:
    tenant_id = tenant_of(admin)
    name = f"Einmalig{uuid4().hex}"
    key = {"Idempotency-Key": "once"}
    made = await client.post("/v1/people", json=person(family_name=name), headers=admin | key)
    person_id = made.json()["person_id"]
    completion = Completion(NOW, "Datenschutz")
    command = KeepRecord(tenant_id, uuid4(), UUID(person_id), completion)
    async with postgres_units([tenant_id]) as work:
        await keep_records(work, [command])
    unit = {"name": "Amt", "members": [person_id], "leaders": [person_id]}
    await client.post("/v1/org-units", json=unit, headers=admin)
    address = f"/v1/people/{person_id}"
    assert (await client.delete(address, headers=admin)).status_code == 422, "a reason is needed"
    gone = await client.delete(f"{address}?reason=asked", headers=admin)
    assert gone.status_code == 204, gone.text
    again = await client.delete(f"{address}?reason=asked", headers=admin)
    assert again.status_code == 404
    async with postgres_units([tenant_id]) as work:
        await keep_records(work, [command])
        found = await everything(work, name)
        assert found == []
        about = await everything(work, person_id)
    assert set(about) <= {"erased_person", "outbox_event", "idempotency_key"}
    told = await told_of(postgres_units, tenant_id, person_id)
    assert [each for each, _ in told] == [
        "person.registered.v1",
        "person.left.v1",
        "person.forgotten.v1",
        "person.erased.v1",
    ]
    assert dict(told)["person.forgotten.v1"] == b""
    anew = await client.post("/v1/people", json=person(family_name=name), headers=admin)
    assert anew.json()["person_id"] != person_id


async def everything(work: PostgresUnitOfWork, words: str) -> list[str]:
    """The tables that have the words anywhere in a row that this tenant sees."""
    tables = await work.connection.execute(
        text(
            "SELECT relname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace"
            " WHERE n.nspname = 'public' AND c.relkind IN ('r', 'p') AND NOT c.relispartition"
            " AND relname <> 'alembic_version'"
        )
    )
    found = []
    for table in list(tables.scalars()):
        query = text(
            f"SELECT count(*) FROM {table} AS t WHERE t::text LIKE :words OR t::text LIKE :hex"
        )
        values = {"words": f"%{words}%", "hex": f"%{words.encode().hex()}%"}
        if (await work.connection.execute(query, values)).scalar_one():
            found.append(table)
    return found


async def test_a_whole_tenants_people_are_erased(
    client: httpx.AsyncClient, admin: dict[str, str], postgres_units: Units
) -> None:
    tenant_id = tenant_of(admin)
    ids = [UUID(await register(client, admin, external_id=str(n))) for n in range(5)]
    async with postgres_units([tenant_id]) as work:
        await work.connection.execute(text("UPDATE tenant SET status = 'approved'"))
        erased = set[UUID]()
        while some := await work.people.some(tenant_id, 2):
            some = [*some, uuid4()]
            erased |= set(
                await erase_people(work, tenant_id, some, ErasureReason.TENANT_LEFT, utc_now())
            )
    assert erased == set(ids)
    assert (await client.get("/v1/people", headers=admin)).json() == []


async def test_who_is_another_tenants_is_not_there(
    client: httpx.AsyncClient, admin: dict[str, str], postgres_units: Units
) -> None:
    person_id = await register(client, admin)
    foreign = bearer("x", "tenant-admin", str(uuid4()))
    learner = bearer("x", "learner", str(tenant_of(admin)))
    body = {"on": "2026-12-31"}
    for caller, status in ((foreign, 403), (learner, 403)):
        for path, method in (
            ("/leaving", "POST"),
            ("/return", "POST"),
            ("?reason=asked", "DELETE"),
        ):
            answer = await client.request(
                method, f"/v1/people/{person_id}{path}", json=body, headers=caller
            )
            assert answer.status_code == status, answer.text
    async with postgres_units([uuid4()]) as work:
        assert (
            await erase_people(
                work, tenant_of(admin), [UUID(person_id)], ErasureReason.ASKED, utc_now()
            )
            == []
        )
    missing = await client.post(f"/v1/people/{uuid4()}/leaving", json=body, headers=admin)
    assert missing.status_code == 404
    for bad in ({"on": "never"}, {}, {"on": "2026-12-31", "why": "x"}):
        answer = await client.post(f"/v1/people/{person_id}/leaving", json=bad, headers=admin)
        assert answer.status_code == 422

"""Mandatory training as passed or not passed, and the log of who read learning data, over HTTP."""

from datetime import timedelta
from typing import TYPE_CHECKING, Any
from uuid import uuid4

import httpx
import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from services.member.adapters.learning_repositories import ReadingLogRepository
from services.member.application.keep_records import KeepRecord, keep_records
from services.member.domain.record import Completion
from shared.clock import utc_now
from shared.database.engine import transaction
from tests.member.http import bearer
from tests.member.learning import COMPETENCE, PEOPLE, Town, Units, make_town, say

if TYPE_CHECKING:
    from tests.conftest import EngineFor


@pytest.fixture
async def town(postgres_units: Units) -> Town:
    return await make_town(postgres_units, *PEOPLE)


async def complete(units: Units, town: Town, name: str, title: str, **changes: Any) -> None:
    completion = Completion(changes.get("at", utc_now()), title, changes.get("offer_id"))
    command = KeepRecord(town.tenant_id, uuid4(), town.people[name], completion)
    async with units([town.tenant_id]) as work:
        await keep_records(work, [command])


async def test_a_leader_sees_passed_or_not_passed_of_its_people_and_nothing_else(
    client: httpx.AsyncClient, town: Town, postgres_units: Units
) -> None:
    await town.make_unit("dora", "anna", "ben", "dora")
    hr, leader = town.headers("ella", "hr"), town.headers("dora", "leader")
    offer_id = uuid4()
    bodies = [
        {"name": "Arbeitsschutz", "offer_id": str(offer_id), "valid_days": 365},
        {"name": "Datenschutz"},
        {"name": "Gestrichen"},
    ]
    made = [
        (await client.post("/v1/mandatory-trainings", json=body, headers=hr)).json()
        for body in bodies
    ]
    dropped = f"/v1/mandatory-trainings/{made[2]['training_id']}"
    for _ in range(2):
        assert (await client.delete(dropped, headers=hr)).status_code == 200
    listed = await client.get("/v1/mandatory-trainings", headers=town.headers("anna"))
    assert listed.json() == made[:2]
    old = utc_now() - timedelta(days=400)
    await complete(postgres_units, town, "anna", "Sicher arbeiten", offer_id=offer_id)
    await complete(postgres_units, town, "ben", "Sicher arbeiten", offer_id=offer_id, at=old)
    await complete(postgres_units, town, "ben", "DATENSCHUTZ", at=old)
    await complete(postgres_units, town, "anna", "Freiwilliges")
    team = (await client.get("/v1/team/mandatory-trainings", headers=leader)).json()
    assert {frozenset(each) for each in team} == {
        frozenset({"person_id", "training_id", "name", "is_passed"})
    }
    names = {str(person_id): name for name, person_id in town.people.items()}
    passed = {(names[each["person_id"]], each["name"]): each["is_passed"] for each in team}
    assert passed == {
        ("anna", "Arbeitsschutz"): True,
        ("anna", "Datenschutz"): False,
        ("ben", "Arbeitsschutz"): False,
        ("ben", "Datenschutz"): True,
    }
    one = f"/v1/people/{town.people['anna']}/mandatory-trainings"
    assert len((await client.get(one, headers=leader)).json()) == 2
    for name in ("cem", "dora"):
        address = f"/v1/people/{town.people[name]}/mandatory-trainings"
        assert (await client.get(address, headers=leader)).status_code == 404
    own = await client.get("/v1/profile/mandatory-trainings", headers=town.headers("anna"))
    assert [each["is_passed"] for each in own.json()] == [True, False]
    record = f"/v1/people/{town.people['anna']}/record"
    assert (await client.get(record, headers=leader)).status_code == 403


async def test_every_read_is_in_the_log_for_the_person_and_the_works_council(
    client: httpx.AsyncClient, town: Town, postgres_units: Units
) -> None:
    await town.make_unit("dora", "anna", "ben")
    await complete(postgres_units, town, "anna", "Datenschutz")
    admin, anna = town.headers("ella", "tenant-admin"), town.headers("anna")
    record = f"/v1/people/{town.people['anna']}/record"
    read = await client.get(record, params={"purpose": "persons_request"}, headers=admin)
    assert [each["title"] for each in read.json()] == ["Datenschutz"]
    assert set(read.json()[0]) == {"booking_id", "title", "completed_at", "credential_url"}
    await client.get(record, headers=admin)
    await client.get("/v1/team/mandatory-trainings", headers=town.headers("dora", "leader"))
    for suffix in ("", "/assessments", "/record"):
        assert (await client.get(f"/v1/profile{suffix}", headers=anna)).status_code == 200
    for refused in ({"purpose": "curiosity"}, {"purpose": "own_data"}):
        assert (await client.get(record, params=refused, headers=admin)).status_code == 422
    council = town.headers("cem", "works-council")
    entries = (await client.get("/v1/reading-log", headers=council)).json()
    of_anna = [
        (each["reader"], each["what"], each["purpose"])
        for each in entries
        if each["person_id"] == str(town.people["anna"])
    ]
    assert of_anna == [
        ("anna", "record", "own_data"),
        ("anna", "assessments", "own_data"),
        ("anna", "profile", "own_data"),
        ("dora", "mandatory_training", "training_duty"),
        ("ella", "record", "administration"),
        ("ella", "record", "persons_request"),
    ]
    assert len(entries) == 7
    own = (await client.get("/v1/profile/readings", headers=anna)).json()
    filtered = {"person_id": str(town.people["anna"])}
    narrowed = await client.get("/v1/reading-log", params=filtered, headers=council)
    assert own == narrowed.json()
    assert own[-1]["reader_roles"] == ["tenant-admin"]
    for roles in ("tenant-admin", "hr", "leader", "auditor"):
        log = await client.get("/v1/reading-log", headers=town.headers("ella", roles))
        assert log.status_code == 403
    elsewhere = bearer("x", "works-council", str(uuid4()))
    assert (await client.get("/v1/reading-log", headers=elsewhere)).json() == []


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE reading SET reader = 'nobody'",
        "DELETE FROM reading",
        "TRUNCATE reading",
        "UPDATE assessment SET level = 8",
        "UPDATE target_profile SET version = 9",
        "UPDATE group_batch SET people = 50",
    ],
)
async def test_the_service_cannot_change_what_was_written(
    engine_for: "EngineFor", town: Town, statement: str
) -> None:
    with pytest.raises(DBAPIError, match=r"append-only|permission denied"):
        async with transaction(engine_for("member"), [town.tenant_id]) as connection:
            await connection.execute(text(statement))


async def test_a_read_that_fails_to_be_logged_is_not_answered(
    client: httpx.AsyncClient, town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def break_off(*_: object) -> None:
        raise RuntimeError("the log is full")

    await say(client, town, "anna", 4)
    monkeypatch.setattr(ReadingLogRepository, "add", break_off)
    answer = await client.get("/v1/profile", headers=town.headers("anna"))
    assert answer.status_code == 500
    assert str(COMPETENCE) not in answer.text

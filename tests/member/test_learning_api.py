"""Competence profiles, mandatory training and who reads them, over HTTP on a real PostgreSQL."""

from datetime import timedelta
from typing import TYPE_CHECKING, Any
from uuid import UUID, uuid4

import httpx
import pytest
from sqlalchemy import text

from services.catalogue.contracts.events import CompetenceModelPublishedV1
from services.member.application.forget_assessments import (
    forget_assessments,
    forget_overdue_assessments,
)
from services.member.entrypoints.consumer import create_consumer
from shared.clock import utc_now
from shared.database.engine import transaction
from tests.catalogue.test_consumer import Parts, record
from tests.member.http import NUL, bearer, post_json
from tests.member.learning import COMPETENCE as OWN_COMPETENCE
from tests.member.learning import PEOPLE, Town, Units, level, make_town, say

if TYPE_CHECKING:
    from tests.conftest import EngineFor

COMPETENCE = str(OWN_COMPETENCE)


@pytest.fixture
async def town(postgres_units: Units) -> Town:
    return await make_town(postgres_units, *PEOPLE)


def measurement(person_id: UUID, value: float, sem: float, **changes: Any) -> dict[str, Any]:
    usual = {
        "person_id": str(person_id),
        "instrument": "Lernspiel",
        "instrument_version": "2.1",
        "measured_at": (utc_now() - timedelta(minutes=1)).isoformat(),
        "levels": [{"competence_id": COMPETENCE, "level": value, "sem_levels": sem}],
    }
    return {**usual, **changes}


async def test_a_profile_grows_from_what_is_said_and_measured(
    client: httpx.AsyncClient, town: Town
) -> None:
    family = await town.make_family("anna")
    address = f"/v1/job-families/{family}/target-profile"
    hr, anna = town.headers("ben", "hr"), town.headers("anna")
    for value, version in ((5, 1), (5.0, 1), (6.5, 2)):
        put = await client.put(address, json=level(value), headers=hr)
        assert (put.status_code, put.json()["version"]) == (200, version)
    versions = await client.get(f"{address}/versions", headers=anna)
    assert [each["levels"][0]["level"] for each in versions.json()] == [6.5, 5]
    await say(client, town, "anna", 6)
    [standing] = (await client.get("/v1/profile", headers=anna)).json()["standings"]
    assert (standing["gap_levels"], standing["evidence"]["source"]) == (0.5, "self")
    game = town.headers("game", "measurement")
    for value, sem, gap, source in ((2, 0.9, 0.5, "self"), (4.25, 0.4, 2.25, "measurement")):
        body = measurement(town.people["anna"], value, sem)
        delivered = await client.post("/v1/measurements", json=body, headers=game)
        assert (delivered.status_code, delivered.json()["recorded"]) == (201, 1)
        profile = (await client.get("/v1/profile", headers=anna)).json()
        [standing] = profile["standings"]
        assert (standing["gap_levels"], standing["evidence"]["source"]) == (gap, source)
    assert profile["target_version"] == 2
    history = (await client.get("/v1/profile/assessments", headers=anna)).json()
    assert [(each["level"], each["sem_levels"], each["is_evidence"]) for each in history] == [
        (4.25, 0.4, True),
        (2, 0.9, False),
        (6, None, True),
    ]


async def test_leaders_assess_only_where_that_was_agreed_and_only_whom_they_lead(
    client: httpx.AsyncClient, town: Town
) -> None:
    top = await town.make_unit("dora", "ella")
    await town.make_unit("ella", "anna", "ella", parent=top)
    anna = f"/v1/people/{town.people['anna']}/assessments"
    leader = town.headers("dora", "leader")
    refused = await client.post(anna, json=level(3), headers=leader)
    assert (refused.status_code, refused.json()["code"]) == (403, "leader_assessment_not_agreed")
    admin = town.headers("ben", "tenant-admin")
    half = await client.put("/v1/learning-rules", json={"leader_agreement": "DV"}, headers=admin)
    assert (half.status_code, half.json()["code"]) == (422, "invalid_rules")
    rules = {"leader_agreement": "DV 7/2026", "leader_agreed_on": "2026-01-01", "keep_days": 365}
    assert (await client.put("/v1/learning-rules", json=rules, headers=admin)).json() == rules
    shown = await client.get("/v1/learning-rules", headers=town.headers("anna"))
    assert shown.json() == rules
    assert (await client.post(anna, json=level(3), headers=leader)).status_code == 201
    for name in ("cem", "dora"):
        address = f"/v1/people/{town.people[name]}/assessments"
        not_led = await client.post(address, json=level(3), headers=leader)
        assert not_led.status_code == 404
    [standing] = (await client.get("/v1/profile", headers=town.headers("anna"))).json()["standings"]
    assert standing["evidence"]["source"] == "leader"


async def test_nobody_else_gets_at_a_persons_profile(client: httpx.AsyncClient, town: Town) -> None:
    await say(client, town, "anna", 4)
    anna = town.people["anna"]
    everything = "tenant-admin,hr,leader,trainer,auditor,works-council,measurement"
    others = town.headers("ben", everything)
    for suffix in ("assessments", "profile"):
        answer = await client.get(f"/v1/people/{anna}/{suffix}", headers=others)
        assert answer.status_code in {404, 405}
    assert (await client.get("/v1/profile", headers=others)).json()["standings"] == []
    unlinked = await client.get("/v1/profile", headers=town.headers("stranger", everything))
    assert (unlinked.status_code, unlinked.json()["code"]) == (403, "no_person")
    elsewhere = bearer("anna", everything, str(uuid4()))
    assert (await client.get("/v1/profile", headers=elsewhere)).status_code == 403


async def test_only_competences_that_the_tenant_can_see_are_named(
    client: httpx.AsyncClient, town: Town, postgres_units: Units, engine_for: "EngineFor"
) -> None:
    foreign, shared = uuid4(), uuid4()
    other = uuid4()
    consumer = create_consumer(Parts(engine_for("member"), postgres_units))  # type: ignore[arg-type]  # it takes no more
    for visibility, competence in (("own", foreign), ("cooperative", shared)):
        model_id = uuid4()
        event = CompetenceModelPublishedV1(
            model_id=model_id, visibility=visibility, competences=(competence,)
        )
        await consumer.process([record(event, other, model_id)] * 2)
    anna = town.headers("anna")
    address = f"/v1/job-families/{await town.make_family('anna')}/target-profile"
    for competence, expected in (
        (shared, (201, 200)),
        (foreign, (422, 422)),
        (uuid4(), (422, 422)),
    ):
        body = level(3, str(competence))
        said = await client.post("/v1/profile/assessments", json=body, headers=anna)
        wanted = await client.put(address, json=body, headers=town.headers("ben", "hr"))
        assert (said.status_code, wanted.status_code) == expected
    assert said.json()["code"] == wanted.json()["code"] == "competence_unknown"


async def test_an_instrument_may_deliver_and_nothing_else(
    client: httpx.AsyncClient, town: Town
) -> None:
    game = town.headers("game", "measurement")
    for method, address in (
        ("GET", "/v1/people"),
        ("GET", f"/v1/people/{town.people['anna']}/record"),
        ("GET", "/v1/reading-log"),
        ("GET", "/v1/group-figures"),
        ("GET", "/v1/profile"),
        ("GET", "/v1/team/mandatory-trainings"),
        ("POST", "/v1/mandatory-trainings"),
    ):
        body = {"name": "x"} if method == "POST" else None
        answer = await client.request(method, address, json=body, headers=game)
        assert answer.status_code == 403, address
    for caller in ("learner", "tenant-admin", "hr", "leader"):
        body = measurement(town.people["anna"], 3, 0.3)
        refused = await client.post(
            "/v1/measurements", json=body, headers=town.headers("anna", caller)
        )
        assert refused.status_code == 403
    unknown = await client.post("/v1/measurements", json=measurement(uuid4(), 3, 0.3), headers=game)
    assert unknown.status_code == 404
    once = {**game, "Idempotency-Key": "result-1"}
    body = measurement(town.people["anna"], 3, 0.3)
    for _ in range(2):
        assert (await client.post("/v1/measurements", json=body, headers=once)).status_code == 201
    own = await client.get("/v1/profile/assessments", headers=town.headers("anna"))
    assert len(own.json()) == 1


@pytest.mark.parametrize(
    "changes",
    [
        {"levels": []},
        {"levels": [{"competence_id": COMPETENCE, "level": 9, "sem_levels": 0.1}]},
        {"levels": [{"competence_id": COMPETENCE, "level": "NaN", "sem_levels": 0.1}]},
        {"levels": [{"competence_id": COMPETENCE, "level": 3.333, "sem_levels": 0.1}]},
        {"levels": [{"competence_id": COMPETENCE, "level": "1e400", "sem_levels": 0.1}]},
        {"levels": [{"competence_id": COMPETENCE, "level": 3, "sem_levels": -1}]},
        {"levels": [{"competence_id": COMPETENCE, "level": 3, "sem_levels": 0}] * 2},
        {"levels": [{"competence_id": COMPETENCE, "level": 3}]},
        {"instrument": NUL},
        {"measured_at": "2999-01-01T00:00:00Z"},
    ],
)
async def test_measurements_that_cannot_be(
    client: httpx.AsyncClient, town: Town, changes: dict[str, Any]
) -> None:
    body = measurement(town.people["anna"], 3, 0.3, **changes)
    answer = await post_json(client, "/v1/measurements", body, town.headers("game", "measurement"))
    assert answer.status_code == 422, answer.text


async def test_group_figures_come_from_five_people_and_grow_by_five(
    client: httpx.AsyncClient, town: Town
) -> None:
    family = await town.make_family(*PEOPLE)
    hr = town.headers("anna", "hr")

    async def told() -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = (await client.get("/v1/group-figures", headers=hr)).json()
        return found

    for name, value in zip(PEOPLE[:4], (1, 2, 3, 4), strict=True):
        await say(client, town, name, value)
        assert await told() == []
    await say(client, town, "ella", 5)
    expected = {"job_family_id": str(family), "competence_id": COMPETENCE}
    assert await told() == [{**expected, "values": 5, "mean_level": 3.0}]
    for name in ("felix", "anna", "anna", "ben", "cem"):
        await say(client, town, name, 7)
        assert (await told())[0]["values"] == 5
    await say(client, town, "dora", 2)
    assert await told() == [{**expected, "values": 10, "mean_level": 4.5}]
    none = await client.get("/v1/group-figures", params={"competence_id": str(uuid4())}, headers=hr)
    assert none.json() == []
    learner = await client.get("/v1/group-figures", headers=town.headers("anna"))
    assert learner.status_code == 403


async def test_assessments_go_with_their_person_or_when_their_time_is_over(
    client: httpx.AsyncClient, town: Town, postgres_units: Units
) -> None:
    family = await town.make_family(*PEOPLE)
    for number, name in enumerate(PEOPLE, 1):
        await say(client, town, name, number)
    admin = town.headers("ben", "tenant-admin")
    await client.put("/v1/learning-rules", json={"keep_days": 30}, headers=admin)
    async with postgres_units([town.tenant_id]) as work:
        await forget_assessments(work, town.tenant_id, [town.people["anna"]])
    anna = town.headers("anna")
    assert (await client.get("/v1/profile/assessments", headers=anna)).json() == []
    for days, expected in ((29, 0), (31, 5)):
        async with postgres_units([town.tenant_id]) as work:
            now = utc_now() + timedelta(days=days)
            assert await forget_overdue_assessments(work, town.tenant_id, now) == expected
    figures = await client.get("/v1/group-figures", headers=town.headers("ben", "hr"))
    assert [(each["job_family_id"], each["values"]) for each in figures.json()] == [
        (str(family), 5)
    ]


async def test_a_person_who_is_deleted_takes_what_was_said_along(
    client: httpx.AsyncClient, town: Town, engine_for: "EngineFor"
) -> None:
    await town.make_family(*PEOPLE)
    for number, name in enumerate(PEOPLE, 1):
        await say(client, town, name, number)
    await town.run("DELETE FROM person WHERE person_id = :person", person=town.people["anna"])
    async with transaction(engine_for("member"), [town.tenant_id]) as connection:
        count = text("SELECT count(*), count(*) FILTER (WHERE person_id = :person) FROM assessment")
        row = (await connection.execute(count, {"person": town.people["anna"]})).one()
        assert tuple(row) == (5, 0)
    figures = await client.get("/v1/group-figures", headers=town.headers("ben", "hr"))
    assert [each["values"] for each in figures.json()] == [5]


async def test_targets_are_for_job_families_that_there_are(
    client: httpx.AsyncClient, town: Town
) -> None:
    address = f"/v1/job-families/{uuid4()}/target-profile"
    hr = town.headers("ben", "hr")
    assert (await client.put(address, json=level(3), headers=hr)).status_code == 404
    assert (await client.get(address, headers=hr)).status_code == 404
    assert (await client.get(f"{address}/versions", headers=hr)).status_code == 404
    leader = town.headers("ben", "leader")
    assert (await client.put(address, json=level(3), headers=leader)).status_code == 403
    other = await town.make_family("anna")
    versions = f"/v1/job-families/{other}/target-profile/versions"
    assert (await client.get(versions, headers=hr)).json() == []
    foreign = bearer("x", "hr", str(uuid4()))
    assert (await client.get(versions, headers=foreign)).status_code == 404
    refused = await client.put(
        f"/v1/job-families/{other}/target-profile", json=level(3), headers=foreign
    )
    assert (refused.status_code, refused.json()["code"]) == (403, "tenant_not_active")

"""Onboarding to be seen, over HTTP: now and live."""

import asyncio
import json
from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest

from services.member.adapters.unit_of_work import PostgresUnitOfWork
from services.member.application.confirm_issuers import confirm_issuers
from services.member.domain.onboarding import Direction, Process
from shared.clock import utc_now
from shared.database.unit_of_work import UnitsOfWork
from tests.member.http import OPERATOR, application, bearer, tenant_of
from tests.member.outside import FakeOutside, onboard

pytestmark = pytest.mark.usefixtures("engine_for")

Postgres = UnitsOfWork[PostgresUnitOfWork]


async def applied(client: httpx.AsyncClient, headers: dict[str, str]) -> tuple[UUID, str]:
    answer = await client.post("/v1/applications", json=application(), headers=headers)
    assert answer.status_code == 201, answer.text
    tenant_id = answer.json()["tenant"]["tenant_id"]
    return UUID(tenant_id), f"/v1/applications/{tenant_id}"


def events_of(answer: httpx.Response) -> list[dict[str, Any]]:
    """The server-sent events of an answer, each with its id, name and data."""
    assert answer.headers["content-type"].startswith("text/event-stream")
    found = []
    for block in answer.text.split("\n\n"):
        lines = [line.partition(": ") for line in block.splitlines() if not line.startswith(":")]
        event = {name: value for name, _, value in lines}
        if event:
            found.append({**event, "data": json.loads(event["data"])})
    return found


async def test_every_step_is_seen_with_what_went_wrong(
    client: httpx.AsyncClient, postgres_units: Postgres
) -> None:
    applicant = bearer("watcher-1")
    tenant_id, address = await applied(client, applicant)
    before = (await client.get(f"{address}/onboarding", headers=applicant)).json()
    assert (before["status"], before["steps"], before["is_complete"]) == ("applied", [], False)
    await client.post(f"{address}/approval", headers=OPERATOR)
    outside = FakeOutside()
    outside.broker.fails_before.append("kafka_rights")
    await onboard(postgres_units, tenant_id, outside)
    seen = (await client.get(f"{address}/onboarding", headers=OPERATOR)).json()
    steps = {each["step"]: each for each in seen["steps"]}
    assert list(steps) == [
        *("organization", "membership", "roles", "kafka_rights", "quotas", "issuer", "probe")
    ]
    failed = steps["kafka_rights"]
    assert (failed["state"], failed["attempts"], failed["needed"]) == ("failed", 1, True)
    assert failed["error"] == "unreachable: Kafka does not answer."
    assert failed["due_at"] > failed["started_at"]
    assert (steps["issuer"]["state"], steps["issuer"]["needed"]) == ("waiting", False)
    assert steps["probe"]["done_at"]
    async with postgres_units([tenant_id]) as work:
        await confirm_issuers(work, {tenant_id}, utc_now())
    seen = (await client.get(f"{address}/onboarding", headers=OPERATOR)).json()
    assert {each["state"] for each in seen["steps"]} == {"done", "failed"}


async def test_only_the_applicant_and_operators_watch(client: httpx.AsyncClient) -> None:
    _, address = await applied(client, bearer("watcher-2"))
    missing = f"/v1/applications/{uuid4()}"
    for path in ("/onboarding", "/onboarding/events"):
        assert (await client.get(address + path, headers=bearer("other"))).status_code == 404
        assert (await client.get(missing + path, headers=OPERATOR)).status_code == 404
        assert (await client.get(address + path)).status_code == 401


async def test_the_way_in_is_streamed_until_it_ends(
    client: httpx.AsyncClient, postgres_units: Postgres
) -> None:
    applicant = bearer("watcher-3")
    tenant_id, address = await applied(client, applicant)
    await client.post(f"{address}/approval", headers=OPERATOR)
    streams = [
        asyncio.create_task(client.get(f"{address}/onboarding/events", headers=applicant))
        for _ in range(3)
    ]
    await asyncio.sleep(0)
    async with asyncio.timeout(20):
        await onboard(postgres_units, tenant_id)
        answers = await asyncio.gather(*streams)
    for answer in answers:
        events = events_of(answer)
        assert events[-1]["event"] == "active"
        assert events[-1]["data"]["is_complete"]
        done = [sum(step["state"] == "done" for step in event["data"]["steps"]) for event in events]
        assert done == sorted(done)
        assert len({event["id"] for event in events}) == len(events)
    last = events_of(answers[0])[-1]["id"]
    headers = {**applicant, "Last-Event-ID": last}
    again = await client.get(f"{address}/onboarding/events", headers=headers)
    assert events_of(again) == []
    headers = {**applicant, "Last-Event-ID": "of long ago"}
    again = await client.get(f"{address}/onboarding/events", headers=headers)
    assert [event["event"] for event in events_of(again)] == ["active"]


async def test_an_operator_applies_for_an_organisation_and_has_the_letter_sent_again(
    client: httpx.AsyncClient, postgres_units: Postgres
) -> None:
    body = application(contact_email=f"{uuid4().hex}@example.org")
    made = await client.post("/v1/applications", json=body, headers=OPERATOR)
    tenant_id = UUID(made.json()["tenant"]["tenant_id"])
    address = f"/v1/applications/{tenant_id}"
    early = await client.post(f"{address}/invitation", headers=OPERATOR)
    assert (early.status_code, early.json()["code"]) == (409, "nobody_invited")
    await client.post(f"{address}/approval", headers=OPERATOR)
    outside = FakeOutside()
    await onboard(postgres_units, tenant_id, outside)
    again = await client.post(f"{address}/invitation", headers=OPERATOR)
    steps = {each["step"]: each["state"] for each in again.json()["steps"]}
    assert steps["invitation"] == "waiting"
    await onboard(postgres_units, tenant_id, outside)
    [account] = outside.identity.accounts.values()
    assert outside.identity.invited == [account, account]
    # The account that was made is the applicant from now on.
    shown = await client.get(address, headers=bearer(account))
    assert shown.json()["tenant"]["status"] == "active"
    assert (await client.post(f"{address}/invitation", headers=bearer(account))).status_code == 403


async def test_the_way_out_is_seen(client: httpx.AsyncClient, postgres_units: Postgres) -> None:
    tenant_id, address = await applied(client, bearer("watcher-4"))
    async with postgres_units([tenant_id]) as work:
        await work.processes.begin(Process.closing(tenant_id, utc_now()))
    await onboard(postgres_units, tenant_id, direction=Direction.CLOSING)
    seen = (await client.get(f"{address}/onboarding", headers=OPERATOR)).json()
    assert (seen["direction"], seen["is_complete"]) == ("closing", True)
    waiting = {each["step"] for each in seen["steps"] if each["state"] == "waiting"}
    assert waiting == {"organization", "topic"}


async def test_quotas_are_those_of_the_kind_until_an_operator_gives_others(
    client: httpx.AsyncClient, admin: dict[str, str]
) -> None:
    usual = (await client.get("/v1/tenant/quotas", headers=admin)).json()
    assert usual["people"] == 50_000
    used = usual.pop("used")
    assert used == {"people": 0, "machine_clients": 0}
    tenant_id = admin["Authorization"].rpartition("|")[2]
    other = {**usual, "people": 7}
    given = await client.put(f"/v1/tenants/{tenant_id}/quotas", json=other, headers=OPERATOR)
    assert given.json() == {**other, "used": used}
    assert (await client.get("/v1/tenant/quotas", headers=admin)).json() == given.json()
    address = f"/v1/tenants/{uuid4()}/quotas"
    assert (await client.put(address, json=other, headers=OPERATOR)).status_code == 404
    assert (await client.put(address, json=other, headers=admin)).status_code == 403
    wrong = await client.put(address, json={**other, "people": -1}, headers=OPERATOR)
    assert wrong.status_code == 422


async def board(client: httpx.AsyncClient) -> dict[str, Any]:
    """Who is under way, by id."""
    answer = await client.get("/v1/onboardings?limit=500", headers=OPERATOR)
    assert answer.status_code == 200, answer.text
    return {each["onboarding"]["tenant_id"]: each for each in answer.json()}


async def test_the_board_has_everybody_who_waits_or_is_on_the_way_what_failed_first(
    client: httpx.AsyncClient, postgres_units: Postgres
) -> None:
    failing, address = await applied(client, bearer("board-1"))
    await client.post(f"{address}/approval", headers=OPERATOR)
    outside = FakeOutside()
    outside.broker.fails_before.append("kafka_rights")
    await onboard(postgres_units, failing, outside)
    waiting, _ = await applied(client, bearer("board-2"))
    seen = await board(client)
    assert seen[str(waiting)]["onboarding"]["status"] == "applied"
    assert seen[str(failing)]["name"] == "Ludwigshafen am Rhein"
    states = [
        any(step["state"] == "failed" for step in each["onboarding"]["steps"])
        for each in seen.values()
    ]
    assert states == sorted(states, reverse=True)
    only_open = await client.get("/v1/onboardings?recent_minutes=0&limit=500", headers=OPERATOR)
    assert str(waiting) in {each["onboarding"]["tenant_id"] for each in only_open.json()}
    assert (await client.get("/v1/onboardings", headers=bearer("board-1"))).status_code == 403


async def test_a_failed_step_is_tried_again_at_once_and_every_attempt_is_kept(
    client: httpx.AsyncClient, postgres_units: Postgres
) -> None:
    tenant_id, address = await applied(client, bearer("retry-1"))
    body = {"step": "kafka_rights", "reason": "Kafka is back"}
    early = await client.post(f"{address}/onboarding/retry", json=body, headers=OPERATOR)
    assert (early.status_code, early.json()["code"]) == (409, "step_not_failed")
    await client.post(f"{address}/approval", headers=OPERATOR)
    outside = FakeOutside()
    outside.broker.fails_before.append("kafka_rights")
    await onboard(postgres_units, tenant_id, outside)
    before = (await client.get(f"{address}/onboarding", headers=OPERATOR)).json()
    retried = await client.post(f"{address}/onboarding/retry", json=body, headers=OPERATOR)
    [due] = [each["due_at"] for each in retried.json()["steps"] if each["step"] == body["step"]]
    [late] = [each["due_at"] for each in before["steps"] if each["step"] == body["step"]]
    assert due < late
    await onboard(postgres_units, tenant_id)
    assert (await client.get(address, headers=OPERATOR)).json()["tenant"]["status"] == "active"
    attempts = (await client.get(f"{address}/onboarding/attempts", headers=OPERATOR)).json()
    ended = [(each["number"], each["error"]) for each in attempts if each["step"] == "kafka_rights"]
    assert ended == [(2, None), (1, "unreachable: Kafka does not answer.")]
    log = f"/v1/operations/log?action=retry_kafka_rights&text={tenant_id}"
    [noted] = (await client.get(log, headers=OPERATOR)).json()
    assert (noted["operator"], noted["reason"]) == ("op", "Kafka is back")
    again = await client.post(f"{address}/onboarding/retry", json=body, headers=OPERATOR)
    assert (again.status_code, again.json()["code"]) == (409, "step_not_failed")


async def test_only_operators_retry_and_read_attempts(client: httpx.AsyncClient) -> None:
    applicant = bearer("retry-2")
    _, address = await applied(client, applicant)
    body = {"step": "probe"}
    refused = await client.post(f"{address}/onboarding/retry", json=body, headers=applicant)
    assert refused.status_code == 403
    attempts = f"{address}/onboarding/attempts"
    assert (await client.get(attempts, headers=applicant)).status_code == 403
    nobody = f"/v1/applications/{uuid4()}/onboarding/retry"
    assert (await client.post(nobody, json=body, headers=OPERATOR)).status_code == 404


async def test_an_operator_reads_a_tenants_quotas_and_the_change_is_written_down(
    client: httpx.AsyncClient, admin: dict[str, str]
) -> None:
    address = f"/v1/tenants/{tenant_of(admin)}/quotas"
    quotas = (await client.get(address, headers=OPERATOR)).json()
    assert quotas == (await client.get("/v1/tenant/quotas", headers=admin)).json()
    assert (await client.get(address, headers=admin)).status_code == 403
    del quotas["used"]
    changed = {**quotas, "people": 7, "reason": "A pilot"}
    assert (await client.put(address, json=changed, headers=OPERATOR)).status_code == 200
    log = f"/v1/operations/log?action=change_quotas&text={tenant_of(admin)}"
    [noted] = (await client.get(log, headers=OPERATOR)).json()
    assert (noted["operator"], noted["reason"]) == ("op", "A pilot")

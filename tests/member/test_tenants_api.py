"""A membership over HTTP: shares, names, suspension, notice, the export; regions and the directory."""

import json
from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest

from services.member.adapters.unit_of_work import PostgresUnitOfWork
from services.member.application.leave import end_membership
from services.member.domain.statutes import STATUTES
from shared.auth import standing
from shared.clock import utc_now
from shared.database.unit_of_work import UnitsOfWork
from tests.member.builders import DAY, fresh_key
from tests.member.gv100ad import directory, encoded
from tests.member.http import OPERATOR, application, bearer, person, tenant_of
from tests.support.problems import assert_problem

Headers = dict[str, str]
Units = UnitsOfWork[PostgresUnitOfWork]

AUDITOR = bearer("auditor", "cooperative-auditor")
REASON = {"reason": "Beitrag nicht bezahlt"}


def once() -> Headers:
    return {"Idempotency-Key": str(uuid4())}


async def test_shares_are_taken_and_given_up(client: httpx.AsyncClient, admin: Headers) -> None:
    headers = {**admin, **once()}
    for _ in range(2):
        taken = await client.post(
            "/v1/tenant/shares/subscriptions", json={"shares": 4}, headers=headers
        )
        assert taken.status_code == 201, taken.text
        assert taken.json()["standing"]["shares"] == 5
    last = await client.post("/v1/tenant/shares/cancellations", json={"shares": 5}, headers=admin)
    assert_problem(last, 409, "last_share")
    given = await client.post("/v1/tenant/shares/cancellations", json={"shares": 4}, headers=admin)
    assert given.json()["standing"]["shares"] == 5
    effective = given.json()["entries"][-1]["from_day"]
    own = await client.get(f"/v1/tenant/membership?as_of={effective}", headers=admin)
    assert (own.json()["standing"]["shares"], own.json()["standing"]["votes"]) == (1, 1)
    for wrong in (0, -1, 10_001, "x", None):
        refused = await client.post(
            "/v1/tenant/shares/subscriptions", json={"shares": wrong}, headers=admin
        )
        assert_problem(refused, 422, "invalid_request")
    most = await client.post(
        "/v1/tenant/shares/subscriptions", json={"shares": 10_000}, headers=admin
    )
    assert_problem(most, 422, "shares_invalid")


async def test_the_cooperative_reads_the_register_of_any_day(
    client: httpx.AsyncClient, admin: Headers
) -> None:
    tenant_id = str(tenant_of(admin))
    for reader in (OPERATOR, AUDITOR):
        pages = await client.get("/v1/register?limit=500&offset=0", headers=reader)
        [line] = [each for each in pages.json() if each["tenant_id"] == tenant_id]
        assert (line["name"], line["standing"]["shares"]) == ("Ludwigshafen am Rhein", 1)
        votes = (await client.get("/v1/register/votes", headers=reader)).json()["votes"]
        assert votes >= sum(each["standing"]["votes"] for each in pages.json())
        whole = await client.get(f"/v1/register/{tenant_id}", headers=reader)
        assert [entry["kind"] for entry in whole.json()["entries"]] == ["admitted"]
    before = await client.get("/v1/register/votes?as_of=2020-01-01", headers=AUDITOR)
    assert before.json() == {"as_of": "2020-01-01", "votes": 0}
    for address in ("/v1/register", "/v1/register/votes", f"/v1/register/{tenant_id}"):
        assert_problem(await client.get(address, headers=admin), 403, "role_missing")
    assert_problem(
        await client.get(f"/v1/register/{uuid4()}", headers=AUDITOR), 404, "not_a_member"
    )
    assert (await client.get("/v1/register?as_of=0000-00-00", headers=AUDITOR)).status_code == 422


async def test_payments_are_recorded_once(client: httpx.AsyncClient, admin: Headers) -> None:
    address = f"/v1/register/{tenant_of(admin)}/payments"
    today = (await client.get("/v1/register/votes", headers=OPERATOR)).json()["as_of"]
    body = {"cents": 60_000, "paid_on": today, "ground": "Kontoauszug 4"}
    headers = {**OPERATOR, **once()}
    for _ in range(2):
        paid = await client.post(address, json=body, headers=headers)
        assert paid.status_code == 201, paid.text
        assert paid.json()["standing"]["owed_cents"] == 40_000
    for changes in ({"cents": 40_001}, {"cents": -1}, {"cents": 0}, {"paid_on": "2020-01-01"}):
        refused = await client.post(address, json={**body, **changes}, headers=OPERATOR)
        assert_problem(refused, 422, "payment_invalid")
    assert_problem(await client.post(address, json=body, headers=AUDITOR), 403, "role_missing")
    nobody = await client.post(f"/v1/register/{uuid4()}/payments", json=body, headers=OPERATOR)
    assert_problem(nobody, 404, "not_a_member")


async def test_who_is_suspended_reads_and_changes_nothing(
    client: httpx.AsyncClient, admin: Headers
) -> None:
    address = f"/v1/tenants/{tenant_of(admin)}/suspension"
    for reason in (REASON, {"reason": "etwas anderes"}):
        suspended = await client.post(address, json=reason, headers=OPERATOR)
        assert suspended.json()["status"] == "suspended"
        assert suspended.json()["suspension_reason"] == REASON["reason"]
    for change, body in (
        ("/v1/people", person()),
        ("/v1/tenant/shares/subscriptions", {"shares": 1}),
        ("/v1/tenant/notice", {}),
    ):
        refused = await client.post(change, json=body, headers=admin)
        assert_problem(refused, 403, "tenant_suspended")
    own = await client.get("/v1/tenant", headers=admin)
    assert own.json()["suspension_reason"] == REASON["reason"]
    assert (await client.get("/v1/people", headers=admin)).json() == []
    for _ in range(2):
        lifted = await client.post(f"{address}/lifting", json=REASON, headers=OPERATOR)
        assert lifted.json()["status"] == "active"
    assert (await client.post("/v1/people", json=person(), headers=admin)).status_code == 201
    log = await client.get("/v1/operations/log?limit=10", headers=OPERATOR)
    assert {each["action"] for each in log.json()} >= {"suspend", "lift_suspension"}
    for act in ("suspension", "suspension/lifting", "exclusion", "exclusion/withdrawal"):
        missing = await client.post(f"/v1/tenants/{uuid4()}/{act}", json=REASON, headers=OPERATOR)
        assert_problem(missing, 404, "not_found")
        foreign = await client.post(
            f"/v1/tenants/{tenant_of(admin)}/{act}", json=REASON, headers=admin
        )
        assert_problem(foreign, 403, "role_missing")


async def test_notice_is_given_withdrawn_and_given_once(
    client: httpx.AsyncClient, admin: Headers
) -> None:
    address = "/v1/tenant/notice"
    headers = {**admin, **once()}
    for _ in range(2):
        given = await client.post(address, json={}, headers=headers)
        assert (given.status_code, given.json()["status"]) == (201, "leaving")
    assert given.json()["last_day"].endswith("-12-31")
    twice = await client.post(address, json={}, headers=admin)
    assert_problem(twice, 409, "notice_given")
    assert (await client.post("/v1/people", json=person(), headers=admin)).status_code == 201
    not_theirs = await client.post(
        f"/v1/tenants/{tenant_of(admin)}/exclusion/withdrawal", json=REASON, headers=OPERATOR
    )
    assert_problem(not_theirs, 409, "notice_missing")
    withdrawn = await client.post(f"{address}/withdrawal", headers=admin)
    assert withdrawn.json()["status"] == "active"
    assert_problem(await client.post(f"{address}/withdrawal", headers=admin), 409, "notice_missing")


async def leave(client: httpx.AsyncClient, units: Units, admin: Headers) -> None:
    tenant_id = tenant_of(admin)
    past = {**REASON, "last_day": "2020-01-01"}
    address = f"/v1/tenants/{tenant_id}/exclusion"
    assert_problem(await client.post(address, json=past, headers=OPERATOR), 422, "last_day_invalid")
    today = (await client.get("/v1/register/votes", headers=OPERATOR)).json()["as_of"]
    excluded = await client.post(address, json={**REASON, "last_day": today}, headers=OPERATOR)
    assert excluded.json()["notice_by"] == "cooperative", excluded.text
    async with units([tenant_id]) as work:
        await end_membership(work, tenant_id, utc_now() + DAY, STATUTES)


async def test_who_has_left_may_fetch_its_data_and_nothing_else(
    client: httpx.AsyncClient,
    admin: Headers,
    postgres_units: Units,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(standing, "REMEMBERED_SECONDS", 0.0)
    people = [person(external_id=f"{number:04}") for number in range(700)]
    taken = await client.post("/v1/people/bulk", json={"people": people}, headers=admin)
    assert taken.status_code == 200, taken.text
    await leave(client, postgres_units, admin)
    for method, address, body in (
        ("GET", "/v1/tenant", None),
        ("GET", "/v1/people", None),
        ("GET", "/v1/tenant/membership", None),
        ("POST", "/v1/people", person()),
        ("POST", "/v1/tenant/notice", {}),
        ("POST", "/v1/tenant/notice/withdrawal", None),
    ):
        answer = await client.request(method, address, json=body, headers=admin)
        assert_problem(answer, 403, "tenant_not_active")
    colleague = bearer(tenants=str(tenant_of(admin)), roles="hr")
    refused = await client.get("/v1/tenant/export", headers=colleague)
    assert_problem(refused, 403, "role_missing")
    export = await client.get("/v1/tenant/export", headers=admin)
    assert export.headers["content-type"] == "application/x-ndjson"
    lines = [json.loads(line) for line in export.text.splitlines()]
    kinds = [line["kind"] for line in lines]
    assert kinds[-1] == "end"
    assert lines[-1]["lines"] == len(lines) - 1
    assert kinds.count("person") == 700
    assert {"organisation", "official_key", "register_entry", "membership"} <= set(kinds)
    assert {line["data"]["tenant_id"] for line in lines[:-1]} == {str(tenant_of(admin))}
    again = await client.post("/v1/applications", json=application(), headers=bearer())
    assert again.status_code == 201


async def test_a_tenant_is_called_otherwise(client: httpx.AsyncClient, admin: Headers) -> None:
    renamed = await client.patch("/v1/tenant", json={"name": "Neustadt"}, headers=admin)
    assert renamed.json()["name"] == "Neustadt"
    kept = await client.get("/v1/tenant/membership", headers=admin)
    assert [entry["kind"] for entry in kept.json()["entries"]] == ["admitted", "renamed"]
    assert_problem(
        await client.patch("/v1/tenant", json={"name": ""}, headers=admin), 422, "invalid_request"
    )


async def test_a_merger_gives_a_tenant_another_key(
    client: httpx.AsyncClient, admin: Headers
) -> None:
    address = f"/v1/tenants/{tenant_of(admin)}/official-keys"
    today = (await client.get("/v1/register/votes", headers=OPERATOR)).json()["as_of"]
    key = fresh_key().digits
    for valid_from, code in (
        (today, "key_change_too_early"),
        ("2020-01-01", "key_change_too_early"),
    ):
        body = {"official_key": key, "valid_from": valid_from}
        assert_problem(await client.put(address, json=body, headers=OPERATOR), 409, code)
    body = {"official_key": "08222000", "valid_from": "2030-01-01"}
    elsewhere = await client.put(address, json=body, headers=OPERATOR)
    assert_problem(elsewhere, 422, "official_key_elsewhere")
    for _ in range(2):
        body = {"official_key": key, "valid_from": "2030-01-01"}
        assert (await client.put(address, json=body, headers=OPERATOR)).status_code == 200
    keys = (await client.get(address, headers=OPERATOR)).json()
    assert [(each["valid_from"], each["valid_to"]) for each in keys] == [
        (today, "2030-01-01"),
        ("2030-01-01", None),
    ]
    taken = await client.post(
        "/v1/applications", json=application(official_key=key), headers=bearer()
    )
    assert_problem(taken, 409, "official_key_taken")
    nobody = await client.get(f"/v1/tenants/{uuid4()}/official-keys", headers=OPERATOR)
    assert_problem(nobody, 404, "not_found")


async def test_a_partner_has_no_learners(
    client: httpx.AsyncClient, admin: Headers, postgres_units: Units
) -> None:
    tenant_id: UUID = tenant_of(admin)
    async with postgres_units([tenant_id]) as work:
        made = await work.tenants.lock(tenant_id)
        assert made
        made.organisation = made.organisation.__class__(
            "Bildungswerk", made.organisation.kind.PARTNER, None, "DE-RP"
        )
        await work.tenants.save(made)
    refused = await client.post("/v1/people", json=person(), headers=admin)
    assert_problem(refused, 422, "role_not_for_kind")
    trainer = await client.post("/v1/people", json=person(roles=["trainer"]), headers=admin)
    assert trainer.status_code == 201


async def test_operators_maintain_states(client: httpx.AsyncClient, admin: Headers) -> None:
    luxembourg = {"name": "Luxemburg"}
    for _ in range(2):
        put = await client.put("/v1/states/LU", json=luxembourg, headers=OPERATOR)
        assert put.json() == {"code": "LU", "name": "Luxemburg", "key_prefix": None}, put.text
    taken = await client.put(
        "/v1/states/DE-XX", json={"name": "X", "key_prefix": "07"}, headers=OPERATOR
    )
    assert_problem(taken, 422, "state_invalid")
    for address, body in (("LU", {"name": ""}), ("lu", luxembourg), ("LU", {"key_prefix": "1"})):
        wrong = await client.put(f"/v1/states/{address}", json=body, headers=OPERATOR)
        assert_problem(wrong, 422, "invalid_request")
    foreign = await client.put("/v1/states/LU", json=luxembourg, headers=admin)
    assert_problem(foreign, 403, "role_missing")


async def test_operators_maintain_regions(client: httpx.AsyncClient, admin: Headers) -> None:
    code = f"r{uuid4().hex[:8]}"
    body = {"name": "Probe", "states": ["DE-BY"], "key_prefixes": ["09162"]}
    for _ in range(2):
        put = await client.put(f"/v1/regions/{code}", json=body, headers=OPERATOR)
        assert put.status_code == 200, put.text
    shown = (await client.get("/v1/regions")).json()["regions"]
    assert {"code": code, **body} in shown
    try:
        munich = {"state": "DE-BY", "official_key": "09162000", "regions": []}
        applied = await client.post(
            "/v1/applications", json=application(**munich), headers=bearer()
        )
        assert applied.json()["tenant"]["regions"] == [code]
        nuremberg = {"state": "DE-BY", "official_key": "09564000", "regions": [code]}
        refused = await client.post(
            "/v1/applications", json=application(**nuremberg), headers=bearer()
        )
        assert_problem(refused, 422, "region_excludes_key")
        for changes, wrong in (
            ({"key_prefixes": ["08"]}, "region_invalid"),
            ({"states": ["DE-XX"]}, "state_unknown"),
            ({"states": []}, "invalid_request"),
            ({"key_prefixes": ["x"]}, "invalid_request"),
            ({"name": None}, "invalid_request"),
        ):
            answer = await client.put(
                f"/v1/regions/{code}", json={**body, **changes}, headers=OPERATOR
            )
            assert_problem(answer, 422, wrong)
        foreign = await client.put(f"/v1/regions/{code}", json=body, headers=admin)
        assert_problem(foreign, 403, "role_missing")
        assert (await client.put("/v1/regions/X", json=body, headers=OPERATOR)).status_code == 422
    finally:
        await forget_region(client, code)


async def forget_region(client: httpx.AsyncClient, code: str) -> None:
    """The suites share the regions; there is no address to delete one."""
    opened: Any = client._transport.app.state.units  # type: ignore[attr-defined]
    async with opened(operator=True) as work:
        await work.connection.exec_driver_sql(f"DELETE FROM region WHERE code = '{code}'")


@pytest.fixture
async def without_directory(postgres_units: Units) -> Any:
    yield
    async with postgres_units(operator=True) as work:
        for table in ("municipality", "directory_edition"):
            await work.connection.exec_driver_sql(f"DELETE FROM {table}")


@pytest.mark.usefixtures("without_directory")
async def test_operators_read_the_official_directory(
    client: httpx.AsyncClient, admin: Headers
) -> None:
    address = "/v1/municipalities"
    headers = {**OPERATOR, "Content-Type": "text/plain"}
    good, ended = f"{fresh_key().digits}", f"{fresh_key().digits}"
    lines = directory((good, "Altdorf"), (ended, "Neudorf"))
    broken = encoded([*lines, "60 cut off"])
    for content, code in (
        (broken, "directory_malformed"),
        (b"", "invalid_request"),
        (b"\xff\xfe", "directory_malformed"),
        (encoded(directory()), "directory_empty"),
    ):
        refused = await client.put(address, content=content, headers=headers)
        assert_problem(refused, 422, code)
    named = await client.put(address, content=broken, headers=headers)
    assert named.json()["detail"].startswith("Line 6: ")
    nothing = await client.get(f"{address}/{good}", headers=bearer())
    assert_problem(nothing, 404, "not_found")
    for changed in (5, 0):
        read = await client.put(address, content=encoded(lines), headers=headers)
        assert read.json() == {"stand": "2026-09-30", "areas": 5, "changed": changed}, read.text
    newer = encoded(directory((good, "Altdorf"), stand="20261001"))
    assert (await client.put(address, content=newer, headers=headers)).json()["changed"] == 1
    older = await client.put(address, content=encoded(lines), headers=headers)
    assert_problem(older, 409, "directory_outdated")
    merger = {"merged_into": good, "ended_on": "2026-10-01"}
    noted = await client.put(f"{address}/{ended}/merger", json=merger, headers=OPERATOR)
    assert noted.json()[0]["merged_into"] == good
    for key, code in ((ended, "official_key_ended"), (fresh_key().digits, "official_key_unknown")):
        refused = await client.post(
            "/v1/applications", json=application(official_key=key), headers=bearer()
        )
        assert_problem(refused, 422, code)
    applied = await client.post(
        "/v1/applications", json=application(official_key=good), headers=bearer()
    )
    assert applied.status_code == 201, applied.text
    foreign = await client.put(
        address, content=encoded(lines), headers={**admin, "Content-Type": "text/plain"}
    )
    assert_problem(foreign, 403, "role_missing")

"""A tenant is suspended, let go on, and leaves: every service hears of it, and closes the door or opens it."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import text

from shared.database.engine import transaction
from tests.conftest import EngineFor
from tests.support.problems import assert_problem
from tests.support.waiting import until
from tests.system.http.case import (
    ON_ITS_WAY,
    WAIT_SECONDS,
    Case,
    Tenant,
    Tenants,
    competence_model,
    person,
    until_known,
)

#: A change in each service that has one for a tenant's administrator, without effect if it is refused.
CHANGES: tuple[tuple[str, str, dict[str, Any]], ...] = (
    ("member", "/v1/people", person()),
    ("catalogue", "/v1/competence-models", competence_model()),
    ("voucher", "/v1/programmes", {}),
    ("certificate", f"/v1/credentials/{UUID(int=1)}/revocation", {"reason": "Irrtum"}),
)
READS = (
    ("member", "/v1/people"),
    ("catalogue", "/v1/bookings"),
    ("voucher", "/v1/vouchers"),
    ("certificate", "/v1/credentials"),
)


async def _operate(case: Case, tenant: Tenant, act: str, **body: Any) -> dict[str, Any]:
    path = f"/v1/tenants/{tenant.tenant_id}/{act}"
    body = {"reason": "Beitrag nicht bezahlt", **body}
    answer: dict[str, Any] = await case.client("operator").post("member", path, body)
    return answer


async def _codes(case: Case, tenant: Tenant) -> Sequence[str]:
    """How every service answers a change and a read: with a problem's code, or well."""
    answers = [
        *[await case.send(tenant.account, "POST", s, path, json=body) for s, path, body in CHANGES],
        *[await case.send(tenant.account, "GET", service, path) for service, path in READS],
    ]
    return ["" if each.is_success else str(each.json()["code"]) for each in answers]


async def _until_told(case: Case, tenant: Tenant, changes: str, reads: str) -> None:
    """Wait until every service answers changes and reads like this."""
    expected = [*[changes] * len(CHANGES), *[reads] * len(READS)]
    await until(lambda: _codes(case, tenant), lambda seen: seen == expected, seconds=WAIT_SECONDS)


async def test_a_suspension_closes_every_service_for_changes_until_it_is_lifted(
    case: Case, tenants: Tenants
) -> None:
    town = await case.join("worms", name="Worms")
    await until_known(case, town, await tenants.funder.open_programme())
    await _operate(case, town, "suspension")
    await _until_told(case, town, "tenant_suspended", "")
    await _operate(case, town, "suspension/lifting")
    body = competence_model()
    await town.client.post(
        "catalogue", "/v1/competence-models", body, missing={*ON_ITS_WAY, "tenant_suspended"}
    )


async def test_who_has_left_has_only_its_export(
    case: Case, tenants: Tenants, engine_for: EngineFor
) -> None:
    town = await case.join("trier", name="Trier")
    await until_known(case, town, await tenants.funder.open_programme())
    await town.register()
    day = (await case.client("operator").get("member", "/v1/register/votes"))["as_of"]
    left = await _operate(case, town, "exclusion", last_day=day)
    assert left["status"] == "leaving"
    # The day passes.
    async with transaction(engine_for("member"), [UUID(town.tenant_id)]) as connection:
        await connection.execute(text("UPDATE tenant SET last_day = last_day - 1"))
    await _until_told(case, town, "tenant_not_active", "tenant_not_active")
    export = await case.send(town.account, "GET", "member", "/v1/tenant/export")
    assert '"kind":"person"' in export.text
    assert export.text.rstrip().splitlines()[-1].startswith('{"kind":"end"')
    refused = await case.send(town.account, "GET", "member", "/v1/tenant")
    assert "/v1/tenant/export" in assert_problem(refused, 403, "tenant_not_active")["detail"]


async def test_a_changed_region_reaches_the_vouchers(case: Case, tenants: Tenants) -> None:
    town = tenants.town
    key = (await town.client.get("member", "/v1/tenant"))["official_key"]
    code = f"r{key}"
    programme_id = await tenants.funder.open_programme(eligibility={"regions": [code]})
    path = f"/v1/programmes/{programme_id}/eligibility"

    async def eligible() -> bool:
        return bool((await town.client.get("voucher", path))["eligible"])

    assert not await eligible()
    for prefix, expected in ((key, True), ("0799", False)):
        body = {"name": "Probe", "states": ["DE-RP"], "key_prefixes": [prefix]}
        put = await case.send("operator", "PUT", "member", f"/v1/regions/{code}", json=body)
        assert put.is_success, put.text
        await until(eligible, expected.__eq__, seconds=WAIT_SECONDS)

"""The console understands what member answers about tenants."""

from uuid import UUID

import httpx
import pytest

from services.console.adapters.services import HttpServices
from services.console.adapters.tenants import MemberTenants
from services.console.domain.onboarding import Column, State, by_column
from services.console.domain.tenant import Status, TenantSearch
from services.console.domain.tenant_acts import ACTS
from services.member.adapters.unit_of_work import PostgresUnitOfWork
from shared.clock import utc_now
from shared.database.unit_of_work import UnitsOfWork
from tests.member.http import application, bearer
from tests.member.outside import FakeOutside, onboard

pytestmark = pytest.mark.usefixtures("engine_for")

AS_OPERATOR = "op|operator|"


@pytest.fixture
def tenants(client: httpx.AsyncClient) -> MemberTenants:
    return MemberTenants(HttpServices({"member": "http://member"}, client._transport))


async def test_a_tenant_from_its_application_to_its_exclusion(
    client: httpx.AsyncClient,
    tenants: MemberTenants,
    postgres_units: UnitsOfWork[PostgresUnitOfWork],
) -> None:
    made = await client.post("/v1/applications", json=application(), headers=bearer())
    tenant_id = made.json()["tenant"]["tenant_id"]

    async def act(name: str, **body: str) -> None:
        await tenants.act(AS_OPERATOR, tenant_id, ACTS[name], body)

    async def column() -> Column:
        columns = by_column(await tenants.under_way(AS_OPERATOR, 500))
        [found] = [
            each
            for each in columns
            if tenant_id in {one.onboarding.tenant_id for one in columns[each]}
        ]
        return found

    assert await column() is Column.TO_DECIDE
    await act("approve")
    outside = FakeOutside()
    outside.broker.fails_before.append("kafka_rights")
    await onboard(postgres_units, UUID(tenant_id), outside)
    assert await column() is Column.FAILING
    await act("retry", step="kafka_rights", reason="Kafka is back")
    await onboard(postgres_units, UUID(tenant_id))
    assert await column() is Column.COMING  # its issuer
    way = await tenants.onboarding(AS_OPERATOR, tenant_id)
    assert {each.state for each in way.steps} == {State.DONE, State.WAITING}
    [_, failed] = [
        each
        for each in await tenants.attempts(AS_OPERATOR, tenant_id)
        if each.step == "kafka_rights"
    ]
    assert failed.error == "unreachable: Kafka does not answer."

    quotas = {"people": 7, "events_per_day": 8, "machine_clients": 9, "subscriptions": 10}
    await tenants.change_quotas(AS_OPERATOR, tenant_id, {**quotas, "reason": "A pilot"})
    assert (await tenants.quotas(AS_OPERATOR, tenant_id)).people == 7

    await tenants.ask_access(
        AS_OPERATOR, tenant_id, {"reason": "Ticket 4711", "hours": 1, "may_change": True}
    )
    [access] = await tenants.accesses(AS_OPERATOR, tenant_id)
    assert access.runs(utc_now())
    await tenants.end_access(AS_OPERATOR, tenant_id, access.access_id)
    [access] = await tenants.accesses(AS_OPERATOR, tenant_id)
    assert (access.runs(utc_now()), access.ended_by) == (False, "cooperative")

    await act("suspend", reason="Arrears")
    await act("lift", reason="Paid")
    await act("exclude", reason="Arrears", last_day="2999-12-31")
    leaving = await tenants.get(AS_OPERATOR, tenant_id)
    assert (leaving.status, leaving.notice_by, leaving.notice_reason) == (
        Status.LEAVING,
        "cooperative",
        "Arrears",
    )
    await act("withdraw", reason="Paid")
    assert (await tenants.get(AS_OPERATOR, tenant_id)).status is Status.ACTIVE
    done = {each.action: each.reason for each in await tenants.done(AS_OPERATOR, tenant_id)}
    assert done["suspend"] == done["exclude"] == "Arrears"
    assert done.keys() >= {"approve", "retry_kafka_rights", "change_quotas", "lift_suspension"}
    assert (await tenants.membership(AS_OPERATOR, tenant_id)).entries
    assert await tenants.official_keys(AS_OPERATOR, tenant_id)
    search = TenantSearch(text=tenant_id)
    [found] = await tenants.search(AS_OPERATOR, search, 10, 0)
    assert found.tenant_id == tenant_id
    assert (await tenants.counts(AS_OPERATOR, search)).by_status[Status.ACTIVE] == 1


async def test_an_application_is_refused(client: httpx.AsyncClient, tenants: MemberTenants) -> None:
    made = await client.post("/v1/applications", json=application(), headers=bearer())
    tenant_id = made.json()["tenant"]["tenant_id"]
    await tenants.act(AS_OPERATOR, tenant_id, ACTS["refuse"], {"reason": "No municipality"})
    refused = await tenants.get(AS_OPERATOR, tenant_id)
    assert (refused.status, refused.reason) == (Status.REFUSED, "No municipality")

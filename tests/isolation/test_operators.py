"""Operators in a tenant, in every service: with a running access, as far as it goes, and not a moment longer."""

from collections.abc import AsyncIterator, Mapping
from uuid import uuid4

import httpx
import pytest
import pytest_asyncio
from sqlalchemy import text

from shared.database.engine import transaction
from shared.inbox import letters
from shared.inbox.records import Failure, KeptRecord
from tests.isolation.figures import tried
from tests.isolation.world import World, bearer

#: What an operator looks at in each service to help a tenant.
READS: Mapping[str, str] = {
    "member": "/v1/people",
    "catalogue": "/v1/bookings",
    "voucher": "/v1/vouchers",
    "certificate": "/v1/credentials",
    "feed": "/v1/subscriptions",
}
#: What an operator would change there.
WRITES: Mapping[str, str] = {
    "member": "/v1/people",
    "catalogue": "/v1/offers",
    "voucher": "/v1/programmes",
    "certificate": f"/v1/credentials/{uuid4()}/revocation",
    "feed": "/v1/subscriptions",
}


class Operator:
    """One of the cooperative's staff, and the accesses that are asked for."""

    def __init__(self, world: World) -> None:
        self._world = world
        self.subject = f"operator-{uuid4()}"
        self.tenant_id = world.victim.tenant_id
        self.headers = bearer(self.subject, "operator")
        self.path = f"/v1/tenants/{self.tenant_id}/access"

    async def ask(self, **changes: object) -> httpx.Response:
        body = {"reason": "Ticket 4711: Kanarienvogel singt nicht", **changes}
        answer = await self._world.call("member", "POST", self.path, self.headers, body)
        await self._world.bus.deliver()
        return answer

    async def codes(self, method: str) -> set[str]:
        """What the gates of the services answer: nothing where they let in."""
        acting = {**self.headers, "X-Tenant-ID": str(self.tenant_id)}
        found = set()
        for service, path in (READS if method == "GET" else WRITES).items():
            answer = await self._world.call(service, method, path, acting, {})
            code = "" if answer.is_success else answer.json()["code"]
            found.add("" if code in {"invalid_request", "not_found"} else code)
        return found


@pytest_asyncio.fixture(loop_scope="session")
async def operator(world: World) -> AsyncIterator[Operator]:
    yield Operator(world)


async def test_an_access_to_read_lets_in_to_read_and_its_end_shows_out(
    world: World, operator: Operator
) -> None:
    assert await operator.codes("GET") == {"operator_access_missing"}
    granted = (await operator.ask(hours=8)).json()
    assert await operator.codes("GET") == {""}
    assert await operator.codes("POST") == {"operator_access_missing"}
    await world.make("member", f"/v1/operator-access/{granted['access_id']}/end")
    assert await operator.codes("GET") == {"operator_access_missing"}
    tried("operators without a running access, in every service", len(READS))


async def test_an_access_to_change_lets_in_to_change(world: World, operator: Operator) -> None:
    granted = (await operator.ask(may_change=True)).json()
    assert await operator.codes("POST") == {""}
    path = f"{operator.path}/{granted['access_id']}/end"
    for _ in range(2):
        ended = await world.call("member", "POST", path, operator.headers)
        assert (ended.status_code, ended.json()["ended_by"]) == (200, "cooperative")
    await world.bus.deliver()
    assert await operator.codes("POST") == {"operator_access_missing"}


async def test_an_access_is_one_operators_to_one_tenant(world: World, operator: Operator) -> None:
    await operator.ask()
    other = Operator(world)
    assert await other.codes("GET") == {"operator_access_missing"}
    operator.tenant_id = world.stranger.tenant_id
    assert await operator.codes("GET") == {"operator_access_missing"}


async def test_an_access_that_has_run_out_lets_nobody_in(world: World, operator: Operator) -> None:
    """By the clock alone: nobody has to end it."""
    await operator.ask()
    for engine in world.engines.values():
        async with transaction(engine, [operator.tenant_id]) as connection:
            await connection.execute(
                text("UPDATE operator_access SET until = now() WHERE operator = :operator"),
                {"operator": operator.subject},
            )
    assert await operator.codes("GET") == {"operator_access_missing"}


async def test_what_outlasts_an_access_is_not_for_operators(
    world: World, operator: Operator
) -> None:
    await operator.ask(may_change=True)
    acting = {**operator.headers, "X-Tenant-ID": str(operator.tenant_id)}
    for path in ("/v1/machine-clients", "/v1/operator-access", "/v1/audit-log", "/v1/me"):
        answer = await world.call("member", "GET", path, acting)
        assert (answer.status_code, answer.json()["code"]) == (403, "role_missing"), path


async def test_the_tenant_sees_who_came_in_why_and_what_was_done(
    world: World, operator: Operator
) -> None:
    granted = (await operator.ask()).json()
    await operator.codes("GET")
    watchers = ("tenant-admin", "auditor", "works-council")
    for role in watchers:
        watcher = bearer(role, role, world.victim.tenant_id)
        seen = await world.call("member", "GET", "/v1/operator-access?limit=500", watcher)
        assert granted in seen.json()
        log = await world.call("member", "GET", "/v1/audit-log?limit=500", watcher)
        [entry] = [each for each in log.json() if each["subject"] == granted["access_id"]]
        assert (entry["action"], entry["actor"]) == ("operator_access.granted", operator.subject)
    learner = bearer("learner", "learner", world.victim.tenant_id)
    assert (await world.call("member", "GET", "/v1/operator-access", learner)).status_code == 403
    for service in READS:
        answer = await world.call(service, "GET", "/v1/operations/log?limit=500", operator.headers)
        acts = [each for each in answer.json() if each["operator"] == operator.subject]
        assert [(each["action"], each["reason"]) for each in acts] == [
            ("act", granted["access_id"])
        ], service


@pytest.mark.parametrize(
    ("changes", "status"),
    [
        ({"hours": 9}, 422),
        ({"hours": 0}, 422),
        ({"reason": ""}, 422),
        ({"reason": "kurz"}, 422),
        ({"reason": "a\x00b, which is long enough"}, 422),
        ({"may_change": "perhaps"}, 422),
        ({"until": "2099-01-01T00:00:00Z"}, 422),
    ],
)
async def test_accesses_that_cannot_be(
    operator: Operator, changes: dict[str, object], status: int
) -> None:
    answer = await operator.ask(**changes)
    assert (answer.status_code, answer.json()["code"]) == (status, "invalid_request")


async def test_there_is_no_access_to_what_is_not_there(world: World, operator: Operator) -> None:
    operator.path = f"/v1/tenants/{uuid4()}/access"
    assert (await operator.ask()).status_code == 404
    path = f"/v1/tenants/{operator.tenant_id}/access/{uuid4()}/end"
    assert (await world.call("member", "POST", path, operator.headers)).status_code == 404


async def test_the_same_key_asks_once(world: World, operator: Operator) -> None:
    headers = {**operator.headers, "Idempotency-Key": "k1"}
    body = {"reason": "Ticket 4711: twice"}
    first, again = [
        await world.call("member", "POST", operator.path, headers, body) for _ in range(2)
    ]
    assert (first.status_code, first.json()) == (201, again.json())
    other = await world.call("member", "POST", operator.path, headers, {**body, "hours": 2})
    assert (other.status_code, other.json()["code"]) == (409, "idempotency_key_reused")
    listed = await world.call("member", "GET", f"{operator.path}?limit=500", operator.headers)
    assert sum(each["operator"] == operator.subject for each in listed.json()) == 1


async def test_an_older_announcement_brings_no_access_back(
    world: World, operator: Operator
) -> None:
    """A replay, or a grant that arrives after its end."""
    granted = (await operator.ask()).json()
    await world.make("member", f"/v1/operator-access/{granted['access_id']}/end")
    world.bus.forget()
    await world.bus.deliver()
    assert await operator.codes("GET") == {"operator_access_missing"}


async def test_a_dead_letter_that_names_people_is_read_with_an_access_only(
    world: World, operator: Operator
) -> None:
    engine = world.engines["certificate"]
    tenants = (str(operator.tenant_id), "nobody's")
    for number, tenant in enumerate(tenants):
        headers = [("ce_tenantid", tenant.encode())]
        place = 9_000_000 + number
        record = KeptRecord("member-people", 0, place, b"k", b"Kanarienvogel", headers)
        async with transaction(engine) as connection:
            await letters.bury(connection, [Failure(record, "LookupError", 5)])
    path = "/v1/operations/dead-letters"
    query = f"{path}?topic=member-people&limit=500"
    listed = (await world.call("certificate", "GET", query, operator.headers)).json()
    ids = {each["tenant_id"]: each["id"] for each in listed if each["offset"] >= 9_000_000}

    async def read(tenant: str) -> httpx.Response:
        return await world.call("certificate", "GET", f"{path}/{ids[tenant]}", operator.headers)

    for tenant in tenants:
        answer = await read(tenant)
        assert (answer.status_code, answer.json()["code"]) == (403, "operator_access_missing")
        assert "Kanarienvogel" not in answer.text
    await operator.ask()
    assert (await read(tenants[0])).json()["data"] == "Kanarienvogel"
    assert (await read(tenants[1])).status_code == 403


async def test_the_audit_log_cannot_be_changed(world: World, operator: Operator) -> None:
    await operator.ask()
    for statement in ("UPDATE audit_entry SET detail = ''", "DELETE FROM audit_entry"):
        with pytest.raises(Exception, match="append-only"):
            async with transaction(world.engines["member"], [operator.tenant_id]) as connection:
                await connection.execute(text(statement))

"""Members that leave the cooperative, or are suspended, and their agreements, on a real PostgreSQL."""

from datetime import timedelta
from typing import TYPE_CHECKING
from uuid import UUID, uuid4

import httpx
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from services.member.adapters.invariants import violated_invariants
from services.member.adapters.scopes import agreements_to_settle
from services.member.application.agree import settle_agreement
from services.member.application.leave import GiveNotice, end_membership, give_notice
from services.member.application.suspend_tenant import resume_tenant, suspend_tenant
from services.member.domain.statutes import STATUTES, day_of
from services.member.domain.tenant import Party
from shared.clock import utc_now
from shared.database.engine import transaction
from shared.envelope import Cause
from tests.member.test_agreements_api import (
    Units,
    admin_of,
    events_of,
    members,
    propose,
    sign,
    text_of,
)
from tests.support.problems import assert_problem

if TYPE_CHECKING:
    from tests.conftest import EngineFor

__all__ = ["members"]


async def leave_cooperative(units: Units, tenant_id: UUID) -> None:
    """The cooperative excludes a member from tomorrow on, and tomorrow the membership ends."""
    now = utc_now()
    command = GiveNotice(tenant_id, Party.COOPERATIVE, "fees", Cause("test"), day_of(now))
    async with units([tenant_id]) as work:
        await give_notice(work, command, now, STATUTES)
        await end_membership(work, tenant_id, now + timedelta(days=1), STATUTES)


async def settle_by_clock(units: Units, engine: AsyncEngine, tenant_id: UUID) -> None:
    now = utc_now()
    for key in await agreements_to_settle(engine, now, 10_000):
        if key[0] == tenant_id:
            await settle_agreement(units, *key, Cause("clock"), now)


async def test_who_leaves_the_cooperative_leaves_the_agreement_and_the_last_two_end_it(
    client: httpx.AsyncClient,
    members: dict[str, UUID],
    engine_for: "EngineFor",
    postgres_units: Units,
) -> None:
    engine = engine_for("member")
    address = await propose(client, members)
    await sign(client, members, address, "agency", "university", "partner")
    city = admin_of(members, "city")
    await leave_cooperative(postgres_units, members["university"])
    await settle_by_clock(postgres_units, engine, members["city"])
    shown = (await client.get(address, headers=city)).json()
    assert (shown["status"], shown["shared"]) == ("running", [])
    assert shown["left"] == [str(members["university"])]
    assert str(members["university"]) in str(shown["terms"]), "the text stays as it was signed"
    history = (await client.get(f"{address}/history", headers=city)).json()
    last = history["declarations"][-1]
    assert (last["act"], last["subject"]) == ("leaves", "cooperative")
    for name in ("partner", "agency"):
        await leave_cooperative(postgres_units, members[name])
        await settle_by_clock(postgres_units, engine, members["city"])
    ended = (await client.get(address, headers=city)).json()
    assert (ended["status"], ended["end_reason"]) == ("ended", "party_left")
    assert await events_of(engine_for, address) == [
        "agreement.started.v1",
        "agreement.changed.v1",
        "agreement.changed.v1",
        "agreement.ended.v1",
    ]
    told = await told_parties(engine, address)
    assert [str(members["university"]) in each for each in told] == [True, False, False, False]
    outsider = await client.get(address, headers=admin_of(members, "outsider"))
    assert outsider.status_code == 404


async def told_parties(engine: AsyncEngine, address: str) -> list[str]:
    query = text(
        "SELECT convert_from(data, 'UTF8')::jsonb ->> 'parties' FROM outbox_event WHERE key LIKE :k ORDER BY id"
    )
    async with transaction(engine) as connection:
        rows = await connection.execute(query, {"k": f"%:{address.rpartition('/')[2]}"})
        return list(rows.scalars())


async def test_when_its_proposer_leaves_the_clock_goes_on_for_the_others(
    client: httpx.AsyncClient,
    members: dict[str, UUID],
    engine_for: "EngineFor",
    postgres_units: Units,
) -> None:
    body = text_of(members)
    for party in body["parties"]:
        party["part"] = "host"
    answer = await client.post("/v1/agreements", json=body, headers=admin_of(members, "city"))
    address = f"/v1/agreements/{answer.json()['agreement_id']}"
    await sign(client, members, address, "agency", "university", "partner")
    await leave_cooperative(postgres_units, members["city"])
    await settle_by_clock(postgres_units, engine_for("member"), members["city"])
    agency = admin_of(members, "agency")
    shown = (await client.get(address, headers=agency)).json()
    assert (shown["status"], shown["left"]) == ("running", [str(members["city"])])
    added = await client.put(f"{address}/offers/{uuid4()}", headers=agency)
    assert len(added.json()["shared"]) == 2
    change = await client.post(f"{address}/changes", json=body, headers=agency)
    assert_problem(change, 403, "not_its_proposer")
    assert "Propose a new one" in change.json()["detail"]


async def test_an_agreement_rests_for_who_is_suspended_and_nothing_ends(
    client: httpx.AsyncClient,
    members: dict[str, UUID],
    engine_for: "EngineFor",
    postgres_units: Units,
) -> None:
    address = await propose(client, members)
    await sign(client, members, address, "agency", "university", "partner")
    agency, university = admin_of(members, "agency"), admin_of(members, "university")
    async with postgres_units([members["university"]]) as work:
        await suspend_tenant(work, members["university"], "fees", Cause("test"), utc_now())
    await settle_by_clock(postgres_units, engine_for("member"), members["city"])
    for method, suffix in (("POST", "/notice"), ("PUT", f"/offers/{uuid4()}")):
        refused = await client.request(method, address + suffix, headers=university)
        assert_problem(refused, 403, "tenant_suspended")
    shown = (await client.get(address, headers=university)).json()
    assert (shown["status"], shown["left"], len(shown["shared"])) == ("running", [], 1)
    assert (await client.put(f"{address}/offers/{uuid4()}", headers=agency)).is_success
    async with postgres_units([members["university"]]) as work:
        await resume_tenant(work, members["university"], Cause("test"))
    assert (await client.put(f"{address}/offers/{uuid4()}", headers=university)).is_success
    assert await events_of(engine_for, address) == [
        "agreement.started.v1",
        "agreement.changed.v1",
        "agreement.changed.v1",
    ]


async def test_who_left_without_leaving_its_agreements_is_noticed(
    client: httpx.AsyncClient, members: dict[str, UUID], engine_for: "EngineFor"
) -> None:
    name = "an agreement in force binds nobody who left over a minute ago"
    address = await propose(client, members)
    await sign(client, members, address, "agency", "university", "partner")
    left = text(
        "UPDATE tenant SET status = 'left', left_at = now() - interval '2 minutes',"
        " last_export_day = '2099-01-01' WHERE tenant_id = :id"
    )
    both = [members["city"], members["agency"]]
    async with transaction(engine_for("member"), both, operator=True) as connection:
        assert name not in await violated_invariants(connection)
        await connection.execute(left, {"id": members["agency"]})
        assert name in await violated_invariants(connection)
        await connection.rollback()

"""Cooperation agreements over HTTP, on a real PostgreSQL."""

from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import TYPE_CHECKING, Any
from uuid import UUID, uuid4

import httpx
import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from services.member.adapters.invariants import violated_invariants
from services.member.adapters.scopes import agreements_to_settle
from services.member.adapters.unit_of_work import PostgresUnitOfWork
from services.member.application.agree import settle_agreement
from shared.clock import utc_now
from shared.database.engine import transaction
from shared.database.unit_of_work import UnitsOfWork
from shared.envelope import Cause
from tests.member.builders import active_tenant
from tests.member.http import NUL, OPERATOR, bearer, post_json

if TYPE_CHECKING:
    from tests.conftest import EngineFor

Headers = dict[str, str]
Units = UnitsOfWork[PostgresUnitOfWork]
NAMES = ("city", "agency", "university", "partner", "outsider")


@pytest.fixture
async def members(postgres_units: Units) -> dict[str, UUID]:
    """A city, a federal agency, a university, a facilitating partner, and an outsider."""
    tenants = {name: active_tenant(name=name) for name in NAMES}
    async with postgres_units([each.tenant_id for each in tenants.values()]) as work:
        for each in tenants.values():
            await work.tenants.add(each)
    return {name: each.tenant_id for name, each in tenants.items()}


def admin_of(members: dict[str, UUID], name: str) -> Headers:
    return bearer(f"{name}-admin", "tenant-admin", str(members[name]))


def text_of(members: dict[str, UUID], **changes: Any) -> dict[str, Any]:
    parts = {"city": "host", "agency": "party", "university": "party", "partner": "facilitator"}
    usual = {
        "purpose": "Gemeinsame Reihe zum Wandel",
        "parties": [
            {"tenant_id": str(members[name]), "name": name, "part": part}
            for name, part in parts.items()
        ],
        "offers": [{"provider_id": str(members["university"]), "offer_id": str(uuid4())}],
        "adds_later": True,
        "starts_at": (utc_now() - timedelta(days=1)).isoformat(),
        "ends_at": (utc_now() + timedelta(days=300)).isoformat(),
    }
    return {**usual, **changes}


Call = Callable[..., Awaitable[httpx.Response]]


async def propose(client: httpx.AsyncClient, members: dict[str, UUID], **changes: Any) -> str:
    body = text_of(members, **changes)
    answer = await client.post("/v1/agreements", json=body, headers=admin_of(members, "city"))
    assert answer.status_code == 201, answer.text
    assert answer.json()["status"] == "proposed"
    return f"/v1/agreements/{answer.json()['agreement_id']}"


async def sign(
    client: httpx.AsyncClient,
    members: dict[str, UUID],
    address: str,
    *names: str,
    revision: int = 1,
) -> Any:
    for name in names:
        answer = await client.post(
            f"{address}/signature", json={"revision": revision}, headers=admin_of(members, name)
        )
        assert answer.status_code == 200, answer.text
    return answer.json()


async def events_of(engine_for: "EngineFor", address: str) -> list[str]:
    agreement_id = address.rpartition("/")[2]
    async with transaction(engine_for("member")) as connection:
        rows = await connection.execute(
            text(
                "SELECT type, convert_from(data, 'UTF8') AS data FROM outbox_event WHERE key LIKE :k ORDER BY id"
            ),
            {"k": f"%:{agreement_id}"},
        )
        found = rows.all()
    assert not any("admin" in row.data or "Reihe" in row.data for row in found)
    return [row.type for row in found]


async def test_a_joint_series_from_proposal_to_its_end(
    client: httpx.AsyncClient, members: dict[str, UUID], engine_for: "EngineFor"
) -> None:
    address = await propose(client, members)
    shown = await sign(client, members, address, "agency", "university", "agency")
    assert (shown["status"], shown["shared"]) == ("proposed", [])
    shown = await sign(client, members, address, "partner")
    assert (shown["status"], len(shown["shared"])) == ("running", 1)
    agency = admin_of(members, "agency")
    added = await client.put(f"{address}/offers/{uuid4()}", headers=agency)
    assert len(added.json()["shared"]) == 2
    noticed = await client.post(f"{address}/notice", headers=agency)
    assert noticed.json()["status"] == "running"
    history = (await client.get(f"{address}/history", headers=admin_of(members, "partner"))).json()
    assert [each["act"] for each in history["declarations"]] == [
        *["signs"] * 4,
        "shares",
        "gives_notice",
    ]
    assert history["declarations"][0]["subject"] == "city-admin"
    register = address.replace("agreements", "agreement-register")
    body = {"reason": "Auf Wunsch aller"}
    ended = await client.post(f"{register}/termination", json=body, headers=OPERATOR)
    assert (ended.json()["status"], ended.json()["end_reason"]) == ("ended", "ended_by_cooperative")
    assert await events_of(engine_for, address) == [
        "agreement.started.v1",
        "agreement.changed.v1",
        "agreement.ended.v1",
    ]
    late = await client.put(f"{address}/offers/{uuid4()}", headers=agency)
    assert (late.status_code, late.json()["code"]) == (409, "agreement_not_running")


async def test_for_an_outsider_there_is_no_agreement(
    client: httpx.AsyncClient, members: dict[str, UUID]
) -> None:
    address = await propose(client, members)
    await sign(client, members, address, "agency", "university", "partner")
    outsider = admin_of(members, "outsider")
    decision = {"revision": 1}
    calls = [
        ("GET", "", None),
        ("GET", "/history", None),
        ("POST", "/changes", text_of(members | {"city": members["outsider"]})),
        ("POST", "/signature", decision),
        ("POST", "/refusal", decision),
        ("POST", "/notice", None),
        ("PUT", f"/offers/{uuid4()}", None),
        ("DELETE", f"/offers/{uuid4()}", None),
    ]
    for method, suffix, body in calls:
        answer = await client.request(method, address + suffix, json=body, headers=outsider)
        missing = address.rpartition("/")[0] + f"/{uuid4()}"
        nothing = await client.request(method, missing + suffix, json=body, headers=outsider)
        assert (answer.status_code, nothing.status_code) == (404, 404), (method, suffix)
        assert answer.json()["detail"] == nothing.json()["detail"]
    assert (await client.get("/v1/agreements", headers=outsider)).json() == []
    for name in ("city", "agency", "university", "partner"):
        found = await client.get("/v1/agreements", headers=admin_of(members, name))
        assert [each["agreement_id"] for each in found.json()] == [address.rpartition("/")[2]]


async def test_the_database_lets_a_party_write_nothing_but_its_own_word(
    client: httpx.AsyncClient, members: dict[str, UUID], engine_for: "EngineFor"
) -> None:
    address = await propose(client, members)
    agreement_id = address.rpartition("/")[2]
    insert = text(
        "INSERT INTO agreement_declaration (tenant_id, declaration_id, proposer_id, agreement_id, act,"
        " revision, subject, at) VALUES (:tenant, gen_random_uuid(), :city, :id, 'signs', 1, 'x', now())"
    )

    async def write(acting: str, declared_for: str) -> None:
        async with transaction(engine_for("member"), [members[acting]]) as connection:
            values = {"tenant": members[declared_for], "city": members["city"], "id": agreement_id}
            await connection.execute(insert, values)

    for acting, declared_for in (("agency", "partner"), ("outsider", "outsider")):
        with pytest.raises(DBAPIError, match="row-level security"):
            await write(acting, declared_for)
    async with transaction(engine_for("member"), [members["agency"]]) as connection:
        changed = await connection.execute(text("UPDATE agreement SET status = 'running'"))
        assert changed.rowcount == 0
    for statement in ("UPDATE agreement_declaration SET at = now()", "DELETE FROM agreement_terms"):
        with pytest.raises(DBAPIError, match="append-only"):
            async with transaction(engine_for("member"), [members["city"]]) as connection:
                await connection.execute(text(statement))


async def test_a_change_keeps_the_old_text_until_all_have_signed(
    client: httpx.AsyncClient, members: dict[str, UUID], engine_for: "EngineFor"
) -> None:
    address = await propose(client, members)
    first = await sign(client, members, address, "agency", "university", "partner")
    body = text_of(members, purpose="Neu", starts_at=first["terms"]["starts_at"])
    refused = await client.post(
        f"{address}/changes", json=body, headers=admin_of(members, "agency")
    )
    assert (refused.status_code, refused.json()["code"]) == (403, "not_its_proposer")
    headers = {**admin_of(members, "city"), "Idempotency-Key": str(uuid4())}
    changes = [
        await client.post(f"{address}/changes", json=body, headers=headers) for _ in range(2)
    ]
    assert changes[0].json() == changes[1].json()
    assert changes[0].json()["terms"]["purpose"] == "Gemeinsame Reihe zum Wandel"
    assert changes[0].json()["proposal"]["revision"] == 2
    stale = await client.post(
        f"{address}/signature", json={"revision": 1}, headers=admin_of(members, "outsider")
    )
    assert stale.status_code == 404
    after = await sign(client, members, address, "agency", "university", "partner", revision=2)
    assert (after["terms"]["purpose"], after["proposal"]) == ("Neu", None)
    assert await events_of(engine_for, address) == ["agreement.started.v1", "agreement.changed.v1"]


async def test_the_clock_starts_and_ends_what_nobody_touches(
    client: httpx.AsyncClient,
    members: dict[str, UUID],
    engine_for: "EngineFor",
    postgres_units: Units,
) -> None:
    now = utc_now()
    starts_at, ends_at = now + timedelta(days=2), now + timedelta(days=4)
    period = {"starts_at": starts_at.isoformat(), "ends_at": ends_at.isoformat()}
    address = await propose(client, members, **period)
    agreed = await sign(client, members, address, "agency", "university", "partner")
    assert agreed["status"] == "agreed"
    key = (members["city"], UUID(address.rpartition("/")[2]))
    for moment, expected in ((starts_at, "running"), (ends_at, "ended")):
        early = await agreements_to_settle(
            engine_for("member"), moment - timedelta(seconds=1), 10_000
        )
        assert key not in early
        assert key in await agreements_to_settle(engine_for("member"), moment, 10_000)
        settled = await settle_agreement(postgres_units, *key, Cause("clock"), moment)
        assert settled
        assert settled.status == expected
    assert await events_of(engine_for, address) == ["agreement.started.v1", "agreement.ended.v1"]


async def test_a_word_that_nobody_concluded_from_is_found_by_the_clock(
    client: httpx.AsyncClient, members: dict[str, UUID], engine_for: "EngineFor"
) -> None:
    address = await propose(client, members)
    agreement_id = UUID(address.rpartition("/")[2])
    insert = text(
        "INSERT INTO agreement_declaration (tenant_id, declaration_id, proposer_id, agreement_id, act,"
        " revision, subject, at) VALUES (:tenant, gen_random_uuid(), :city, :id, 'refuses', 1, 'x', now())"
    )
    values = {"tenant": members["agency"], "city": members["city"], "id": agreement_id}
    async with transaction(engine_for("member"), [members["agency"]]) as connection:
        await connection.execute(insert, values)
    key = (members["city"], agreement_id)
    assert key in await agreements_to_settle(engine_for("member"), utc_now(), 10_000)


async def test_an_agreement_without_all_signatures_or_past_its_time_is_noticed(
    client: httpx.AsyncClient, members: dict[str, UUID], engine_for: "EngineFor"
) -> None:
    address = await propose(client, members)
    running = text("UPDATE agreement SET status = 'running' WHERE agreement_id = :id")
    overdue = text(
        "UPDATE agreement SET due_at = now() - interval '2 minutes' WHERE agreement_id = :id"
    )
    values = {"id": address.rpartition("/")[2]}
    for statement, name in (
        (running, "an agreement in force is signed by all its parties"),
        (overdue, "an agreement starts and ends within a minute of its time"),
    ):
        engine = engine_for("member")
        async with transaction(engine, [members["city"]], operator=True) as connection:
            assert name not in await violated_invariants(connection)
            await connection.execute(statement, values)
            assert name in await violated_invariants(connection)
            await connection.rollback()


async def test_proposing_twice_with_one_key_proposes_once(
    client: httpx.AsyncClient, members: dict[str, UUID]
) -> None:
    headers = {**admin_of(members, "city"), "Idempotency-Key": "series"}
    body = text_of(members)
    answers = [await client.post("/v1/agreements", json=body, headers=headers) for _ in range(2)]
    assert answers[0].json() == answers[1].json()
    other = await client.post("/v1/agreements", json=text_of(members), headers=headers)
    assert other.json()["code"] == "idempotency_key_reused"


@pytest.mark.parametrize(
    ("changes", "status"),
    [
        ({"parties": []}, 422),
        ({"purpose": NUL}, 422),
        ({"starts_at": "2026-01-01"}, 422),
        ({"ends_at": "2020-01-01T00:00:00Z"}, 422),
        ({"notice_days": 10**9}, 422),
        ({"offers": [{"provider_id": str(uuid4()), "offer_id": str(uuid4())}]}, 422),
        ({"unknown": 1}, 422),
    ],
)
async def test_texts_that_cannot_be(
    client: httpx.AsyncClient, members: dict[str, UUID], changes: dict[str, Any], status: int
) -> None:
    body = text_of(members, **changes)
    answer = await post_json(client, "/v1/agreements", body, admin_of(members, "city"))
    assert answer.status_code == status, answer.text


async def test_only_administrators_and_the_cooperative_have_a_say(
    client: httpx.AsyncClient, members: dict[str, UUID]
) -> None:
    address = await propose(client, members)
    hr = bearer("x", "hr", str(members["city"]))
    register = address.replace("agreements", "agreement-register")
    body = {"reason": "x"}
    for answer in (
        await client.get(address, headers=hr),
        await client.post(f"{register}/termination", json=body, headers=admin_of(members, "city")),
        await client.get("/v1/agreement-register", headers=admin_of(members, "city")),
        await client.get(address, headers=OPERATOR),
    ):
        assert answer.status_code == 403
    listed = await client.get(
        "/v1/agreement-register", params={"status": "proposed"}, headers=OPERATOR
    )
    assert address.rpartition("/")[2] in {each["agreement_id"] for each in listed.json()}
    nothing = f"/v1/agreement-register/{uuid4()}/termination"
    assert (await client.post(nothing, json=body, headers=OPERATOR)).status_code == 404

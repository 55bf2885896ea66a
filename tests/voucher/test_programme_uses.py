"""How much of each programme is used, for those who run the platform: exact figures, and of a claim nothing."""

from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest
import pytest_asyncio

from services.voucher.adapters.unit_of_work import PostgresUnitOfWork
from services.voucher.domain.eligibility import Refusal
from services.voucher.domain.programme import Programme
from services.voucher.domain.voucher import Voucher
from services.voucher.entrypoints.operations import router
from shared.clock import utc_now
from shared.database.unit_of_work import UnitsOfWork, units_of_work
from shared.http.app import create_app
from tests.conftest import EngineFor
from tests.shared.operators import OPERATIONS, VIEWER, Tokens, by
from tests.support.apps import nothing_to_start
from tests.voucher.builders import terms

Opened = UnitsOfWork[PostgresUnitOfWork]


@pytest.fixture
def opened(engine_for: EngineFor) -> Opened:
    return units_of_work(engine_for("voucher"), PostgresUnitOfWork, source="/test")


@pytest_asyncio.fixture(loop_scope="session")
async def client(opened: Opened) -> AsyncIterator[httpx.AsyncClient]:
    app = create_app(title="voucher", description="", checks={}, lifespan=nothing_to_start)
    app.state.authenticator = Tokens()
    app.state.units = opened
    app.include_router(router)
    transport = httpx.ASGITransport(app, raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="http://voucher") as each:
        yield each


async def _use(opened: Opened) -> Programme:
    """A programme of ten vouchers: two are reserved, of which one is redeemed; two claims were refused."""
    now = utc_now()
    running = terms(opens_at=now - timedelta(days=1), closes_at=now + timedelta(days=30))
    made = Programme.opened(uuid4(), uuid4(), running, 10, now)
    tenant_id = uuid4()
    async with opened([made.tenant_id, tenant_id]) as work:
        await work.programmes.add(made)
        programme = (await work.programmes.lock([made.programme_id]))[made.programme_id]
        held = [Voucher.reserved(tenant_id, uuid4(), uuid4(), programme, now) for _ in range(2)]
        held[0].redeem(programme, now)
        for reason in ("not_eligible", "not_eligible"):
            refusal = Refusal(reason, "words")
            held.append(Voucher.refused(tenant_id, uuid4(), uuid4(), programme, refusal, now))
        await work.vouchers.save(held)
        await work.programmes.save([programme])
    return made


async def _found(client: httpx.AsyncClient, programme_id: UUID, **query: Any) -> dict[str, Any]:
    answer = await client.get(
        f"{OPERATIONS}/programmes", params={"limit": 500, **query}, headers=by(VIEWER)
    )
    rows = answer.raise_for_status().json()
    return next(each for each in rows if each["programme_id"] == str(programme_id))


async def test_each_programme_says_how_much_is_used_and_why_claims_were_refused(
    opened: Opened, client: httpx.AsyncClient
) -> None:
    made = await _use(opened)
    found = await _found(client, made.programme_id)
    figures = {name: found[name] for name in ("granted", "reserved", "redeemed", "available")}
    assert figures == {"granted": 10, "reserved": 1, "redeemed": 1, "available": 8}
    assert found["refusals"] == {"not_eligible": 2}
    assert found["funder_id"] == str(made.tenant_id)
    today = utc_now().date().isoformat()
    assert found["days"] == [{"day": today, "reserved": 2, "redeemed": 1, "returned": 0}]


async def test_a_programme_that_nobody_used_has_no_days(
    opened: Opened, client: httpx.AsyncClient
) -> None:
    now = utc_now()
    made = Programme.opened(
        uuid4(), uuid4(), terms(opens_at=now, closes_at=now + timedelta(days=1)), 3, now
    )
    async with opened([made.tenant_id]) as work:
        await work.programmes.add(made)
    found = await _found(client, made.programme_id, days=1)
    assert (found["days"], found["refusals"], found["available"]) == ([], {}, 3)


async def test_one_programme_is_asked_for(opened: Opened, client: httpx.AsyncClient) -> None:
    made = [await _use(opened) for _ in range(2)]
    for each in made:
        answer = await client.get(
            f"{OPERATIONS}/programmes",
            params={"programme_id": str(each.programme_id)},
            headers=by(VIEWER),
        )
        assert [row["programme_id"] for row in answer.json()] == [str(each.programme_id)]
    nobody = {"programme_id": str(uuid4())}
    answer = await client.get(f"{OPERATIONS}/programmes", params=nobody, headers=by(VIEWER))
    assert answer.json() == []


@pytest.mark.parametrize("who", ["x|tenant-admin", "x|funder", "x|cooperative-auditor"])
async def test_nobody_but_the_cooperatives_staff_sees_it(
    client: httpx.AsyncClient, who: str
) -> None:
    answer = await client.get(f"{OPERATIONS}/programmes", headers=by(who))
    assert (answer.status_code, answer.json()["code"]) == (403, "role_missing")

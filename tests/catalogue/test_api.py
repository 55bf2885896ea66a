"""The HTTP contract on PostgreSQL; who calls is said by headers instead of a token."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from datetime import timedelta
from typing import Annotated, Any
from uuid import UUID, uuid4

import httpx
import pytest
import pytest_asyncio
from fastapi import Header
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from services.catalogue.adapters.unit_of_work import PostgresUnitOfWork
from services.catalogue.bootstrap import create_api
from services.catalogue.domain.member import Person, Tenant
from services.catalogue.settings import CatalogueSettings
from shared.auth.dependencies import authenticated
from shared.auth.tokens import Caller
from shared.clock import utc_now
from shared.database.engine import transaction
from shared.database.unit_of_work import units_of_work

MODEL = {
    "name": "Führungsmodell",
    "visibility": "cooperative",
    "fields": [
        {"name": "Führung", "kind": "leadership", "competences": [{"name": "Ziele setzen"}]},
        {"name": "Digitales", "kind": "digital", "competences": [{"name": "Daten schützen"}]},
    ],
}
OFFER = {
    "kind": "on_demand_course",
    "title": "Führen im Wandel",
    "description": "Veränderung begleiten",
    "criteria": "Alle Einheiten bearbeitet",
    "duration_minutes": 90,
    "visibility": "cooperative",
}


def a_date(capacity: int = 1, days: float = 7) -> dict[str, Any]:
    starts_at = utc_now() + timedelta(days=days)
    ends_at = starts_at + timedelta(hours=1)
    times = {"starts_at": starts_at.isoformat(), "ends_at": ends_at.isoformat()}
    return {**OFFER, "kind": "online_date", **times, "capacity": capacity}


async def named(
    x_tenant: Annotated[UUID, Header()], x_roles: Annotated[str, Header()] = "tenant-admin"
) -> Caller:
    return Caller("subject", frozenset(x_roles.split(",")), (x_tenant,), 1e12)


class Client:
    """Calls as one tenant."""

    def __init__(self, http: httpx.AsyncClient, tenant_id: UUID, roles: str) -> None:
        self._http = http
        self._headers = {"x-tenant": str(tenant_id), "x-roles": roles}
        self.tenant_id = tenant_id
        self.person = str(uuid4())

    async def get(self, path: str, expected: int = 200, **params: Any) -> Any:
        return await self._call("GET", path, expected, params=params)

    async def post(self, path: str, body: Any = None, expected: int = 201, key: str = "") -> Any:
        headers = {"Content-Type": "application/json"} | ({"Idempotency-Key": key} if key else {})
        return await self._call("POST", path, expected, content=json.dumps(body), headers=headers)

    async def book(self, offer: Any, expected: int = 202, **changes: Any) -> Any:
        key = changes.pop("key", "")
        body = {"offer_id": offer["offer_id"], "person_id": self.person, "payment": "own"}
        return await self.post("/v1/bookings", {**body, **changes}, expected, key)

    async def _call(self, method: str, path: str, expected: int, **more: Any) -> Any:
        headers = {**self._headers, **more.pop("headers", {})}
        answer = await self._http.request(method, path, headers=headers, **more)
        assert answer.status_code == expected, answer.text
        return answer.json()


Clients = Callable[..., Any]


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def http(engine_for: Callable[[str], AsyncEngine]) -> AsyncIterator[httpx.AsyncClient]:
    url = engine_for("catalogue").url.render_as_string(hide_password=False)
    settings = CatalogueSettings(database_url=url, redis_url="redis://127.0.0.1:1")
    app = create_api(settings)
    app.dependency_overrides[authenticated] = named
    transport = httpx.ASGITransport(app, raise_app_exceptions=False)
    async with (
        app.router.lifespan_context(app),
        httpx.AsyncClient(transport=transport, base_url="http://catalogue") as client,
    ):
        yield client


@pytest.fixture
def client(http: httpx.AsyncClient, engine_for: Callable[[str], AsyncEngine]) -> Clients:
    units = units_of_work(engine_for("catalogue"), PostgresUnitOfWork, source="/catalogue")

    async def make(roles: str = "tenant-admin", tenant_id: UUID | None = None) -> Client:
        made = Client(http, tenant_id or uuid4(), roles)
        async with units([made.tenant_id]) as work:
            await work.tenants.learn([(Tenant(made.tenant_id, "Stadt Mannheim"), 1)])
            await work.people.learn([(Person(made.tenant_id, UUID(made.person)), 1)])
        return made

    return make


async def test_a_model_is_shared_and_its_competences_taught(client: Clients) -> None:
    provider, other = await client(), await client()
    model = await provider.post("/v1/competence-models", MODEL)
    own = await provider.post("/v1/competence-models", {**MODEL, "visibility": "own"})
    assert await other.get(f"/v1/competence-models/{model['model_id']}") == model
    await other.get(f"/v1/competence-models/{own['model_id']}", 404)
    listed = await other.get("/v1/competence-models", limit=500)
    assert model in listed
    assert own not in listed
    competence = model["fields"][0]["competences"][0]["competence_id"]
    hidden = own["fields"][0]["competences"][0]["competence_id"]
    offer = await other.post("/v1/offers", {**OFFER, "competences": [competence]})
    assert offer["competences"] == [{"competence_id": competence, "name": "Ziele setzen"}]
    assert [offer] == await provider.get("/v1/offers", competence=competence)
    assert await provider.get("/v1/offers", competence=competence, kind="learning_unit") == []
    problem = await other.post("/v1/offers", {**OFFER, "competences": [competence, hidden]}, 422)
    assert problem["code"] == "competence_unknown"
    assert hidden in problem["detail"]
    assert competence not in problem["detail"]


async def test_an_own_offer_is_a_404_for_others(client: Clients) -> None:
    provider, other = await client(), await client()
    offer = await provider.post("/v1/offers", {**OFFER, "visibility": "own"})
    assert await provider.get(f"/v1/offers/{offer['offer_id']}") == offer
    await other.get(f"/v1/offers/{offer['offer_id']}", 404)
    for payment in ("own", "voucher"):
        problem = await other.book(offer, 404, payment=payment)
        assert problem["code"] == "offer_not_found"
    await other.get(f"/v1/offers/{offer['offer_id']}/bookings", 404)
    await other.post(
        f"/v1/offers/{offer['offer_id']}/completions", {"booking_ids": [str(uuid4())]}, 404
    )


async def test_from_booking_to_completion(client: Clients) -> None:
    provider, one, two = await client(), await client(), await client()
    offer = await provider.post("/v1/offers", a_date(capacity=1))
    first = await one.book(offer)
    second = await two.book(offer)
    assert (first["status"], second["status"]) == ("confirmed", "waitlisted")
    assert (await one.book(offer, 409))["code"] == "already_booked"
    await two.get(f"/v1/bookings/{first['booking_id']}", 404)
    await two.post(f"/v1/bookings/{first['booking_id']}/cancellation", expected=404)
    await provider.get(f"/v1/bookings/{first['booking_id']}", 404)
    await provider.post(f"/v1/bookings/{first['booking_id']}/cancellation", expected=404)

    cancelled = await one.post(f"/v1/bookings/{first['booking_id']}/cancellation", expected=200)
    assert (cancelled["status"], cancelled["reason"]) == ("cancelled", "cancelled_by_tenant")
    again = await one.post(f"/v1/bookings/{first['booking_id']}/cancellation", expected=200)
    assert again == cancelled
    moved = await two.get(f"/v1/bookings/{second['booking_id']}")
    assert moved["status"] == "confirmed"
    assert moved["confirmed_at"]
    assert moved["waitlisted_at"]

    address = f"/v1/offers/{offer['offer_id']}"
    (participant,) = await provider.get(f"{address}/bookings", status="confirmed")
    assert participant["person_id"] == two.person
    ids = [first["booking_id"], second["booking_id"], second["booking_id"], str(uuid4())]
    outcomes = await provider.post(f"{address}/completions", {"booking_ids": ids}, 200)
    assert [each["outcome"] for each in outcomes] == ["not_confirmed", "completed", "not_found"]
    assert (await two.get("/v1/bookings", status="completed"))[0]["completed_at"]
    problem = await two.post(f"/v1/bookings/{second['booking_id']}/cancellation", expected=409)
    assert problem["code"] == "not_cancellable"


async def test_what_a_booking_needs(client: Clients, http: httpx.AsyncClient) -> None:
    tenant, other = await client(), await client()
    offer = await tenant.post("/v1/offers", OFFER)
    started = await tenant.post("/v1/offers", a_date(days=-0.01))
    unknown = Client(http, uuid4(), "tenant-admin")
    for refused, code in (
        (await tenant.book(offer, 404, person_id=other.person), "person_not_found"),
        (await other.book(offer, 404, person_id=tenant.person), "person_not_found"),
        (await tenant.book({"offer_id": str(uuid4())}, 404), "offer_not_found"),
        (await tenant.book(started, 409), "date_started"),
        (await tenant.book(started, 409, payment="voucher"), "date_started"),
        (await unknown.book(offer, 403), "tenant_unknown"),
        (await tenant.book(offer, 422, programme_id=str(uuid4())), "invalid_booking"),
        (await unknown.post("/v1/offers", OFFER, 403), "tenant_unknown"),
        (await unknown.post("/v1/competence-models", MODEL, 403), "tenant_unknown"),
    ):
        assert refused["code"] == code


async def test_a_key_gives_the_same_answer(client: Clients) -> None:
    tenant = await client()
    offer = await tenant.post("/v1/offers", OFFER, key="offer")
    assert await tenant.post("/v1/offers", OFFER, key="offer") == offer
    tries = [tenant.book(offer, payment="voucher", key="booking") for _ in range(5)]
    first, *others = await asyncio.gather(*tries)
    assert all(each == first for each in others)
    problem = await tenant.book(offer, 409, payment="own", key="booking")
    assert problem["code"] == "idempotency_key_reused"


async def test_of_requests_at_once_one_books(
    client: Clients, http: httpx.AsyncClient, engine_for: Callable[[str], AsyncEngine]
) -> None:
    tenant = await client()
    offer = await tenant.post("/v1/offers", a_date(capacity=5))
    headers = {"x-tenant": str(tenant.tenant_id)}
    body = {"offer_id": offer["offer_id"], "person_id": tenant.person}
    answers = await asyncio.gather(
        *(
            http.post("/v1/bookings", json={**body, "payment": payment}, headers=headers)
            for payment in ("own", "voucher") * 4
        )
    )
    assert sorted(each.status_code for each in answers) == [202] + [409] * 7
    async with transaction(engine_for("catalogue"), [tenant.tenant_id]) as connection:
        taken = (await connection.execute(text("SELECT taken FROM seats"))).scalar_one()
        assert taken in {0, 1}
        events = await connection.execute(
            text(
                "SELECT count(*) FROM outbox_event WHERE tenant_id = :id AND type LIKE 'booking%'"
            ),
            {"id": tenant.tenant_id},
        )
        assert events.scalar_one() == 1


@pytest.mark.parametrize(
    ("roles", "path"),
    [
        ("hr", "/v1/competence-models"),
        ("learner", "/v1/offers"),
        ("trainer", "/v1/bookings"),
        ("trainer", f"/v1/bookings/{uuid4()}/cancellation"),
        ("hr", f"/v1/offers/{uuid4()}/completions"),
    ],
)
async def test_a_role_is_needed(client: Clients, roles: str, path: str) -> None:
    caller = await client(roles)
    bodies = {
        "competence-models": MODEL,
        "offers": OFFER,
        "completions": {"booking_ids": [str(uuid4())]},
    }
    body = bodies.get(
        path.rpartition("/")[2],
        {"offer_id": str(uuid4()), "person_id": str(uuid4()), "payment": "own"},
    )
    assert (await caller.post(path, body, 403))["code"] == "role_missing"


BAD_OFFERS: list[dict[str, Any]] = [
    {"title": "a\x00b"},
    {"title": "x" * 201},
    {"title": "  "},
    {"title": "\ud800"},
    {"criteria": "  "},
    {"description": "\x00"},
    {"kind": "meeting"},
    {"visibility": "world"},
    {"duration_minutes": 0},
    {"duration_minutes": 60_001},
    {"duration_minutes": "soon"},
    {"duration_minutes": 10**30},
    {"competences": ["none"]},
    {"competences": [str(uuid4())]},
    {"competences": [str(uuid4()) for _ in range(51)]},
    {"capacity": 3},
    {"kind": "online_date"},
    {"unknown": 1},
    {**a_date(), "capacity": 0},
    {**a_date(), "capacity": 10_001},
    {**a_date(), "ends_at": None},
    {**a_date(), "starts_at": "2026-01-01T00:00:00"},
    {**a_date(), "starts_at": "0001-01-01T00:00:00+14:00"},
    {**a_date(), "ends_at": "9999-12-31T23:59:59-14:00"},
    {**a_date(), "ends_at": "2020-01-01T00:00:00Z"},
    {**a_date(), "starts_at": 1e300},
]


async def test_a_bad_offer_is_a_422(client: Clients) -> None:
    caller = await client()
    for changes in BAD_OFFERS:
        await caller.post("/v1/offers", {**OFFER, **changes}, 422)


BAD_FIELDS: list[Any] = [
    [],
    None,
    [{"name": "Führung", "kind": "leadership", "competences": []}],
    [{"name": "Führung", "kind": "other", "competences": [{"name": "a"}]}],
    [{"name": "Führung", "kind": "social", "competences": [{"name": "a"}, {"name": "a"}]}],
    [
        {
            "name": "Führung",
            "kind": "social",
            "competences": [{"name": "a", "description": "x" * 1_001}],
        }
    ],
    [{"name": "Führung", "kind": "social", "competences": [{"name": "\x00"}]}],
    [MODEL["fields"][0], MODEL["fields"][0]],
    [
        {"name": str(n), "kind": "social", "competences": [{"name": str(m)} for m in range(200)]}
        for n in range(2)
    ],
]


async def test_a_bad_model_is_a_422(client: Clients) -> None:
    caller = await client()
    for fields in BAD_FIELDS:
        await caller.post("/v1/competence-models", {**MODEL, "fields": fields}, 422)


async def test_bad_ids_and_filters_are_a_422(client: Clients) -> None:
    caller = await client()
    for path in ("/v1/offers/x", "/v1/bookings/x", "/v1/competence-models/%00"):
        await caller.get(path, 422)
    for path, params in (
        ("/v1/offers", {"kind": "x"}),
        ("/v1/offers", {"competence": "\x00"}),
        ("/v1/offers", {"limit": 501}),
        ("/v1/bookings", {"status": "x"}),
        ("/v1/bookings", {"offset": -1}),
    ):
        await caller.get(path, 422, **params)
    many = {"booking_ids": [str(uuid4()) for _ in range(501)]}
    await caller.post(f"/v1/offers/{uuid4()}/completions", many, 422)
    await caller.post(f"/v1/offers/{uuid4()}/completions", {"booking_ids": []}, 422)
    await caller.book({"offer_id": "x"}, 422)
    await caller.book({"offer_id": str(uuid4())}, 422, payment="cash")

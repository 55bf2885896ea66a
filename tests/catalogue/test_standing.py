"""Who is suspended or has left does nothing new here, and nothing new is booked with it."""

from collections.abc import Awaitable, Callable
from uuid import uuid4

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from services.catalogue.adapters.unit_of_work import PostgresUnitOfWork
from services.catalogue.domain.member import Tenant
from shared.database.unit_of_work import units_of_work
from tests.catalogue.test_api import OFFER, Client, Clients, client, http

__all__ = ["client", "http"]

Become = Callable[[Client, str], Awaitable[None]]


@pytest.fixture
def become(engine_for: Callable[[str], AsyncEngine]) -> Become:
    units = units_of_work(engine_for("catalogue"), PostgresUnitOfWork, source="/catalogue")
    told = iter(range(2, 1_000))

    async def tell(of: Client, status: str) -> None:
        async with units([of.tenant_id]) as work:
            await work.tenants.learn([(Tenant(of.tenant_id, "Worms", status), next(told))])

    return tell


async def test_who_is_suspended_changes_nothing(client: Clients, become: Become) -> None:
    town = await client()
    offer = await town.post("/v1/offers", OFFER)
    booking = await town.book(offer)
    await become(town, "suspended")
    for path, body in (
        ("/v1/offers", OFFER),
        ("/v1/bookings", {"offer_id": offer["offer_id"], "person_id": town.person}),
        (f"/v1/bookings/{booking['booking_id']}/cancellation", None),
    ):
        assert (await town.post(path, body, 403))["code"] == "tenant_suspended"
    assert offer in await town.get("/v1/offers")
    assert (await town.get("/v1/bookings"))[0]["booking_id"] == booking["booking_id"]
    await become(town, "active")
    await town.post("/v1/offers", OFFER)


async def test_who_has_left_has_no_door(client: Clients, become: Become) -> None:
    town = await client()
    await become(town, "left")
    assert (await town.get("/v1/offers", 403))["code"] == "tenant_not_active"
    assert (await town.post("/v1/offers", OFFER, 403))["code"] == "tenant_not_active"


@pytest.mark.parametrize("status", ["suspended", "left"])
@pytest.mark.parametrize("payment", ["own", "voucher"])
async def test_nothing_new_is_booked_with_who_is_barred(
    client: Clients, become: Become, status: str, payment: str
) -> None:
    provider, town = await client(), await client()
    offer = await provider.post("/v1/offers", OFFER)
    begun = await town.book(offer, payment=payment)
    await become(provider, status)
    other = await client()
    assert (await other.book(offer, 409, payment=payment))["code"] == "provider_not_active"
    assert offer not in await other.get("/v1/offers", limit=500)
    running = await town.get(f"/v1/bookings/{begun['booking_id']}")
    assert running["status"] in {"confirmed", "requested"}, "what is begun goes on"
    await become(provider, "leaving")
    await other.book(offer, payment=payment)
    assert offer in await other.get("/v1/offers", limit=500)


async def test_nobody_sees_of_other_tenants_more_than_that_they_are_barred(
    client: Clients, become: Become, engine_for: Callable[[str], AsyncEngine]
) -> None:
    active, barred = await client(), await client()
    await become(barred, "left")
    units = units_of_work(engine_for("catalogue"), PostgresUnitOfWork, source="/catalogue")
    async with units([uuid4()]) as work:
        found = await work.tenants.get_many([active.tenant_id, barred.tenant_id])
    assert set(found) == {barred.tenant_id}

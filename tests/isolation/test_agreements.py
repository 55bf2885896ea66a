"""Agreements are the way across tenants: a party sees all of its own, and nobody else that there is one."""

from uuid import uuid4

import pytest

from tests.isolation.figures import tried
from tests.isolation.things import agreement
from tests.isolation.world import CANARY, Tenant, World, join

#: What an agreement is, and what it shares; all of it says CANARY to a party.
READS = (
    ("member", "/v1/agreements"),
    ("member", "/v1/agreements/{agreement_id}"),
    ("member", "/v1/agreements/{agreement_id}/history"),
    ("catalogue", "/v1/offers"),
    ("catalogue", "/v1/offers/{offer_id}"),
)


async def _sees(world: World, tenant: Tenant, service: str, path: str) -> bool:
    answer = await world.call(service, "GET", path.format_map(world.ids), tenant.almighty)
    assert answer.status_code in {200, 404}, answer.text
    return CANARY in answer.text


@pytest.mark.parametrize(("service", "path"), READS)
async def test_parties_see_it_whole_and_nobody_else_anything(
    world: World, service: str, path: str
) -> None:
    assert await _sees(world, world.victim, service, path)
    assert await _sees(world, world.ally, service, path)
    for tenant in (world.stranger, world.bystander):
        assert not await _sees(world, tenant, service, path)
        tried("pairs of an agreement's address and a tenant that is no party")


@pytest.mark.parametrize(
    ("method", "path", "code"),
    [
        ("POST", "/changes", "not_its_proposer"),
        ("POST", "/signature", "revision_not_open"),
        ("DELETE", "/offers/{offer_id}", ""),
    ],
)
async def test_a_party_declares_for_itself_alone(
    world: World, method: str, path: str, code: str
) -> None:
    terms = agreement((world.ally, world.victim), (world.ally, world.ids["offer_id"]), "Fremd")
    body = {"/changes": terms, "/signature": {"revision": 2}}.get(path)
    address = f"/v1/agreements/{{agreement_id}}{path}".format_map(world.ids)
    answer = await world.call("member", method, address, world.ally.almighty, body)
    assert code == ("" if answer.is_success else answer.json()["code"]), answer.text
    await world.bus.deliver()
    assert await _sees(world, world.ally, "catalogue", "/v1/offers/{offer_id}")
    tried("words of a party in another's name")


async def test_what_others_propose_shares_nothing_of_ones_own(world: World) -> None:
    """Neither an agreement that waits for one's signature, nor one that says that the offer is another's."""
    first, second = accomplices = [Tenant(uuid4(), f"accomplice {each}") for each in (1, 2)]
    for each in accomplices:
        await join(world, each)
    offer_id = world.ids["offer_id"]
    unsigned = agreement((first, world.victim), (world.victim, offer_id), "Fremd")
    await world.act(first, "member", "POST", "/v1/agreements", unsigned)
    lied = agreement(accomplices, (first, offer_id), "Fremd")
    made = await world.act(first, "member", "POST", "/v1/agreements", lied)
    path = f"/v1/agreements/{made['agreement_id']}/signature"
    signed = await world.act(second, "member", "POST", path, {"revision": 1})
    assert signed["status"] == "running"
    foreign = agreement(accomplices, (world.victim, offer_id), "Fremd")
    answer = await world.call("member", "POST", "/v1/agreements", first.almighty, foreign)
    assert (answer.status_code, answer.json()["code"]) == (422, "invalid_agreement")
    for tenant in accomplices:
        for path in ("/v1/offers", "/v1/offers/{offer_id}"):
            assert not await _sees(world, tenant, "catalogue", path)
            tried("pairs of an offer's address and a tenant with an agreement of its own making")

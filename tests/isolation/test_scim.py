"""A tenant's SCIM token opens its own directory and no other's."""

from dataclasses import dataclass
from uuid import uuid4

import pytest

from tests.isolation.figures import tried
from tests.isolation.world import CANARY, Tenant, World, join

METHODS = ("GET", "PUT", "PATCH", "DELETE", "POST")


@dataclass(frozen=True)
class Neighbour:
    """A tenant with a directory of its own."""

    tenant: Tenant
    secret: str


@pytest.fixture(scope="module")
async def neighbour(world: World) -> Neighbour:
    tenant = Tenant(uuid4(), "neighbour")
    await join(world, tenant)
    made = await world.act(tenant, "member", "POST", "/v1/scim-tokens")
    return Neighbour(tenant, made["secret"])


def _base(tenant_id: object) -> str:
    return f"/scim/{tenant_id}/v2"


async def test_nobody_opens_anothers_directory(world: World, neighbour: Neighbour) -> None:
    person = world.ids["person_id"]
    wrong = {
        "the neighbour's token": {"Authorization": f"Bearer {neighbour.secret}"},
        "a token of the realm": neighbour.tenant.almighty,
        "the victim's own administrator": world.victim.almighty,
        "no token": {},
    }
    base = _base(world.victim.tenant_id)
    for who, headers in wrong.items():
        for path in (f"{base}/Users", f"{base}/Users/{person}", f"{base}/Groups", f"{base}/Me"):
            for method in METHODS:
                answer = await world.call("member", method, path, headers, {})
                assert answer.status_code == 401, f"{who}: {method} {path} {answer.text}"
                assert CANARY not in answer.text
                tried("pairs of a SCIM address and another's token")
    right = {"Authorization": f"Bearer {world.scim_secret}"}
    answer = await world.call("member", "GET", f"{base}/Users/{person}", right)
    assert CANARY in answer.text, "else nothing was tried"


async def test_another_directory_has_none_of_the_victims(
    world: World, neighbour: Neighbour
) -> None:
    base = _base(neighbour.tenant.tenant_id)
    headers = {"Authorization": f"Bearer {neighbour.secret}"}
    for path in ("/Users", "/Groups", "/Users?filter=userName pr or id pr"):
        answer = await world.call("member", "GET", base + path, headers)
        assert answer.status_code == 200, answer.text
        assert CANARY not in answer.text
        tried("lists of a SCIM directory")
    for method in ("GET", "DELETE"):
        path = f"{base}/Users/{world.ids['person_id']}"
        assert (await world.call("member", method, path, headers)).status_code == 404
        tried("pairs of a SCIM address and another's token")

"""The identity provider on a real Keycloak, with the service's own account."""

from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager
from dataclasses import replace
from typing import TYPE_CHECKING, Any
from uuid import UUID, uuid4

import httpx
import pytest
from joserfc import jws

from deploy.names import REALM
from services.member.adapters.keycloak import Keycloak, alias_of
from services.member.application.outside import IdentityProviderError
from tests.member.builders import tenant

if TYPE_CHECKING:
    from deploy.local.stack import Stack


@pytest.fixture(scope="session")
def settings(platform: "Stack") -> dict[str, str]:
    return platform.service_environment("member")


@pytest.fixture
async def provider(settings: dict[str, str]) -> AsyncIterator[Keycloak]:
    async with keycloak(settings) as connected:
        yield connected


def keycloak(settings: dict[str, str], **changes: str) -> AbstractAsyncContextManager[Keycloak]:
    usual = {
        "url": settings["KEYCLOAK_URL"],
        "realm": settings["KEYCLOAK_REALM"],
        "client_id": settings["KEYCLOAK_CLIENT_ID"],
        "client_secret": settings["KEYCLOAK_CLIENT_SECRET"],
    }
    return Keycloak.connect(**{**usual, **changes})


async def claims(settings: dict[str, str], user: str) -> dict[str, Any]:
    """What an access token says; its signature is not what is tested here."""
    async with httpx.AsyncClient(trust_env=False) as client:
        answer = await client.post(
            f"{settings['KEYCLOAK_URL']}/realms/{REALM}/protocol/openid-connect/token",
            data={
                "grant_type": "password",
                "client_id": "lernverbund-cli",
                "username": user,
                "password": f"demo-{user}",
            },
        )
    answer.raise_for_status()
    payload = jws.extract_compact(answer.json()["access_token"].encode()).payload
    found: dict[str, Any] = httpx.Response(200, content=payload).json()
    return found


async def test_the_next_token_names_the_tenant(
    settings: dict[str, str], provider: Keycloak
) -> None:
    before = await claims(settings, "ludwigshafen")
    assert "organization" not in before
    made = tenant(applicant=before["sub"])
    organization_id = await provider.create_organization(made)
    for _ in range(2):
        assert await provider.create_organization(made) == organization_id
        await provider.add_member(organization_id, made.applicant)
        await provider.grant_roles(made.tenant_id, made.applicant, ["tenant-admin", "funder"])
    after = await claims(settings, "ludwigshafen")
    [(alias, entry)] = after["organization"].items()
    assert alias == alias_of(made)
    assert entry["tenant_id"] == [str(made.tenant_id)]
    own = {f"{made.tenant_id}:tenant-admin", f"{made.tenant_id}:funder"}
    assert set(after["tenant_roles"]) == own
    assert own.isdisjoint(after.get("realm_access", {}).get("roles", ()))


async def test_equal_names_are_different_organizations(provider: Keycloak) -> None:
    ids = {await provider.create_organization(tenant(name="Neustadt")) for _ in range(2)}
    assert len(ids) == 2


async def test_a_foreign_organization_is_not_taken_over(provider: Keycloak) -> None:
    """The same alias, but another tenant's."""
    made = tenant(tenant_id=UUID("11111111-1111-4111-8111-111111111111"))
    await provider.create_organization(made)
    twin = replace(made, tenant_id=UUID("11111111-1111-4222-8222-222222222222"))
    assert alias_of(twin) == alias_of(made)
    with pytest.raises(IdentityProviderError) as error:
        await provider.create_organization(twin)
    assert error.value.code == "organization_conflict"


async def test_failures_have_codes(settings: dict[str, str], provider: Keycloak) -> None:
    organization_id = await provider.create_organization(tenant())
    subject = str(uuid4())
    with pytest.raises(IdentityProviderError) as error:
        await provider.add_member(organization_id, subject)
    assert error.value.code == "not_found"
    assert subject not in str(error.value)
    with pytest.raises(IdentityProviderError) as error:
        await provider.grant_roles(uuid4(), subject, ["hr"])
    assert error.value.code == "not_found"
    wrong = {
        "not_allowed": {"client_secret": "wrong"},
        "unreachable": {"url": "http://127.0.0.1:1"},
    }
    for code, changes in wrong.items():
        async with keycloak(settings, **changes) as other:
            with pytest.raises(IdentityProviderError) as error:
                await other.create_organization(tenant())
        assert error.value.code == code


@pytest.mark.parametrize(
    ("name", "alias"),
    [
        ("Kreis Bergstraße", "kreis-bergstrasse-"),
        ("Südliche Weinstraße „Süd“", "suedliche-weinstrasse-sued-"),
        ("Городская управа", ""),
        ("a" * 200, "a" * 40 + "-"),
    ],
)
def test_aliases_are_readable(name: str, alias: str) -> None:
    made = tenant(name=name)
    assert alias_of(made) == alias + made.tenant_id.hex[:12]

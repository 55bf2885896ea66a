"""Roles by tenant on a real Keycloak: who has which, who sees them, and who can give them."""

from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any
from uuid import UUID, uuid4

import httpx
import pytest
import pytest_asyncio
from keycloak import KeycloakAdmin, KeycloakError

from deploy.names import REALM
from services.member.adapters.keycloak import Keycloak
from services.member.application.outside import IdentityProviderError
from shared.auth.tokens import Authenticator, Caller
from tests.member.builders import tenant
from tests.support.accounts import Accounts, keycloak_accounts

if TYPE_CHECKING:
    from deploy.local.stack import Stack


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def http() -> AsyncIterator[httpx.AsyncClient]:
    async with httpx.AsyncClient(trust_env=False, timeout=30) as client:
        yield client


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def accounts(platform: "Stack", http: httpx.AsyncClient) -> AsyncIterator[Accounts]:
    async with keycloak_accounts(platform, http) as made:
        yield made


@pytest.fixture(scope="module")
def settings(platform: "Stack") -> Mapping[str, str]:
    found: Mapping[str, str] = platform.service_environment("member")
    return found


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def service(settings: Mapping[str, str]) -> AsyncIterator[KeycloakAdmin]:
    """Acts with the member service's own account."""
    async with _service(settings) as admin:
        yield admin


@asynccontextmanager
async def _service(settings: Mapping[str, str]) -> AsyncIterator[KeycloakAdmin]:
    admin = KeycloakAdmin(
        server_url=settings["KEYCLOAK_URL"],
        realm_name=REALM,
        client_id=settings["KEYCLOAK_CLIENT_ID"],
        client_secret_key=settings["KEYCLOAK_CLIENT_SECRET"],
    )
    try:
        yield admin
    finally:
        await admin.connection.aclose()
        await admin.connection.keycloak_openid.connection.aclose()


@pytest.fixture
def caller(settings: Mapping[str, str], http: httpx.AsyncClient) -> Callable[[str], Any]:
    """Who a token is for, as every service sees it."""
    authenticator = Authenticator(settings["OIDC_ISSUER"], "member", http)

    async def of(token: str) -> Caller:
        return await authenticator.authenticate(token)

    return of


async def _subject(admin: KeycloakAdmin, account: str) -> str:
    return str(await admin.a_get_user_id(account))


async def test_two_tenants_with_different_roles_in_each(
    accounts: Accounts,
    service: KeycloakAdmin,
    caller: Callable[[str], Any],
) -> None:
    """An administrator here is a learner there, by the token that names the one or the other."""
    provider = Keycloak(service)
    town, county = tenant(name="Trier"), tenant(name="Kreis Trier")
    account = await accounts.make("beide", tenant_id=town.tenant_id, roles=["tenant-admin"])
    subject = await _subject(service, account)
    alone = await caller(await accounts.token(account))
    assert (alone.tenant_ids, alone.roles) == ((town.tenant_id,), {"tenant-admin"})
    organization_id = await provider.create_organization(county)
    await provider.add_member(organization_id, subject)
    await provider.grant_roles(county.tenant_id, subject, ["learner"])
    await provider.grant_roles(county.tenant_id, subject, ["learner", "hr"])
    await provider.set_roles(county.tenant_id, subject, ["learner"])
    for each, roles in ((town, {"tenant-admin"}), (county, {"learner"})):
        organization = await service.a_get_organizations({"q": f"tenant_id:{each.tenant_id}"})
        token = await accounts.token_for(account, organization[0]["alias"])
        found = await caller(token)
        assert (found.tenant_ids, found.roles) == ((each.tenant_id,), roles)
    both = await caller(await accounts.token_for(account, "*"))
    assert set(both.tenant_ids) == {town.tenant_id, county.tenant_id}
    assert both.roles == frozenset()


async def test_roles_that_are_set_replace_those_of_the_same_tenant_only(
    accounts: Accounts, service: KeycloakAdmin
) -> None:
    first, second = uuid4(), uuid4()
    subject = await _subject(service, await accounts.make("setzen"))
    before = await service.a_get_user(subject)
    provider = Keycloak(service)
    await provider.grant_roles(first, subject, ["hr", "trainer"])
    await provider.grant_roles(second, subject, ["hr"])
    await provider.set_roles(first, subject, ["leader"])
    user = await service.a_get_user(subject)
    assert set(user["attributes"]["tenant_roles"]) == {f"{first}:leader", f"{second}:hr"}
    for tenant_id in (first, second):
        await provider.set_roles(tenant_id, subject, [])
    after = await service.a_get_user(subject)
    assert after.get("attributes", {}).get("tenant_roles", []) == []
    kept = {name: after[name] for name in ("username", "email", "firstName", "lastName")}
    assert kept.items() <= before.items()


@pytest.mark.parametrize("role", ["operator", "King", "a:b", ""])
async def test_what_is_no_role_of_a_tenant_cannot_be_written(
    accounts: Accounts, service: KeycloakAdmin, role: str
) -> None:
    subject = await _subject(service, await accounts.make("falsch"))
    with pytest.raises(IdentityProviderError):
        await Keycloak(service).grant_roles(uuid4(), subject, [role])


async def test_nobody_sees_or_changes_an_own_role(
    accounts: Accounts, service: KeycloakAdmin, settings: Mapping[str, str], http: httpx.AsyncClient
) -> None:
    """Neither by the account console's address, nor in the token for it."""
    tenant_id = UUID(int=7)
    account = await accounts.make("selbst", tenant_id=tenant_id, roles=["learner"])
    subject = await _subject(service, account)
    headers = {"Authorization": f"Bearer {await accounts.account_token(account)}"}
    address = f"{settings['KEYCLOAK_URL']}/realms/{REALM}/account/"
    shown = await http.get(address, headers={**headers, "Accept": "application/json"})
    assert shown.status_code == 200, shown.text
    assert "tenant_roles" not in shown.text
    profile = shown.json()
    profile["attributes"] = {"tenant_roles": [f"{tenant_id}:tenant-admin"]}
    profile["lastName"] = "Anders"
    await http.post(address, headers=headers, json=profile)
    user = await service.a_get_user(subject)
    assert user["attributes"]["tenant_roles"] == [f"{tenant_id}:learner"]


async def test_the_service_does_not_read_the_realms_roles(service: KeycloakAdmin) -> None:
    """It gives roles of tenants only, and none of those is the realm's."""
    with pytest.raises(KeycloakError) as error:
        await service.a_get_realm_role("operator")
    assert error.value.response_code == 403

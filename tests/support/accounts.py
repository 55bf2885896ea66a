"""Accounts and tokens of the real Keycloak, made for one test run: the demo's own stay untouched."""

import asyncio
import json
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Any
from uuid import UUID, uuid4

import httpx
import pyotp
from keycloak import KeycloakAdmin

from deploy.local.stack import Stack
from deploy.names import REALM
from services.member.adapters.keycloak import Keycloak
from shared.auth.tokens import COOPERATIVE_ROLES
from tests.member.builders import tenant

CLIENT = "lernverbund-cli"
SHORT_LIVED = "short-lived-cli"
SHORT_SECONDS = 4
ACCOUNT_PAGE = "account-page-cli"
SCOPES = ("basic", "roles", "profile", "email", "organization", "services")


class Accounts:
    """Makes accounts with the password `demo-<name>`, and gives their tokens."""

    def __init__(self, address: str, http: httpx.AsyncClient, admin: KeycloakAdmin) -> None:
        self._address, self._http, self._admin = address, http, admin
        self._organizations = Keycloak(admin)
        self._tokens: dict[str, str] = {}
        self._logging_in = asyncio.Lock()

    async def make(
        self, name: str, *, tenant_id: UUID | None = None, roles: Sequence[str] = ()
    ) -> str:
        """A new account, acting for a tenant if one is given. Returns its unique name."""
        account = f"{name}-{uuid4().hex[:8]}"
        subject = await self._create(account)
        if tenant_id:
            organization_id = await self._organizations.create_organization(
                tenant(tenant_id=tenant_id)
            )
            await self._organizations.add_member(organization_id, subject)
            of_tenant = [role for role in roles if role not in COOPERATIVE_ROLES]
            await self._organizations.grant_roles(tenant_id, subject, of_tenant)
        for role in COOPERATIVE_ROLES.intersection(roles):
            found = await self._admin.a_get_realm_role(role)
            await self._admin.a_assign_realm_roles(subject, [found])
        return account

    async def make_staff(self, *roles: str) -> tuple[str, str]:
        """A new account of the cooperative with one-time codes: its name, and the codes' secret."""
        account, secret = f"staff-{uuid4().hex[:8]}", pyotp.random_base32()
        kind = {"subType": "totp", "digits": 6, "counter": 0, "period": 30}
        kind |= {"algorithm": "HmacSHA1", "secretEncoding": "BASE32"}
        code = {"secretData": {"value": secret}, "credentialData": kind}
        written = {name: json.dumps(value) for name, value in code.items()}
        subject = await self._create(account, {"type": "otp", **written})
        found = [await self._admin.a_get_realm_role(role) for role in roles]
        await self._admin.a_assign_realm_roles(subject, found)
        return account, secret

    async def _create(self, account: str, *credentials: dict[str, str]) -> str:
        password = {"type": "password", "value": f"demo-{account}"}
        return str(
            await self._admin.a_create_user(
                {
                    "username": account,
                    "enabled": True,
                    "emailVerified": True,
                    "email": f"{account}@example.org",
                    "firstName": "Kim",
                    "lastName": "Probe",
                    "credentials": [password, *credentials],
                }
            )
        )

    async def token(self, account: str) -> str:
        """An access token of an account; asked for once.

        One after the other: Keycloak takes two logins of one account at once for an attack.
        """
        async with self._logging_in:
            if account not in self._tokens:
                self._tokens[account] = (await self.tokens(account))["access_token"]
            return self._tokens[account]

    async def token_for(self, account: str, organization: str) -> str:
        """An access token for one of the account's organizations by its alias; for all of them by `*`."""
        form = {"grant_type": "password", "client_id": CLIENT, "username": account}
        form |= {"password": f"demo-{account}", "scope": f"organization:{organization}"}
        return (await self._ask(REALM, form))["access_token"]

    async def account_token(self, account: str) -> str:
        """A token for the account's own page at Keycloak."""
        if not await self._admin.a_get_client_id(ACCOUNT_PAGE):
            audience = {"included.client.audience": "account"}
            roles = {"claim.name": "resource_access.${client_id}.roles", "multivalued": "true"}
            await self._admin.a_create_client(
                {
                    "clientId": ACCOUNT_PAGE,
                    "publicClient": True,
                    "standardFlowEnabled": False,
                    "directAccessGrantsEnabled": True,
                    "fullScopeAllowed": True,
                    "defaultClientScopes": ("basic", "roles"),
                    "protocolMappers": [
                        _mapper("oidc-audience-mapper", audience),
                        _mapper("oidc-usermodel-client-role-mapper", roles),
                    ],
                }
            )
        page = str(await self._admin.a_get_client_id("account"))
        rights = await self._admin.a_get_client_role(page, "manage-account")
        subject = str(await self._admin.a_get_user_id(account))
        await self._admin.a_assign_client_role(subject, page, [rights])
        return (await self.tokens(account, client=ACCOUNT_PAGE))["access_token"]

    async def tokens(
        self, account: str, *, realm: str = REALM, client: str = CLIENT
    ) -> dict[str, str]:
        """What a login gives: an access token, and a refresh token."""
        form = {"grant_type": "password", "client_id": client}
        form |= {"username": account, "password": f"demo-{account}"}
        return await self._ask(realm, form)

    async def service_token(self, service: str, secret: str) -> str:
        """The token of a service's own account: of this realm, but for no service to accept."""
        form = {"grant_type": "client_credentials", "client_id": service, "client_secret": secret}
        return (await self._ask(REALM, form))["access_token"]

    async def machine_token(self, client: str, secret: str) -> str | None:
        """The token of a tenant's machine client; None when Keycloak lets it in no more."""
        form = {"grant_type": "client_credentials", "client_id": client, "client_secret": secret}
        answer = await self._post(REALM, form)
        return str(answer.json()["access_token"]) if answer.is_success else None

    async def short_lived_token(self, account: str) -> str:
        """A good token that ends soon."""
        if not await self._admin.a_get_client_id(SHORT_LIVED):
            await self._admin.a_create_client(
                {
                    "clientId": SHORT_LIVED,
                    "publicClient": True,
                    "standardFlowEnabled": False,
                    "directAccessGrantsEnabled": True,
                    "fullScopeAllowed": True,
                    "attributes": {"access.token.lifespan": str(SHORT_SECONDS)},
                    "defaultClientScopes": SCOPES,
                }
            )
        return (await self.tokens(account, client=SHORT_LIVED))["access_token"]

    async def _ask(self, realm: str, form: dict[str, str]) -> dict[str, str]:
        answer = await self._post(realm, form)
        assert answer.is_success, answer.text
        found: dict[str, str] = answer.json()
        return found

    async def _post(self, realm: str, form: dict[str, str]) -> httpx.Response:
        address = f"{self._address}/realms/{realm}/protocol/openid-connect/token"
        return await self._http.post(address, data=form)


def _mapper(kind: str, config: dict[str, str]) -> dict[str, Any]:
    mapper = {"name": kind, "protocol": "openid-connect", "protocolMapper": kind}
    return {**mapper, "config": {**config, "access.token.claim": "true"}}


@asynccontextmanager
async def keycloak_accounts(stack: Stack, http: httpx.AsyncClient) -> AsyncIterator[Accounts]:
    """Accounts of a stack's Keycloak, made as its administrator."""
    address = stack.service_environment("member")["KEYCLOAK_URL"]
    admin = KeycloakAdmin(
        server_url=address,
        username="admin",
        password=stack.admin_password("keycloak"),
        realm_name=REALM,
        user_realm_name="master",
    )
    try:
        yield Accounts(address, http, admin)
    finally:
        await admin.connection.aclose()
        await admin.connection.keycloak_openid.connection.aclose()

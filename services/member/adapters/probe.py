"""The proof that onboarding ends with: a real token, read as every service reads it, names the tenant alone."""

import asyncio

from services.member.adapters.keycloak import Keycloak, alias_of
from services.member.application.outside import IdentityProviderError
from services.member.domain.tenant import Tenant
from shared.auth.tokens import Authenticator, Caller, IssuerUnreachableError, TokenError

#: The service's account asks for the audience of the services; by itself no service accepts its token.
AUDIENCE = "services"


class TokenProbe:
    """Lends the service's own account to a tenant's organization for as long as it takes to get a token."""

    def __init__(self, keycloak: Keycloak, authenticator: Authenticator) -> None:
        self._keycloak = keycloak
        self._authenticator = authenticator
        self._subject = ""
        self._asking = asyncio.Lock()

    async def probe(self, tenant: Tenant) -> None:
        """Raises IdentityProviderError unless the token names exactly this tenant."""
        assert tenant.organization_id, "the organization is made first"
        subject = await self._own_subject()
        await self._keycloak.add_member(tenant.organization_id, subject)
        try:
            caller = await self._caller(f"{AUDIENCE} organization:{alias_of(tenant)}")
        finally:
            await self._keycloak.remove_member(tenant.organization_id, subject)
        if caller.tenant_ids != (tenant.tenant_id,):
            raise IdentityProviderError(
                "token_names_another",
                "A token for the organization does not name this tenant alone. "
                "Check the organization's attribute tenant_id in Keycloak, and its mapper.",
            )

    async def _own_subject(self) -> str:
        async with self._asking:
            if not self._subject:
                self._subject = (await self._caller(AUDIENCE)).subject
            return self._subject

    async def _caller(self, scope: str) -> Caller:
        async with self._keycloak.calling():
            answer = await self._keycloak.admin.connection.keycloak_openid.a_token(
                grant_type="client_credentials", scope=scope
            )
            token = str(answer["access_token"])
        try:
            return await self._authenticator.authenticate(token)
        except TokenError as error:
            raise IdentityProviderError(
                "token_refused", f"A token for the organization is not accepted: {error}."
            ) from error
        except IssuerUnreachableError as error:
            raise IdentityProviderError("unreachable", "Keycloak's keys cannot be read.") from error

"""Tenants' own identity providers in Keycloak: one a tenant, by alias, for its organization only."""

from collections.abc import Sequence
from http import HTTPStatus
from uuid import UUID

from keycloak import KeycloakError, KeycloakPostError

from services.member.adapters.keycloak import Keycloak, link_alias
from services.member.application.outside import Login
from services.member.domain.tenant import Tenant


class KeycloakLinks:
    """Links identity providers. Keycloak shows none of them: an e-mail address leads to the right one."""

    def __init__(self, keycloak: Keycloak, issuer: str) -> None:
        self._keycloak = keycloak
        self._issuer = issuer

    def return_address(self, tenant_id: UUID) -> str:
        """Where the other one sends people back to; it has to be told."""
        return f"{self._issuer}/broker/{link_alias(tenant_id)}/endpoint"

    async def link(self, tenant: Tenant, login: Login, domains: Sequence[str]) -> None:
        """Lead people with addresses in `domains` there; what was linked before is replaced."""
        assert tenant.organization_id, "an active tenant has an organization"
        admin, alias = self._keycloak.admin, link_alias(tenant.tenant_id)
        payload = _payload(tenant, login, domains)
        async with self._keycloak.calling():
            await self._name_domains(tenant.organization_id, domains)
            try:
                await admin.a_create_idp(payload)
            except KeycloakError as error:
                if error.response_code != HTTPStatus.CONFLICT:
                    raise
                await admin.a_update_idp(alias, payload)
            try:
                await admin.a_organization_idp_add(tenant.organization_id, alias)
            except KeycloakPostError as error:
                # It is linked already.
                if error.response_code not in {HTTPStatus.CONFLICT, HTTPStatus.BAD_REQUEST}:
                    raise

    async def unlink(self, tenant: Tenant) -> None:
        """Lead nobody there any more."""
        await self._keycloak.unlink(tenant)
        if tenant.organization_id:
            async with self._keycloak.calling(missing_is_fine=True):
                await self._name_domains(tenant.organization_id, ())

    async def _name_domains(self, organization_id: str, domains: Sequence[str]) -> None:
        """Tell Keycloak which domains are the organization's: those that were proved."""
        admin = self._keycloak.admin
        organization = await admin.a_get_organization(organization_id)
        organization["domains"] = [{"name": name, "verified": True} for name in domains]
        await admin.a_update_organization(organization_id, organization)


def _payload(tenant: Tenant, login: Login, domains: Sequence[str]) -> dict[str, object]:
    return {
        "alias": link_alias(tenant.tenant_id),
        "displayName": tenant.organisation.name,
        "providerId": login.protocol,
        "enabled": True,
        "hideOnLogin": True,
        "trustEmail": True,  # of the domains that were proved; Keycloak refuses any other
        "storeToken": False,
        "linkOnly": False,
        "config": {
            **login.config,
            "syncMode": "FORCE",
            "kc.org.domain": domains[0] if len(domains) == 1 else "ANY",
            "kc.org.broker.redirect.mode.email-matches": "true",
        },
    }

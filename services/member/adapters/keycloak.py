"""The identity provider on Keycloak: one realm, one organization a tenant.

Keycloak's `tenant_id` attribute of an organization is what tokens name the tenant by; it is also how an
organization is recognised as the tenant's own, whatever happened to an earlier attempt.
"""

import re
import unicodedata
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager
from http import HTTPStatus
from typing import Any, Self
from uuid import UUID

from keycloak import KeycloakAdmin, KeycloakConnectionError, KeycloakError

from services.member.application.ports import IdentityProviderError
from services.member.domain.tenant import Tenant

IO_SECONDS = 5
ALIAS_LENGTH = 40
#: Keycloak wants a domain and wants it unique; a reserved one can never be somebody's real one.
DOMAIN = "{tenant_id}.tenants.lernverbund.invalid"

_GERMAN = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue", "ß": "ss"})


class Keycloak:
    """The identity provider, used with a service account that may manage organizations and users."""

    def __init__(self, admin: KeycloakAdmin) -> None:
        self._admin = admin

    @classmethod
    @asynccontextmanager
    async def connect(
        cls, url: str, realm: str, client_id: str, client_secret: str
    ) -> AsyncIterator[Self]:
        """Use it for as long as the block lasts; nothing connects before it is used."""
        admin = KeycloakAdmin(
            server_url=url,
            realm_name=realm,
            client_id=client_id,
            client_secret_key=client_secret,
            timeout=IO_SECONDS,
        )
        try:
            yield cls(admin)
        finally:
            await admin.connection.aclose()
            await admin.connection.keycloak_openid.connection.aclose()

    async def create_organization(self, tenant: Tenant) -> str:
        """The id of the tenant's organization, which is made if it is not there."""
        with _translated():
            found = await self._organization_of(tenant.tenant_id)
            if found:
                return found
            try:
                await self._admin.a_create_organization(_organization(tenant))
            except KeycloakError as error:
                # 409 for a name, 400 for a domain that exists: another worker may have been faster.
                if error.response_code not in {HTTPStatus.CONFLICT, HTTPStatus.BAD_REQUEST}:
                    raise
            found = await self._organization_of(tenant.tenant_id)
        if found is None:
            raise IdentityProviderError(
                "organization_conflict",
                "Keycloak refuses the organization and has none with this tenant_id. Look for its alias.",
            )
        return found

    async def add_member(self, organization_id: str, subject: str) -> None:
        """Let a user act for an organization."""
        with _translated():
            organizations = await self._admin.a_get_user_organizations(subject)
            if organization_id in {organization["id"] for organization in organizations}:
                return
            try:
                await self._admin.a_organization_user_add(subject, organization_id)
            except KeycloakError as error:
                if error.response_code != HTTPStatus.CONFLICT:
                    raise

    async def grant_roles(self, subject: str, roles: Sequence[str]) -> None:
        """Give a user roles; those it has already stay."""
        with _translated():
            found = [await self._admin.a_get_realm_role(role) for role in roles]
            await self._admin.a_assign_realm_roles(subject, found)

    async def _organization_of(self, tenant_id: UUID) -> str | None:
        query = {"q": f"tenant_id:{tenant_id}", "first": 0, "max": 1}
        organizations: list[Any] = await self._admin.a_get_organizations(query)
        return str(organizations[0]["id"]) if organizations else None


def alias_of(tenant: Tenant) -> str:
    """A readable name for the organization in addresses and tokens; the tenant's id makes it unique."""
    plain = tenant.organisation.name.lower().translate(_GERMAN)
    ascii_only = unicodedata.normalize("NFKD", plain).encode("ascii", "ignore").decode()
    words = re.sub(r"[^a-z0-9]+", "-", ascii_only)[:ALIAS_LENGTH].strip("-")
    return "-".join(filter(None, (words, tenant.tenant_id.hex[:12])))


def _organization(tenant: Tenant) -> dict[str, Any]:
    alias = alias_of(tenant)
    return {
        "name": f"{tenant.organisation.name} ({alias.rpartition('-')[2]})",
        "alias": alias,
        "domains": [{"name": DOMAIN.format(tenant_id=tenant.tenant_id), "verified": False}],
        "attributes": {"tenant_id": [str(tenant.tenant_id)]},
    }


@contextmanager
def _translated() -> Iterator[None]:
    """Keycloak's errors as the port's: a stable code, and no text of Keycloak's, which may name people."""
    try:
        yield
    except KeycloakConnectionError as error:
        raise IdentityProviderError("unreachable", "Keycloak does not answer.") from error
    except KeycloakError as error:
        raise _refused(error.response_code) from error
    except (KeyError, TypeError, ValueError) as error:
        raise IdentityProviderError(
            "not_understood", "Keycloak's answer has another form than expected."
        ) from error


def _refused(status: int | None) -> IdentityProviderError:
    if status in {HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN}:
        return IdentityProviderError(
            "not_allowed", "Keycloak refuses the service account. Check its secret and its roles."
        )
    if status == HTTPStatus.NOT_FOUND:
        return IdentityProviderError(
            "not_found",
            "Keycloak does not know the applicant's account, the organization or a role.",
        )
    return IdentityProviderError("refused", f"Keycloak answered with status {status}.")

"""The identity provider on Keycloak: one realm, one organization a tenant.

Keycloak's `tenant_id` attribute of an organization is what tokens name the tenant by; it is also how an
organization is recognised as the tenant's own, whatever happened to an earlier attempt.
"""

import asyncio
import re
import unicodedata
from collections.abc import AsyncIterator, Callable, Collection, Iterator
from contextlib import asynccontextmanager, contextmanager
from http import HTTPStatus
from typing import Any, Self
from uuid import UUID

from keycloak import KeycloakAdmin, KeycloakConnectionError, KeycloakError

from services.member.application.outside import IdentityProviderError
from services.member.domain.tenant import Tenant

IO_SECONDS = 5
#: More calls at once do not make Keycloak faster, only each of them slower.
CALLS_AT_ONCE = 4
#: How long the letter to a new administrator is good for.
INVITATION_SECONDS = 7 * 24 * 60 * 60
#: What a new account must do before anything else: whoever does it has the mailbox.
FIRST_ACTIONS = ("VERIFY_EMAIL", "UPDATE_PROFILE", "UPDATE_PASSWORD")
ALIAS_LENGTH = 40
#: The attribute of a user that becomes the claim `tenant_roles`: entries `<tenant_id>:<role>`.
ROLES = "tenant_roles"
#: The role that tells a machine from a person.
MACHINE = "machine"

_GERMAN = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue", "ß": "ss"})


class Keycloak:
    """The identity provider, used with a service account that may manage organizations and users."""

    def __init__(self, admin: KeycloakAdmin) -> None:
        self._admin = admin
        self._calls = asyncio.Semaphore(CALLS_AT_ONCE)

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

    @property
    def admin(self) -> KeycloakAdmin:
        """The connection, for what else is done with this account."""
        return self._admin

    async def create_organization(self, tenant: Tenant) -> str:
        """The id of the tenant's organization, which is made if it is not there."""
        async with self.calling():
            try:
                made = await self._admin.a_create_organization(_organization(tenant))
            except KeycloakError as error:
                # An earlier attempt may have made it.
                if error.response_code != HTTPStatus.CONFLICT:
                    raise
                made = await self._organization_of(tenant.tenant_id)
        if made is None:
            raise IdentityProviderError(
                "organization_conflict",
                "Keycloak refuses the organization and has none with this tenant_id. Look for its alias.",
            )
        return made

    async def delete_organization(self, tenant: Tenant) -> None:
        """Remove the organization, after everything that hangs on it."""
        if tenant.organization_id is None:
            return
        async with self.calling(missing_is_fine=True):
            await self._admin.a_delete_organization(tenant.organization_id)

    async def create_account(self, email: str) -> str:
        """The subject of the account with this address, which is made, without a password, if there is none."""
        async with self.calling():
            found = await self._account_of(email)
            if found is None:
                # 409: an earlier attempt, or somebody else, has made it meanwhile.
                with _conflict_is_fine():
                    await self._admin.a_create_user(_account(email), exist_ok=False)
                found = await self._account_of(email)
        # An address that nobody has proved may be a stranger's; one that must be proved first may not.
        if found is None or not (
            found.get("emailVerified") or "VERIFY_EMAIL" in found.get("requiredActions", ())
        ):
            raise IdentityProviderError(
                "account_unproved",
                "There is an account with the contact address that never proved it. "
                "Have it prove its address in Keycloak, or delete it.",
            )
        return str(found["id"])

    async def invite(self, subject: str) -> None:
        """Write to an account how to set its password; who has set it needs no letter."""
        async with self.calling():
            account = await self._admin.a_get_user(subject)
            actions = account.get("requiredActions", [])
            if not actions:
                return
            try:
                await self._admin.a_send_update_account(
                    subject, actions, lifespan=INVITATION_SECONDS
                )
            except KeycloakError as error:
                if error.response_code != HTTPStatus.INTERNAL_SERVER_ERROR:
                    raise
                raise IdentityProviderError(
                    "mail_failed",
                    "Keycloak could not send the letter. Check the realm's mail server.",
                ) from error

    async def add_member(self, organization_id: str, subject: str) -> None:
        """Let a user act for an organization."""
        async with self.calling():
            with _conflict_is_fine():
                await self._admin.a_organization_user_add(subject, organization_id)

    async def remove_member(self, organization_id: str, subject: str) -> None:
        """Let a user act for an organization no more."""
        async with self.calling(missing_is_fine=True):
            await self._admin.a_organization_user_remove(subject, organization_id)

    async def grant_roles(self, tenant_id: UUID, subject: str, roles: Collection[str]) -> None:
        """Give a user roles in a tenant; those it has already stay."""
        await self._change_roles(tenant_id, subject, lambda held: held.union(roles))

    async def set_roles(self, tenant_id: UUID, subject: str, roles: Collection[str]) -> None:
        """Give a user exactly these roles in a tenant; those in other tenants stay."""
        await self._change_roles(tenant_id, subject, lambda _: frozenset(roles))

    async def _change_roles(
        self,
        tenant_id: UUID,
        subject: str,
        change: Callable[[frozenset[str]], Collection[str]],
    ) -> None:
        own = f"{tenant_id}:"
        async with self.calling():
            user = await self._admin.a_get_user(subject)
            attributes = user.get("attributes", {})
            entries: list[str] = attributes.get(ROLES, [])
            held = frozenset(each.removeprefix(own) for each in entries if each.startswith(own))
            wanted = frozenset(change(held))
            if wanted == held:
                return
            others = [each for each in entries if not each.startswith(own)]
            changed = sorted({*others, *(f"{own}{role}" for role in wanted)})
            # The whole user is sent: what is left out of one, Keycloak takes for removed.
            await self._admin.a_update_user(
                subject, {**user, "attributes": {**attributes, ROLES: changed}}
            )

    async def create_machine(
        self, tenant_id: UUID, organization_id: str, account: str, roles: Collection[str]
    ) -> None:
        """An account for a machine that acts for a tenant, with these roles in it; made if it is not there."""
        async with self.calling():
            with _conflict_is_fine():
                await self._admin.a_create_client(_machine(account))
            client_id = await self._admin.a_get_client_id(account)
            user = await self._admin.a_get_client_service_account_user(str(client_id))
        await self.add_member(organization_id, user["id"])
        await self.set_roles(tenant_id, user["id"], {*roles, MACHINE})

    async def renew_secret(self, account: str) -> str:
        """A new secret for a machine's account; the one before is void."""
        async with self.calling():
            client_id = await self._admin.a_get_client_id(account)
            renewed = await self._admin.a_generate_client_secrets(str(client_id))
            return str(renewed["value"])

    async def remove_machine(self, account: str) -> None:
        """A machine's account is gone, if it was there."""
        async with self.calling():
            client_id = await self._admin.a_get_client_id(account)
            if client_id:
                await self._admin.a_delete_client(client_id)

    async def unlink(self, tenant: Tenant) -> None:
        """Remove the identity provider that the tenant linked, if there is one."""
        async with self.calling(missing_is_fine=True):
            await self._admin.a_delete_idp(link_alias(tenant.tenant_id))

    @asynccontextmanager
    async def calling(self, *, missing_is_fine: bool = False) -> AsyncIterator[None]:
        """Wait for a turn; Keycloak's errors become the port's, which name nobody."""
        async with self._calls:
            try:
                yield
            except KeycloakConnectionError as error:
                raise IdentityProviderError("unreachable", "Keycloak does not answer.") from error
            except KeycloakError as error:
                if missing_is_fine and error.response_code == HTTPStatus.NOT_FOUND:
                    return
                raise _refused(error.response_code) from error
            except (KeyError, TypeError, ValueError) as error:
                raise IdentityProviderError(
                    "not_understood", "Keycloak's answer has another form than expected."
                ) from error

    async def _account_of(self, email: str) -> dict[str, Any] | None:
        found: list[Any] = await self._admin.a_get_users({"email": email, "exact": True})
        return dict(found[0]) if found else None

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
    """Without a domain, which comes with the tenant's own login: Keycloak looks at all of them for each new one."""
    alias = alias_of(tenant)
    return {
        "name": f"{tenant.organisation.name} ({alias.rpartition('-')[2]})",
        "alias": alias,
        "attributes": {"tenant_id": [str(tenant.tenant_id)]},
    }


def link_alias(tenant_id: UUID) -> str:
    """The name of the identity provider that a tenant linked; it is part of that provider's redirect address."""
    return f"tenant-{tenant_id}"


def _account(email: str) -> dict[str, Any]:
    return {
        "username": email,
        "email": email,
        "enabled": True,
        "emailVerified": False,
        "requiredActions": list(FIRST_ACTIONS),
    }


def _machine(account: str) -> dict[str, Any]:
    """A client that signs in as itself only, and is told nothing of anybody."""
    return {
        "clientId": account,
        "publicClient": False,
        "standardFlowEnabled": False,
        "directAccessGrantsEnabled": False,
        "serviceAccountsEnabled": True,
        "fullScopeAllowed": False,
        "defaultClientScopes": ["basic", "organization", "services"],
        "optionalClientScopes": [],
    }


@contextmanager
def _conflict_is_fine() -> Iterator[None]:
    """What is to be made is there already."""
    try:
        yield
    except KeycloakError as error:
        if error.response_code != HTTPStatus.CONFLICT:
            raise


def _refused(status: int | None) -> IdentityProviderError:
    if status in {HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN}:
        return IdentityProviderError(
            "not_allowed", "Keycloak refuses the service account. Check its secret and its roles."
        )
    if status == HTTPStatus.NOT_FOUND:
        return IdentityProviderError(
            "not_found",
            "Keycloak does not know the applicant's account or the organization.",
        )
    return IdentityProviderError("refused", f"Keycloak answered with status {status}.")

"""A tenant's administrator makes, rotates and revokes machine clients: each is a wish for a worker to fulfil."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from services.member.application.outside import IdentityProvider, IdentityProviderError
from services.member.application.ports import OpenUnit, UnitOfWork
from services.member.application.register_people import require_active
from services.member.domain.audit import Action, Entry
from services.member.domain.machine_client import MachineClient, MachineRole
from services.member.domain.quota import quotas_of


@dataclass(frozen=True, slots=True)
class RequestClient:
    """A new machine client is wanted."""

    tenant_id: UUID
    client_id: UUID
    actor: str
    name: str
    roles: frozenset[MachineRole]
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class ChangeClient:
    """Something is to happen to a machine client."""

    tenant_id: UUID
    client_id: UUID
    actor: str


@dataclass(frozen=True, slots=True)
class Credentials:
    """What a machine signs in with."""

    account: str
    secret: str


async def request_machine_client(
    work: UnitOfWork, command: RequestClient, now: datetime
) -> MachineClient:
    """Note the wish. Raises TenantNotActiveError, TooManyClientsError, ClientLivesTooLongError."""
    tenant = await require_active(work, command.tenant_id)
    kept = await work.quotas.get(command.tenant_id)
    quotas = kept or quotas_of(tenant.organisation.kind)
    client = MachineClient.request(
        command.tenant_id,
        command.client_id,
        name=command.name,
        roles=command.roles,
        expires_at=command.expires_at,
        others=await work.machine_clients.count_open(command.tenant_id),
        most=quotas.machine_clients,
        now=now,
    )
    await work.machine_clients.save(client)
    await _note(work, client, command.actor, Action.CLIENT_REQUESTED, now)
    return client


async def rotate_machine_client(
    work: UnitOfWork, command: ChangeClient, overlap: timedelta, now: datetime
) -> MachineClient | None:
    """Have a second secret made; the first one stays good for a while. None when there is no such client."""
    await require_active(work, command.tenant_id)
    client = await work.machine_clients.lock(command.client_id)
    if client:
        client.rotate(overlap, now)
        await work.machine_clients.save(client)
        await _note(work, client, command.actor, Action.CLIENT_ROTATED, now)
    return client


async def revoke_machine_client(
    work: UnitOfWork, command: ChangeClient, now: datetime
) -> MachineClient | None:
    """Close it for good; None when there is no such client. Repeating it changes nothing."""
    client = await work.machine_clients.lock(command.client_id)
    if client and client.revoke(now):
        await work.machine_clients.save(client)
        await _note(work, client, command.actor, Action.CLIENT_REVOKED, now)
    return client


async def close_machine_clients(
    work: UnitOfWork, tenant_id: UUID, actor: str, now: datetime
) -> None:
    """Close all of a tenant's, because it leaves."""
    for client in await work.machine_clients.lock_open(tenant_id):
        client.revoke(now)
        await work.machine_clients.save(client)
        await _note(work, client, actor, Action.CLIENT_REVOKED, now)


async def show_secret(
    opened: OpenUnit, provider: IdentityProvider, command: ChangeClient, now: datetime
) -> Credentials | None:
    """Make the secret and hand it out, this one time; nobody keeps it. None when there is no such client.

    It is marked as shown first, so that of two who ask at once one gets it. Raises what `show_secret`
    of the client does, and IdentityProviderError; after that it can be asked for again.
    """
    async with opened([command.tenant_id]) as work:
        await require_active(work, command.tenant_id)
        client = await work.machine_clients.lock(command.client_id)
        if client is None:
            return None
        account = client.show_secret(now)
        await work.machine_clients.save(client)
        await _note(work, client, command.actor, Action.CLIENT_SECRET_SHOWN, now)
    try:
        return Credentials(account, await provider.renew_secret(account))
    except IdentityProviderError:
        async with opened([command.tenant_id]) as work:
            client = await work.machine_clients.lock(command.client_id)
            if client and client.account(client.generation) == account:
                client.hide_secret()
                await work.machine_clients.save(client)
        raise


async def settle_machine_client(
    opened: OpenUnit, provider: IdentityProvider, tenant_id: UUID, client_id: UUID, now: datetime
) -> None:
    """Bring the identity provider to what the tenant wants. A failure is tried again later."""
    async with opened([tenant_id]) as work:
        client = await work.machine_clients.lock(client_id)
        if client is None or not client.check.is_due(now):
            return
        client.expire(now)
        client.check.lease(now)
        await work.machine_clients.save(client)
        tenant = await work.tenants.get(tenant_id)
    try:
        for account in client.surplus(now):
            await provider.remove_machine(account)
        if client.is_open and tenant and tenant.organization_id:
            account, organization_id = (
                client.account(client.generation),
                tenant.organization_id,
            )
            await provider.create_machine(tenant_id, organization_id, account, client.roles)
    except IdentityProviderError as error:
        await _fail(opened, client, str(error), now)
        return
    async with opened([tenant_id]) as work:
        current = await work.machine_clients.lock(client_id)
        if current and current.is_open == client.is_open:
            current.settle(client.generation, now)
            await work.machine_clients.save(current)


async def _fail(opened: OpenUnit, client: MachineClient, reason: str, now: datetime) -> None:
    async with opened([client.tenant_id]) as work:
        current = await work.machine_clients.lock(client.client_id)
        if current:
            current.check.fail(reason, now)
            await work.machine_clients.save(current)


async def _note(
    work: UnitOfWork, client: MachineClient, actor: str, action: Action, now: datetime
) -> None:
    roles = ", ".join(sorted(client.roles))
    entry = Entry(client.tenant_id, now, actor, action, str(client.client_id), roles)
    await work.audit.add(entry)

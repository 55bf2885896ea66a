"""Addresses for machine clients: a tenant's own systems."""

from datetime import timedelta
from uuid import UUID

from fastapi import APIRouter, Request

from services.member.application.machine_clients import (
    ChangeClient,
    request_machine_client,
    revoke_machine_client,
    rotate_machine_client,
    show_secret,
)
from services.member.application.outside import ConnectProvider, IdentityProviderError
from services.member.entrypoints.dependencies import Units
from services.member.entrypoints.machine_client_bodies import (
    CredentialsView,
    MachineClientBody,
    MachineClientView,
    RotationBody,
)
from shared.auth.dependencies import OwnAdmin
from shared.clock import utc_now
from shared.http.idempotency import IdempotencyKey, answer_once
from shared.http.pages import Limit, Offset
from shared.http.problems import Problem, not_found

router = APIRouter(prefix="/v1/machine-clients", tags=["access"])

# An operator is shown out after hours; what a machine may would outlast that.


@router.post("", status_code=202)
async def post_machine_client(
    body: MachineClientBody, caller: OwnAdmin, opened: Units, key: IdempotencyKey = None
) -> MachineClientView:
    """Have a machine client made. Once it is active, ask for its secret."""
    command = body.command(caller.tenant_id, caller.subject)
    async with opened([caller.tenant_id]) as work:

        async def action() -> MachineClientView:
            return MachineClientView.of(await request_machine_client(work, command, utc_now()))

        request = ("request_machine_client", body)
        return await answer_once(
            work.connection, caller.tenant_id, key, request, action, MachineClientView
        )


@router.get("")
async def get_machine_clients(
    caller: OwnAdmin, opened: Units, limit: Limit = 50, offset: Offset = 0
) -> list[MachineClientView]:
    """Your machine clients, newest first."""
    async with opened([caller.tenant_id]) as work:
        found = await work.access_queries.machine_clients(caller.tenant_id, limit, offset)
        return [MachineClientView.of(each) for each in found]


@router.get("/{client_id}")
async def get_machine_client(client_id: UUID, caller: OwnAdmin, opened: Units) -> MachineClientView:
    """One of your machine clients."""
    async with opened([caller.tenant_id]) as work:
        client = await work.machine_clients.lock(client_id)
        if client is None:
            raise not_found("machine client")
        return MachineClientView.of(client)


@router.post("/{client_id}/secret")
async def post_secret(
    client_id: UUID, caller: OwnAdmin, opened: Units, request: Request
) -> CredentialsView:
    """Have the secret shown, this one time. Whoever loses it rotates the client."""
    connect: ConnectProvider = request.app.state.connect_provider
    command = ChangeClient(caller.tenant_id, client_id, caller.subject)
    try:
        async with connect() as provider:
            credentials = await show_secret(opened, provider, command, utc_now())
    except IdentityProviderError as error:
        detail = "The identity provider does not answer as it should. Nothing was shown; try again shortly."
        raise Problem(
            503, "identity_provider_unavailable", detail, headers={"Retry-After": "5"}
        ) from error
    if credentials is None:
        raise not_found("machine client")
    return CredentialsView(
        oauth_client_id=credentials.account, oauth_client_secret=credentials.secret
    )


@router.post("/{client_id}/rotation", status_code=202)
async def post_rotation(
    client_id: UUID, body: RotationBody, caller: OwnAdmin, opened: Units, key: IdempotencyKey = None
) -> MachineClientView:
    """Have a second secret made; the first one stays good for the overlap."""
    command = ChangeClient(caller.tenant_id, client_id, caller.subject)
    overlap = timedelta(hours=body.overlap_hours)
    async with opened([caller.tenant_id]) as work:

        async def action() -> MachineClientView:
            client = await rotate_machine_client(work, command, overlap, utc_now())
            if client is None:
                raise not_found("machine client")
            return MachineClientView.of(client)

        request = (f"rotate_machine_client {client_id}", body)
        return await answer_once(
            work.connection, caller.tenant_id, key, request, action, MachineClientView
        )


@router.post("/{client_id}/revocation")
async def post_revocation(client_id: UUID, caller: OwnAdmin, opened: Units) -> MachineClientView:
    """Close a machine client for good. Tokens that it has end within minutes."""
    command = ChangeClient(caller.tenant_id, client_id, caller.subject)
    async with opened([caller.tenant_id]) as work:
        client = await revoke_machine_client(work, command, utc_now())
        if client is None:
            raise not_found("machine client")
        return MachineClientView.of(client)

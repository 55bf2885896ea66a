"""Machine clients on a real Keycloak, from the wish to the token and its end."""

from collections.abc import AsyncIterator, Mapping
from datetime import timedelta
from typing import TYPE_CHECKING
from uuid import uuid4

import httpx
import pytest

from deploy.names import REALM
from services.member.adapters.keycloak import Keycloak
from services.member.application.machine_clients import (
    ChangeClient,
    RequestClient,
    request_machine_client,
    revoke_machine_client,
    rotate_machine_client,
    settle_machine_client,
    show_secret,
)
from services.member.domain.machine_client import MachineRole
from shared.auth.tokens import Authenticator
from tests.member.builders import NOW, active_tenant
from tests.member.fakes import FakeUnitOfWork
from tests.member.test_keycloak import keycloak

if TYPE_CHECKING:
    from deploy.local.stack import Stack


@pytest.fixture(scope="module")
def settings(platform: "Stack") -> Mapping[str, str]:
    found: Mapping[str, str] = platform.service_environment("member")
    return found


@pytest.fixture
async def provider(settings: dict[str, str]) -> AsyncIterator[Keycloak]:
    async with keycloak(settings) as connected:
        yield connected


async def _token(settings: Mapping[str, str], account: str, secret: str) -> httpx.Response:
    form = {"grant_type": "client_credentials", "client_id": account, "client_secret": secret}
    address = f"{settings['KEYCLOAK_URL']}/realms/{REALM}/protocol/openid-connect/token"
    async with httpx.AsyncClient(trust_env=False) as client:
        return await client.post(address, data=form)


async def test_a_machine_from_the_wish_to_its_end(
    settings: Mapping[str, str], provider: Keycloak
) -> None:
    work, made, client_id = FakeUnitOfWork(), active_tenant(), uuid4()
    made.organization_id = await provider.create_organization(made)
    await work.tenants.save(made)
    own = ChangeClient(made.tenant_id, client_id, "admin")
    command = RequestClient(
        tenant_id=made.tenant_id,
        client_id=client_id,
        actor="admin",
        name="LMS",
        roles=frozenset({MachineRole.REPORTING}),
        expires_at=NOW + timedelta(days=30),
    )

    async def settle(now=NOW) -> None:
        await settle_machine_client(work.opened, provider, made.tenant_id, client_id, now)

    await request_machine_client(work, command, NOW)
    await settle()
    first = await show_secret(work.opened, provider, own, NOW)
    assert first
    answer = await _token(settings, first.account, first.secret)
    async with httpx.AsyncClient(trust_env=False) as http:
        authenticator = Authenticator(settings["OIDC_ISSUER"], "member", http)
        caller = await authenticator.authenticate(answer.json()["access_token"])
    assert (caller.tenant_ids, caller.roles) == (
        (made.tenant_id,),
        frozenset({"machine", "reporting"}),
    )

    await rotate_machine_client(work, own, timedelta(hours=1), NOW)
    await settle()
    second = await show_secret(work.opened, provider, own, NOW)
    assert second
    for each in (first, second):
        assert (await _token(settings, each.account, each.secret)).is_success
    await settle(NOW + timedelta(hours=1))
    assert (await _token(settings, first.account, first.secret)).status_code == 401
    assert (await _token(settings, second.account, second.secret)).is_success

    await revoke_machine_client(work, own, NOW)
    for _ in range(2):
        await settle(NOW + timedelta(hours=1))
    assert (await _token(settings, second.account, second.secret)).status_code == 401
    kept = await work.machine_clients.lock(client_id)
    assert kept
    assert (kept.is_open, kept.check.due_at) == (False, None)

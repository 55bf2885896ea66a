"""Machine clients: the rules, the use cases with an identity provider that fails, and the addresses."""

from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.member.adapters.unit_of_work import PostgresUnitOfWork
from services.member.application.machine_clients import (
    ChangeClient,
    RequestClient,
    close_machine_clients,
    request_machine_client,
    revoke_machine_client,
    rotate_machine_client,
    settle_machine_client,
    show_secret,
)
from services.member.application.outside import IdentityProviderError
from services.member.domain.access_errors import (
    ClientLivesTooLongError,
    ClientNotReadyError,
    ClientRevokedError,
    RotationUnderWayError,
    SecretShownError,
    TooManyClientsError,
)
from services.member.domain.machine_client import LONGEST_LIFE, MachineClient, MachineRole
from shared.clock import utc_now
from shared.database.unit_of_work import UnitsOfWork
from tests.member.builders import LATER, NOW, active_tenant
from tests.member.fakes import FakeUnitOfWork
from tests.member.http import OPERATOR, tenant_of
from tests.member.outside import Crash, FakeIdentityProvider

REPORTING = frozenset({MachineRole.REPORTING})
MONTH = timedelta(days=30)


def client(**changes: Any) -> MachineClient:
    usual = {
        "name": "LMS",
        "roles": REPORTING,
        "expires_at": NOW + MONTH,
        "others": 0,
        "most": 5,
        "now": NOW,
    }
    return MachineClient.request(uuid4(), uuid4(), **{**usual, **changes})


def ready(**changes: Any) -> MachineClient:
    made = client(**changes)
    made.settle(1, NOW)
    return made


def test_there_are_so_many_and_each_has_an_end() -> None:
    assert client(others=4, most=5).check.is_due(NOW)
    with pytest.raises(TooManyClientsError):
        client(others=5, most=5)
    for expires_at in (NOW, NOW - MONTH, NOW + LONGEST_LIFE + timedelta(seconds=1)):
        with pytest.raises(ClientLivesTooLongError):
            client(expires_at=expires_at)


def test_a_secret_is_shown_once_and_again_after_a_rotation() -> None:
    made = client()
    with pytest.raises(ClientNotReadyError):
        made.show_secret(NOW)
    made.settle(1, NOW)
    first = made.show_secret(NOW)
    with pytest.raises(SecretShownError):
        made.show_secret(LATER)
    made.rotate(timedelta(hours=1), NOW)
    with pytest.raises(ClientNotReadyError):
        made.show_secret(NOW)
    made.settle(2, NOW)
    assert made.show_secret(NOW) != first
    with pytest.raises(RotationUnderWayError):
        made.rotate(timedelta(), NOW)
    assert made.surplus(NOW) == []
    assert made.surplus(LATER) == [first]
    made.settle(2, LATER)
    made.rotate(timedelta(), LATER)


def test_what_is_revoked_stays_revoked() -> None:
    made = ready()
    assert made.revoke(NOW)
    assert not made.revoke(LATER)
    assert made.revoked_at == NOW
    for action in (lambda: made.rotate(timedelta(), NOW), lambda: made.show_secret(NOW)):
        with pytest.raises(ClientRevokedError):
            action()


def test_it_ends_by_the_clock() -> None:
    made = ready()
    assert made.check.due_at == made.expires_at
    assert not made.expire(LATER)
    assert made.expire(NOW + MONTH)
    assert not made.is_open


@given(st.lists(st.sampled_from(["rotate", "settle", "show", "wait", "revoke"]), max_size=30))
def test_there_are_never_more_than_two_accounts_and_none_after_the_end(steps: list[str]) -> None:
    made, now, accounts = client(), NOW, set[str]()
    for step in steps:
        try:
            if step == "rotate":
                made.rotate(timedelta(minutes=30), now)
            elif step == "show":
                made.show_secret(now)
            elif step == "revoke":
                made.revoke(now)
            elif step == "wait":
                now += timedelta(minutes=10)
        except (ClientNotReadyError, ClientRevokedError, RotationUnderWayError, SecretShownError):
            continue
        if step == "settle":
            accounts -= set(made.surplus(now))
            accounts |= {made.account(made.generation)} if made.is_open else set()
            made.settle(made.generation, now)
            assert len(accounts) <= (2 if made.is_open else 0)
            assert made.is_open == bool(accounts)


class Case:
    """A tenant with a wish, and an identity provider that does what it is told to."""

    def __init__(self) -> None:
        self.work, self.provider = FakeUnitOfWork(), FakeIdentityProvider()
        self.tenant, self.client_id = active_tenant(), uuid4()
        self.own = ChangeClient(self.tenant.tenant_id, self.client_id, "admin")

    async def start(self) -> "Case":
        await self.work.tenants.save(self.tenant)
        command = RequestClient(
            self.tenant.tenant_id, self.client_id, "admin", "LMS", REPORTING, NOW + MONTH
        )
        await request_machine_client(self.work, command, NOW)
        return self

    async def settle(self, now: Any = NOW) -> MachineClient:
        tenant_id = self.tenant.tenant_id
        await settle_machine_client(self.work.opened, self.provider, tenant_id, self.client_id, now)
        return self.work.machine_clients.kept[self.client_id]

    async def secret(self, now: Any = NOW) -> str:
        shown = await show_secret(self.work.opened, self.provider, self.own, now)
        assert shown
        return shown.secret


@pytest.mark.parametrize("planned", ["fails_before", "fails_after"])
async def test_a_failure_is_tried_again_and_makes_one_account(planned: str) -> None:
    case = await Case().start()
    getattr(case.provider, planned).append("machine")
    failed = await case.settle()
    assert (failed.ready_generation, failed.check.attempts) == (0, 1)
    assert "unreachable" in str(failed.check.last_error)
    assert (await case.settle()).ready_generation == 0, "it waits"
    made = await case.settle(LATER)
    assert (made.ready_generation, made.check.last_error) == (1, None)
    assert case.provider.machines == {made.account(1): {"reporting"}}


async def test_a_worker_that_dies_is_followed_by_another() -> None:
    case = await Case().start()
    case.provider.crashes = True
    with pytest.raises(Crash):
        await case.settle()
    case.provider.crashes = False
    assert (await case.settle()).ready_generation == 0, "the lease holds"
    assert (await case.settle(LATER)).ready_generation == 1


async def test_a_secret_that_could_not_be_made_may_be_asked_for_again() -> None:
    case = await Case().start()
    await case.settle()
    case.provider.fails_before.append("secret")
    with pytest.raises(IdentityProviderError):
        await case.secret()
    assert (await case.secret()).endswith("secret-0")
    with pytest.raises(SecretShownError):
        await case.secret()


async def test_both_secrets_are_good_during_the_overlap_only() -> None:
    case = await Case().start()
    await case.settle()
    await rotate_machine_client(case.work, case.own, timedelta(hours=1), NOW)
    made = await case.settle()
    assert set(case.provider.machines) == {made.account(1), made.account(2)}
    await case.settle(LATER)
    assert set(case.provider.machines) == {made.account(2)}


async def test_a_client_that_was_rotated_while_it_was_made_is_looked_at_again() -> None:
    case = await Case().start()
    await case.settle()
    kept = case.work.machine_clients.kept[case.client_id]
    await rotate_machine_client(case.work, case.own, timedelta(hours=1), NOW)
    kept = case.work.machine_clients.kept[case.client_id]
    kept.settle(1, NOW)
    assert kept.check.is_due(NOW)
    assert (await case.settle()).ready_generation == 2


async def test_revoking_and_leaving_close_everything() -> None:
    case = await Case().start()
    await case.settle()
    await revoke_machine_client(case.work, case.own, NOW)
    await case.settle()
    assert case.provider.machines == {}
    other = await Case().start()
    await other.settle()
    await close_machine_clients(other.work, other.tenant.tenant_id, "platform", NOW)
    await other.settle()
    assert other.provider.machines == {}
    assert (await other.settle(LATER)).check.due_at is None
    actions = [str(each.action) for each in other.work.audit.entries]
    assert actions == ["machine_client.requested", "machine_client.revoked"]


async def test_a_client_over_its_addresses(
    client: httpx.AsyncClient,
    admin: dict[str, str],
    postgres_units: UnitsOfWork[PostgresUnitOfWork],
) -> None:
    expires_at = (utc_now() + MONTH).isoformat()
    body = {"name": "LMS", "roles": ["reporting"], "expires_at": expires_at}
    headers = {**admin, "Idempotency-Key": "k1"}
    first, again = [
        await client.post("/v1/machine-clients", json=body, headers=headers) for _ in range(2)
    ]
    assert (first.status_code, first.json()) == (202, again.json())
    address = f"/v1/machine-clients/{first.json()['client_id']}"
    early = await client.post(f"{address}/secret", headers=admin)
    assert (early.status_code, early.json()["code"]) == (409, "machine_client_not_ready")
    client_id = UUID(first.json()["client_id"])
    later = utc_now() + timedelta(seconds=1)
    provider = FakeIdentityProvider()
    await settle_machine_client(postgres_units, provider, tenant_of(admin), client_id, later)
    shown = (await client.get(address, headers=admin)).json()
    assert (shown["status"], shown["last_error"]) == ("active", None)
    assert shown["oauth_client_id"] == f"machine-{client_id}-1"
    # Keycloak is not there: nothing is shown, nothing is lost.
    for _ in range(2):
        missing = await client.post(f"{address}/secret", headers=admin)
        assert missing.status_code == 503, missing.text
        assert missing.json()["code"] == "identity_provider_unavailable"
    rotated = await client.post(f"{address}/rotation", headers=admin, json={"overlap_hours": 2})
    assert (rotated.status_code, rotated.json()["oauth_client_id"]) == (
        202,
        f"machine-{client_id}-1",
    )
    for _ in range(2):
        revoked = await client.post(f"{address}/revocation", headers=admin)
        assert (revoked.status_code, revoked.json()["status"]) == (200, "revoked")
    listed = await client.get("/v1/machine-clients", headers=admin)
    assert [each["client_id"] for each in listed.json()] == [str(client_id)]


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"roles": ["tenant-admin"]}, "invalid_request"),
        ({"roles": ["operator"]}, "invalid_request"),
        ({"roles": []}, "invalid_request"),
        ({"name": ""}, "invalid_request"),
        ({"expires_at": "2020-01-01T00:00:00Z"}, "expiry_out_of_range"),
        ({"expires_at": "2999-01-01T00:00:00Z"}, "expiry_out_of_range"),
        ({"expires_at": "2027-01-01T00:00:00"}, "invalid_request"),
    ],
)
async def test_clients_that_cannot_be(
    client: httpx.AsyncClient, admin: dict[str, str], changes: dict[str, Any], code: str
) -> None:
    body = {"name": "LMS", "roles": ["hr"], "expires_at": (utc_now() + MONTH).isoformat()}
    answer = await client.post("/v1/machine-clients", json={**body, **changes}, headers=admin)
    assert (answer.status_code, answer.json()["code"]) == (422, code)


async def test_a_tenant_has_so_many(client: httpx.AsyncClient, admin: dict[str, str]) -> None:
    body = {"name": "LMS", "roles": ["hr"], "expires_at": (utc_now() + MONTH).isoformat()}
    quota = {"people": 100, "events_per_day": 100, "machine_clients": 3, "subscriptions": 1}
    path = f"/v1/tenants/{tenant_of(admin)}/quotas"
    assert (await client.put(path, json=quota, headers=OPERATOR)).is_success
    for _ in range(3):
        answer = await client.post("/v1/machine-clients", json=body, headers=admin)
        assert answer.status_code == 202
    answer = await client.post("/v1/machine-clients", json=body, headers=admin)
    assert (answer.status_code, answer.json()["code"]) == (409, "too_many_machine_clients")
    shown = (await client.get("/v1/tenant/quotas", headers=admin)).json()
    assert (shown["machine_clients"], shown["used"]["machine_clients"]) == (3, 3)

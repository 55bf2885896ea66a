"""Who calls, as the tenant knows them; and roles that follow a person into the account."""

import asyncio
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from dataclasses import replace
from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest

from services.member.adapters.account_repository import check_accounts
from services.member.adapters.scopes import people_to_check
from services.member.adapters.turns import ROLE_WRITER, turn
from services.member.adapters.unit_of_work import PostgresUnitOfWork
from services.member.application.access_ports import AccountCheck
from services.member.application.leave_tenant import leave_tenant
from services.member.application.register_people import register_people
from services.member.application.whoami import Account, whoami
from services.member.application.write_roles import account_roles, write_roles
from services.member.domain.machine_client import Check
from services.member.domain.person import Person, Role
from shared.clock import utc_now
from shared.database.unit_of_work import UnitsOfWork
from shared.envelope import Cause
from tests.conftest import EngineFor
from tests.member.builders import LATER, NOW, active_tenant, description, registration
from tests.member.fakes import FakeUnitOfWork
from tests.member.http import bearer, person, tenant_of
from tests.member.outside import FakeIdentityProvider

CAUSE = Cause("test")
TODAY = NOW.date()
HR = frozenset({Role.HR})

Opened = Callable[..., AbstractAsyncContextManager[Any]]


@pytest.fixture(params=["fake", "postgres"])
def opened(request: pytest.FixtureRequest) -> Opened:
    if request.param == "fake":
        return FakeUnitOfWork().opened
    units: Opened = request.getfixturevalue("postgres_units")
    return units


async def _employ(opened: Opened, *emails: str, applicant: str = "") -> tuple[UUID, list[UUID]]:
    made = active_tenant(applicant=applicant or str(uuid4()))
    async with opened([made.tenant_id]) as work:
        await work.tenants.add(made)
        commands = [
            registration(str(n), description=description(email=email), roles=HR)
            for n, email in enumerate(emails)
        ]
        await register_people(work, made.tenant_id, commands, CAUSE)
    return made.tenant_id, [each.person_id for each in commands]


async def _who(opened: Opened, tenant_id: UUID, subject: str, email: str | None) -> Person | None:
    async with opened([tenant_id]) as work:
        found: Person | None = await whoami(work, Account(tenant_id, subject, email), NOW)
        return found


async def test_the_first_call_links_the_account_by_its_address(opened: Opened) -> None:
    tenant_id, [first, _] = await _employ(opened, "luisa@example.org", "kim@example.org")
    assert await _who(opened, tenant_id, "s1", None) is None
    assert await _who(opened, tenant_id, "s1", "nobody@example.org") is None
    linked = await _who(opened, tenant_id, "s1", "Luisa@Example.org")
    assert linked
    assert linked.person_id == first
    again = await _who(opened, tenant_id, "s1", None)
    assert again
    assert (again.person_id, again.subject) == (first, "s1")


async def test_others_hear_whose_account_it_is() -> None:
    work = FakeUnitOfWork()
    tenant_id, [person_id] = await _employ(work.opened, "luisa@example.org")
    for _ in range(2):
        await _who(work.opened, tenant_id, "s1", "luisa@example.org")
    linked = [each for each in work.published if each.event.TYPE == "person.linked.v1"]
    assert [(each.sequence, each.event.model_dump()) for each in linked] == [
        (2, {"person_id": person_id, "account": "s1"})
    ]


async def test_another_account_does_not_take_a_person_over(opened: Opened) -> None:
    tenant_id, _ = await _employ(opened, "luisa@example.org")
    assert await _who(opened, tenant_id, "s1", "luisa@example.org")
    assert await _who(opened, tenant_id, "s2", "luisa@example.org") is None


async def test_an_address_of_two_people_is_nobodys(opened: Opened) -> None:
    tenant_id, _ = await _employ(opened, "team@example.org", "TEAM@example.org")
    assert await _who(opened, tenant_id, "s1", "team@example.org") is None


async def test_an_address_in_another_tenant_is_not_looked_at(opened: Opened) -> None:
    await _employ(opened, "luisa@example.org")
    other, _ = await _employ(opened, "kim@example.org")
    assert await _who(opened, other, "s1", "luisa@example.org") is None


def test_roles_of_a_person_and_of_who_applied() -> None:
    made = active_tenant(applicant="founder")
    someone = Person.register(made.tenant_id, uuid4(), "1", description(), HR)
    assert account_roles(someone, made) == {"hr"}
    assert account_roles(replace(someone, subject="founder"), made) == {"hr", "tenant-admin"}


async def test_roles_follow_the_person(
    postgres_units: UnitsOfWork[PostgresUnitOfWork], engine_for: EngineFor
) -> None:
    tenant_id, [person_id] = await _employ(postgres_units, "luisa@example.org")
    provider, engine = FakeIdentityProvider(), engine_for("member")

    async def run() -> None:
        for due in await people_to_check(engine, utc_now(), 500):
            if due[0] == tenant_id:
                await write_roles(postgres_units, provider, *due, utc_now())

    await run()
    assert provider.roles == {}, "without an account there is nothing to write"
    assert await _who(postgres_units, tenant_id, "s1", "luisa@example.org")
    await run()
    assert provider.roles == {(tenant_id, "s1"): {"hr"}}
    async with postgres_units([tenant_id]) as work:
        changed = registration("0", roles=frozenset({Role.LEARNER, Role.TRAINER}))
        await register_people(work, tenant_id, [changed], CAUSE)
    provider.calls.clear()
    await run()
    await run()
    assert provider.roles == {(tenant_id, "s1"): {"learner", "trainer"}}
    assert provider.calls == ["set_roles", "membership"], "what is written is not written again"
    async with postgres_units([tenant_id]) as work:
        assert await leave_tenant(work, tenant_id, person_id, TODAY, CAUSE, TODAY)
    await run()
    assert (provider.roles, provider.members) == ({(tenant_id, "s1"): set()}, set())
    assert not await _who(postgres_units, tenant_id, "s1", "luisa@example.org")
    async with postgres_units([tenant_id]) as work:
        await check_accounts(work.connection, [person_id, uuid4()])
    assert (tenant_id, person_id) in await people_to_check(engine, utc_now(), 500)


async def test_who_is_erased_has_no_roles() -> None:
    work, provider, made = FakeUnitOfWork(), FakeIdentityProvider(), active_tenant()
    await work.tenants.save(made)
    check = AccountCheck(made.tenant_id, uuid4(), "s1", Check(NOW))
    await work.account_checks.save(check)
    provider.roles[made.tenant_id, "s1"] = {"hr"}
    provider.fails_before.append("set_roles")
    for now in (NOW, NOW, LATER):
        await write_roles(work.opened, provider, made.tenant_id, check.person_id, now)
    assert provider.roles == {(made.tenant_id, "s1"): set()}
    assert provider.calls == ["set_roles", "set_roles", "end of membership"], "it waits meanwhile"
    assert work.account_checks.kept == {}


async def test_roles_that_change_while_they_are_written_are_written_again() -> None:
    work, provider, made = FakeUnitOfWork(), FakeIdentityProvider(), active_tenant()
    await work.tenants.save(made)
    check = AccountCheck(made.tenant_id, uuid4(), "s1", Check(NOW))
    await work.account_checks.save(check)

    async def change_meanwhile(*_: object) -> None:
        await work.account_checks.save(replace(check, check=Check(NOW)))

    provider.set_roles = change_meanwhile  # type: ignore[method-assign, assignment]
    await write_roles(work.opened, provider, made.tenant_id, check.person_id, NOW)
    assert work.account_checks.kept[check.person_id].check.is_due(NOW)


async def test_one_worker_at_a_time_writes_roles(engine_for: EngineFor) -> None:
    engine = engine_for("member")
    async with turn(engine, ROLE_WRITER) as first, turn(engine, ROLE_WRITER) as second:
        assert (first, second) == (True, False)
    async with turn(engine, ROLE_WRITER) as later:
        assert later


async def test_me_over_http(client: httpx.AsyncClient, admin: dict[str, str]) -> None:
    tenant_id = str(tenant_of(admin))
    body = person(email="me@example.org", roles=["learner"])
    registered = await client.post("/v1/people", json=body, headers=admin)
    calls = [client.get("/v1/me", headers=bearer("me", "learner", tenant_id)) for _ in range(5)]
    for answer in await asyncio.gather(*calls):
        assert answer.status_code == 200, answer.text
        me = answer.json()
        assert (me["tenant_id"], me["roles"]) == (tenant_id, ["learner"])
        assert me["person"]["person_id"] == registered.json()["person_id"]
    unknown = await client.get("/v1/me", headers=bearer("somebody", "learner", tenant_id))
    assert unknown.json()["person"] is None
    log = (await client.get("/v1/audit-log", headers=admin)).json()
    linked = [each for each in log if each["action"] == "account.linked"]
    assert [each["actor"] for each in linked] == ["me"]
    assert "me@example.org" not in str(log)
    for refused in (bearer("guest"), bearer("m", "machine,reporting", tenant_id)):
        assert (await client.get("/v1/me", headers=refused)).status_code == 403

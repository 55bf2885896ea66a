"""The ecosystem's public tester against the real service and PostgreSQL, for two tenants at once."""

import asyncio
from collections import Counter
from typing import TYPE_CHECKING

import httpx
import pytest
from scim2_tester import CheckResult, Status, check_server

from services.member.adapters.unit_of_work import PostgresUnitOfWork
from shared.database.unit_of_work import UnitsOfWork
from tests.member.http import new_admin
from tests.member.scim import Directory, NetworkClient, serving, user

if TYPE_CHECKING:
    from deploy.local.stack import Stack

pytestmark = pytest.mark.usefixtures("engine_for")

#: What the tester has nothing to say about, because the service does not claim it.
PASSED = {Status.SUCCESS, Status.SKIPPED}


def check(address: str, directory: Directory) -> list[CheckResult]:
    with httpx.Client(
        base_url=address + directory.base, headers=directory.headers, trust_env=False, timeout=30
    ) as client:
        return check_server(NetworkClient(client))


async def test_two_tenants_pass_the_compliance_tester_and_stay_apart(
    client: httpx.AsyncClient, stack: "Stack", postgres_units: UnitsOfWork[PostgresUnitOfWork]
) -> None:
    directories = [
        await Directory.of(client, await new_admin(client, postgres_units)) for _ in range(2)
    ]
    with serving(stack) as address:
        results = await asyncio.gather(
            *(asyncio.to_thread(check, address, each) for each in directories)
        )
    for each in results:
        failed = [result for result in each if result.status not in PASSED]
        assert not failed, [(result.title, result.reason) for result in failed]
        counts = Counter(result.status for result in each)
        assert counts[Status.SUCCESS] > 50, counts


async def test_a_token_opens_its_own_tenant_alone(
    client: httpx.AsyncClient, postgres_units: UnitsOfWork[PostgresUnitOfWork]
) -> None:
    own, other = [
        await Directory.of(client, await new_admin(client, postgres_units)) for _ in range(2)
    ]
    made = await own.add()
    refusals = []
    for base in (other.base, "/scim/00000000-0000-4000-8000-000000000000/v2", "/scim/x/v2"):
        for method, path in (
            ("GET", f"/Users/{made['id']}"),
            ("GET", "/Users"),
            ("POST", "/Users"),
            ("PATCH", f"/Users/{made['id']}"),
            ("DELETE", f"/Users/{made['id']}"),
            ("GET", "/ServiceProviderConfig"),
            ("GET", "/lost"),
        ):
            answer = await client.request(
                method, base + path, headers=own.headers, json=user() if method == "POST" else None
            )
            refusals.append((answer.status_code, answer.text))
    assert len(set(refusals)) == 1, "a refusal tells whether there is such a tenant"
    assert refusals[0][0] == 401
    assert (await own.ask("GET", f"/Users/{made['id']}")).status_code == 200
    assert await other.find(f'id eq "{made["id"]}"') == []
    for headers in ({}, {"Authorization": "Bearer "}, {"Authorization": "Basic eDp5"}):
        answer = await client.get(own.base + "/Users", headers=headers)
        assert answer.status_code == 401
        assert answer.headers["www-authenticate"].startswith("Bearer")

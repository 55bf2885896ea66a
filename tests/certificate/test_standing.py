"""A tenant that is suspended or has left: what it issued stays verifiable, what it earned is issued."""

from dataclasses import replace

import httpx
import pytest
from fastapi import FastAPI

from services.certificate.adapters.unit_of_work import PostgresUnitOfWork
from services.certificate.application.create_issuers import create_issuers
from services.certificate.application.issue_credentials import issue_credentials
from services.certificate.application.learn_people import learn_people
from services.certificate.application.record_awards import record_awards
from shared.clock import utc_now
from shared.database.unit_of_work import UnitsOfWork
from tests.certificate.builders import activated, completed, described
from tests.certificate.conftest import act_as
from tests.certificate.test_api import Issued, client, issued
from tests.support.problems import assert_problem

__all__ = ["client", "issued"]

Units = UnitsOfWork[PostgresUnitOfWork]


async def become(units: Units, issued: Issued, status: str, sequence: int) -> None:
    told = replace(activated(issued.tenant_id), status=status, sequence=sequence)
    async with units([issued.tenant_id]) as work:
        await create_issuers(work, [told], utc_now())


@pytest.mark.parametrize("status", ["suspended", "left"])
async def test_what_was_issued_stays_verifiable(
    client: httpx.AsyncClient, units: Units, issued: Issued, status: str
) -> None:
    await become(units, issued, status, 2)
    for address in (
        issued.public,
        f"{issued.public}/verification",
        f"/tenants/{issued.tenant_id}/did.json",
        f"/tenants/{issued.tenant_id}/status/1",
    ):
        assert (await client.get(address)).status_code == 200, address
    assert (await client.get(f"{issued.public}/verification")).json()["valid"]


async def test_who_is_suspended_reads_and_revokes_nothing(
    app: FastAPI, client: httpx.AsyncClient, units: Units, issued: Issued
) -> None:
    act_as(app, issued.tenant_id, "tenant-admin")
    revocation = {"reason": "issued by mistake"}
    await become(units, issued, "suspended", 2)
    await become(units, issued, "active", 1)  # late
    refused = await client.post(f"{issued.own}/revocation", json=revocation)
    assert_problem(refused, 403, "tenant_suspended")
    assert (await client.get(issued.own)).status_code == 200
    await become(units, issued, "left", 3)
    refused = await client.post(f"{issued.own}/revocation", json=revocation)
    assert_problem(refused, 403, "tenant_not_active")
    await become(units, issued, "active", 4)
    assert (await client.post(f"{issued.own}/revocation", json=revocation)).status_code == 200


@pytest.mark.parametrize("status", ["suspended", "left"])
async def test_what_was_completed_is_certified(units: Units, issued: Issued, status: str) -> None:
    await become(units, issued, status, 2)
    later = completed(tenant_id=issued.tenant_id, person_id=issued.person_id)
    async with units([issued.tenant_id]) as work:
        await learn_people(work, [described(issued.person_id, tenant_id=issued.tenant_id)])
        await record_awards(work, [later])
        assert await issue_credentials(work, utc_now(), 10) == 1

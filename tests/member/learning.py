"""Learning data for the suites: a tenant with its people, their accounts, job families and units."""

from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID, uuid4

import httpx
from sqlalchemy import text

from services.member.adapters.unit_of_work import PostgresUnitOfWork
from services.member.application.register_people import register_people
from services.member.domain.competence import Assessment, CompetenceModel, Instrument, Source
from shared.database.unit_of_work import UnitsOfWork
from shared.envelope import Cause
from tests.member.builders import NOW, active_tenant, registration
from tests.member.http import bearer

Units = UnitsOfWork[PostgresUnitOfWork]
TENANT, COMPETENCE = uuid4(), uuid4()
PEOPLE = ("anna", "ben", "cem", "dora", "ella", "felix")


def assessment(level: str | Decimal = "3", **changes: Any) -> Assessment:
    usual: dict[str, Any] = {
        "tenant_id": TENANT,
        "assessment_id": uuid4(),
        "person_id": uuid4(),
        "competence_id": COMPETENCE,
        "source": Source.SELF,
        "level": Decimal(level),
        "assessed_at": NOW,
        "recorded_at": changes.get("assessed_at", NOW),
    }
    return Assessment(**(usual | changes))


def measured(level: str, sem_levels: str, at: datetime = NOW, **changes: Any) -> Assessment:
    instrument = Instrument("Spiel", "1.0", Decimal(sem_levels))
    return assessment(
        level, source=Source.MEASUREMENT, instrument=instrument, assessed_at=at, **changes
    )


class Town:
    """A tenant and its people; everybody's account is called like its external id."""

    def __init__(self, tenant_id: UUID, people: dict[str, UUID], units: Units) -> None:
        self.tenant_id = tenant_id
        self.people = people
        self._units = units

    def headers(self, name: str, roles: str = "learner") -> dict[str, str]:
        return bearer(name, roles, str(self.tenant_id))

    async def run(self, statement: str, **values: Any) -> Any:
        async with self._units([self.tenant_id]) as work:
            values["tenant_id"] = self.tenant_id
            return await work.connection.execute(text(statement), values)

    async def make_family(self, *names: str) -> UUID:
        """A job family of these people."""
        family = uuid4()
        await self.run(
            "INSERT INTO job_family (tenant_id, job_family_id, key, name)"
            " VALUES (:tenant_id, :family, :key, 'Sachbearbeitung')",
            family=family,
            key=str(family),
        )
        await self.run(
            "UPDATE person SET job_family_id = :family WHERE person_id = ANY(:people)",
            family=family,
            people=[self.people[name] for name in names],
        )
        return family

    async def make_unit(self, leader: str, *names: str, parent: UUID | None = None) -> UUID:
        """A unit of these people, led by one."""
        unit = uuid4()
        await self.run(
            "INSERT INTO org_unit (tenant_id, unit_id, name, parent_id, version, created_at, changed_at)"
            " VALUES (:tenant_id, :unit, 'Amt', :parent, 1, now(), now())",
            unit=unit,
            parent=parent,
        )
        for table, members in (("unit_leader", [leader]), ("unit_member", names)):
            for name in members:
                await self.run(
                    f"INSERT INTO {table} (tenant_id, unit_id, person_id)"
                    " VALUES (:tenant_id, :unit, :person)",
                    unit=unit,
                    person=self.people[name],
                )
        return unit


async def make_town(units: Units, *names: str) -> Town:
    """A tenant with people who have accounts, and a competence model of its own."""
    tenant = active_tenant()
    model = CompetenceModel(
        tenant.tenant_id, uuid4(), is_shared=False, competence_ids=(COMPETENCE,)
    )
    async with units([tenant.tenant_id]) as work:
        await work.tenants.add(tenant)
        commands = [registration(name) for name in names]
        made = await register_people(work, tenant.tenant_id, commands, Cause("test"))
        await work.competences.learn([(model, 1)])
        await work.connection.execute(text("UPDATE person SET subject = external_id"))
    people = {name: each.person_id for name, each in zip(names, made, strict=True)}
    return Town(tenant.tenant_id, people, units)


def level(value: float, competence: object = COMPETENCE) -> dict[str, Any]:
    return {"levels": [{"competence_id": str(competence), "level": value}]}


async def say(client: httpx.AsyncClient, town: Town, name: str, value: float) -> None:
    answer = await client.post(
        "/v1/profile/assessments", json=level(value), headers=town.headers(name)
    )
    assert answer.status_code == 201, answer.text

"""Where the SCIM server reads and writes: this service's own use cases, in one transaction a request."""

from typing import Any
from uuid import UUID, uuid4

from scim2_models import (
    NotFoundException,
    NotImplementedException,
    PreconditionFailedException,
    Resource,
    ResourceType,
    ResponseParameters,
    SearchRequest,
)
from scim2_server.storage import AsyncScimStorage, SearchPage

from services.member.adapters.unit_of_work import PostgresUnitOfWork
from services.member.application.change_org_unit import (
    add_org_unit,
    change_org_unit,
    delete_org_unit,
)
from services.member.application.provision_person import (
    deprovision_person,
    provision_person,
    reprovision_person,
)
from services.member.domain.org_unit import OrgUnit
from services.member.domain.person import Person
from services.member.entrypoints.scim_models import PROVIDER
from services.member.entrypoints.scim_resources import group_of, person_of, unit_of, user_of
from shared.clock import utc_now
from shared.http.middleware import cause_of

USER = "User"


class TenantStorage(AsyncScimStorage):
    """One tenant's people and units. With `is_changing`, whatever is read stays as it is until the end."""

    def __init__(
        self, work: PostgresUnitOfWork, tenant_id: UUID, *, is_changing: bool = False
    ) -> None:
        self._work = work
        self._tenant_id = tenant_id
        self._is_changing = is_changing

    async def get(
        self,
        resource_type: ResourceType,
        resource_id: str,
        *,
        response_parameters: ResponseParameters[Any] | None = None,
    ) -> Resource[Any]:
        """A user or group. Raises NotFoundException."""
        del response_parameters  # the server leaves out what is not asked for
        if self._is_changing:
            await self._work.tenants.lock(self._tenant_id)
        if resource_type.name == USER:
            return await self._user(await self._person(resource_id))
        return await self._group(await self._unit(resource_id))

    async def search(
        self,
        resource_types: list[ResourceType],
        search_request: SearchRequest[Any],
        *,
        position: Any = None,
    ) -> SearchPage:
        """A page of users or of groups. Raises NotImplementedException for both at once."""
        del position  # there are no cursors
        if len(resource_types) != 1:
            raise NotImplementedException(detail="Search /Users or /Groups, not both at once.")
        model: Any = PROVIDER.model_for(resource_types[0])
        if resource_types[0].name != USER:
            total, found = await self._work.scim_queries.units(search_request, model)
            members = {each for unit in found for each in unit.members}
            names = await self._work.scim_queries.names_of(members)
            return SearchPage(total, [group_of(unit, names) for unit in found])
        total, people = await self._work.scim_queries.people(search_request, model)
        units = await self._work.scim_queries.units_of([each.person_id for each in people])
        users = [user_of(person, units.get(person.person_id, ())) for person in people]
        return SearchPage(total, users)

    async def create(self, resource_type: ResourceType, resource: Resource[Any]) -> Resource[Any]:
        """A new person or unit."""
        new_id = uuid4()
        if resource_type.name == USER:
            command = person_of(resource, self._tenant_id, new_id, cause_of(new_id), None)
            person = await provision_person(self._work, command, utc_now().date())
            return user_of(person, ())  # type: ignore[no-any-return]  # generic models are made at run time
        unit = unit_of(resource, self._tenant_id, new_id, None)
        return await self._group(await add_org_unit(self._work, unit))

    async def update(
        self,
        resource_type: ResourceType,
        resource: Resource[Any],
        *,
        expected_version: str | None = None,
    ) -> Resource[Any]:
        """The whole new state of a person or unit. Raises NotFoundException or PreconditionFailedException."""
        if resource_type.name == USER:
            kept = await self._person(str(resource.id))
            _require(kept, expected_version)
            cause = cause_of(kept.person_id)
            command = person_of(resource, self._tenant_id, kept.person_id, cause, kept)
            person = await reprovision_person(self._work, command, utc_now().date())
            return await self._user(person or kept)
        unit = await self._unit(str(resource.id))
        _require(unit, expected_version)
        asked = unit_of(resource, self._tenant_id, unit.unit_id, unit)
        return await self._group(await change_org_unit(self._work, asked) or unit)

    async def delete(
        self,
        resource_type: ResourceType,
        resource_id: str,
        *,
        expected_version: str | None = None,
    ) -> None:
        """A person leaves and is erased after the tenant's period; a unit is dissolved."""
        if resource_type.name == USER:
            person = await self._person(resource_id)
            _require(person, expected_version)
            cause = cause_of(person.person_id)
            await deprovision_person(
                self._work, self._tenant_id, person.person_id, cause, utc_now().date()
            )
            return
        unit = await self._unit(resource_id)
        _require(unit, expected_version)
        await delete_org_unit(self._work, self._tenant_id, unit.unit_id)

    async def _person(self, resource_id: str) -> Person:
        person = await self._work.people.get(_uuid(resource_id))
        if person is None or person.erase_on:
            raise NotFoundException
        return person

    async def _unit(self, resource_id: str) -> OrgUnit:
        unit = await self._work.org_units.get(_uuid(resource_id))
        if unit is None:
            raise NotFoundException
        return unit

    async def _user(self, person: Person) -> Resource[Any]:
        units = await self._work.scim_queries.units_of([person.person_id])
        return user_of(person, units.get(person.person_id, ()))  # type: ignore[no-any-return]  # as above

    async def _group(self, unit: OrgUnit) -> Resource[Any]:
        return group_of(unit, await self._work.scim_queries.names_of(unit.members))


def _uuid(resource_id: str) -> UUID:
    try:
        return UUID(resource_id)
    except ValueError as error:
        raise NotFoundException from error


def _require(kept: Person | OrgUnit, expected_version: str | None) -> None:
    if expected_version is not None and expected_version != f'W/"{kept.version}"':
        raise PreconditionFailedException

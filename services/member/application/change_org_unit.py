"""A tenant keeps its units: where they lie, who belongs to them, who leads them."""

from dataclasses import dataclass
from uuid import UUID

from services.member.application.ports import UnitOfWork
from services.member.application.register_people import require_active
from services.member.domain.org_unit import OrgUnit
from services.member.domain.people_errors import UnitHasChildrenError


@dataclass(frozen=True, slots=True)
class KeepOrgUnit:
    """A unit, wholly as it is to be."""

    tenant_id: UUID
    unit_id: UUID
    name: str
    external_id: str | None
    parent_id: UUID | None
    members: frozenset[UUID]
    leaders: frozenset[UUID]


async def add_org_unit(work: UnitOfWork, command: KeepOrgUnit) -> OrgUnit:
    """Keep a new unit.

    Raises UnitTreeError, ExternalIdTakenError or UnknownPersonError.
    """
    await require_active(work, command.tenant_id)
    unit = OrgUnit(
        command.tenant_id,
        command.unit_id,
        command.name,
        command.external_id,
        members=command.members,
        leaders=command.leaders,
    )
    if command.parent_id:
        unit.move(command.parent_id, await work.org_units.parents())
    unit.version = 1
    await work.org_units.save(unit)
    return unit


async def change_org_unit(work: UnitOfWork, command: KeepOrgUnit) -> OrgUnit | None:
    """Take over what is different; None when there is no such unit. Raises as add_org_unit."""
    await require_active(work, command.tenant_id)
    unit = await work.org_units.get(command.unit_id)
    if unit is None:
        return None
    unit.change(
        name=command.name,
        external_id=command.external_id,
        members=command.members,
        leaders=command.leaders,
    )
    if command.parent_id != unit.parent_id:
        unit.move(command.parent_id, await work.org_units.parents())
    if unit.is_changed:
        await work.org_units.save(unit)
    return unit


async def delete_org_unit(work: UnitOfWork, tenant_id: UUID, unit_id: UUID) -> bool:
    """Dissolve a unit, whose people stay; False when there is none. Raises UnitHasChildrenError."""
    await require_active(work, tenant_id)
    parents = await work.org_units.parents()
    if unit_id not in parents:
        return False
    if unit_id in parents.values():
        raise UnitHasChildrenError
    await work.org_units.delete(unit_id)
    return True

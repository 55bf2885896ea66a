"""What SCIM searches: the tenant's people and units, without those whom its directory deleted."""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from scim2_models import SearchRequest
from sqlalchemy import (
    Boolean,
    ColumnElement,
    Table,
    Text,
    cast,
    collate,
    func,
    literal,
    not_,
    select,
    true,
    type_coerce,
)
from sqlalchemy.dialects.postgresql import JSONB, JSONPATH
from sqlalchemy.ext.asyncio import AsyncConnection

from services.member.adapters import tables
from services.member.adapters.org_repository import OrgUnitRepository
from services.member.adapters.person_repository import person_of
from services.member.adapters.scim_filter import (
    PLAIN,
    Attribute,
    Scalar,
    Several,
    condition,
    order,
)
from services.member.domain.org_unit import OrgUnit
from services.member.domain.person import Person, Role

ENTERPRISE = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:user"
#: The parts of the enterprise extension that are kept, by their names in SCIM and in the row.
ENTERPRISE_FIELDS = {
    "employeenumber": "employee_number",
    "costcenter": "cost_center",
    "organization": "organization",
    "division": "division",
    "department": "department",
    "manager.value": "manager",
}


Page = tuple[int, list[UUID]]


class ScimQueries:
    """The searches on one connection."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def people(
        self, request: SearchRequest[Any], model: type[Any]
    ) -> tuple[int, Sequence[Person]]:
        """How many people match, and a page of them."""
        table = tables.person
        present = [table.c.erase_on.is_(None)]
        total, page = await self._search(table, table.c.person_id, present, request, model, _USER)
        query = select(table).where(table.c.person_id == func.any(page))
        rows = (await self._connection.execute(query)).mappings()
        found = {row["person_id"]: person_of(row) for row in rows}
        return total, [found[each] for each in page]

    async def units(
        self, request: SearchRequest[Any], model: type[Any]
    ) -> tuple[int, Sequence[OrgUnit]]:
        """How many units match, and a page of them."""
        table = tables.org_unit
        total, page = await self._search(table, table.c.unit_id, [], request, model, _GROUP)
        units = await OrgUnitRepository(self._connection).get_many(page)
        found = {unit.unit_id: unit for unit in units}
        return total, [found[each] for each in page]

    async def units_of(
        self, person_ids: Collection[UUID]
    ) -> Mapping[UUID, Sequence[tuple[UUID, str]]]:
        """The units that people belong to, by person: ids and names."""
        member, unit = tables.unit_member, tables.org_unit
        query = (
            select(member.c.person_id, unit.c.unit_id, unit.c.name)
            .join(
                unit,
                (unit.c.tenant_id == member.c.tenant_id) & (unit.c.unit_id == member.c.unit_id),
            )
            .where(member.c.person_id == func.any(list(person_ids)))
            .order_by(unit.c.name, unit.c.unit_id)
        )
        units: dict[UUID, list[tuple[UUID, str]]] = defaultdict(list)
        for row in await self._connection.execute(query):
            units[row.person_id].append((row.unit_id, row.name))
        return units

    async def names_of(self, person_ids: Collection[UUID]) -> Mapping[UUID, str]:
        """What people are called, by person."""
        if not person_ids:
            return {}
        person = tables.person.c
        full = func.btrim(func.concat(person.given_name, " ", person.family_name))
        name = func.coalesce(person.display_name, func.nullif(full, ""), person.user_name)
        query = select(person.person_id, name.label("name"))
        query = query.where(person.person_id == func.any(list(person_ids)))
        return {row.person_id: row.name for row in await self._connection.execute(query)}

    async def _search(
        self,
        table: Table,
        key: ColumnElement[UUID],
        conditions: Sequence[ColumnElement[bool]],
        request: SearchRequest[Any],
        model: type[Any],
        attributes: Mapping[str, Attribute],
    ) -> Page:
        if request.filter is not None:
            bound = request.filter
            conditions = [*conditions, condition(bound, attributes)]
        counted = select(func.count()).select_from(table).where(true(), *conditions)
        total = (await self._connection.execute(counted)).scalar_one()
        sorted_by = order(request, model, attributes)
        query = select(key).where(true(), *conditions)
        query = query.order_by(*([] if sorted_by is None else [sorted_by]), key)
        query = query.offset(request.start_index_0 or 0).limit(request.count)
        return total, list((await self._connection.execute(query)).scalars())


def _lower(column: ColumnElement[Any]) -> ColumnElement[str]:
    return func.lower(collate(column, PLAIN))


def _optional(column: ColumnElement[Any]) -> ColumnElement[str]:
    """Names are kept as empty where there are none."""
    return _lower(func.nullif(column, ""))


def _enterprise() -> Mapping[str, Scalar]:
    column = tables.person.c.enterprise
    return {
        f"{ENTERPRISE}:{name}": Scalar(
            column[key].astext if key == "manager" else _lower(column[key].astext),
            str,
            is_exact=key == "manager",
        )
        for name, key in ENTERPRISE_FIELDS.items()
    }


def _emails() -> Several:
    column = tables.person.c.emails
    rows = func.jsonb_array_elements(column).table_valued("value", name="address")
    item = type_coerce(rows.c.value, JSONB)
    primary = func.jsonb_path_query_first(column, cast("$[*] ? (@.primary == true)", JSONPATH))
    first = type_coerce(func.coalesce(primary, column[0]), JSONB)
    return Several(
        rows,
        true(),
        {
            "value": Scalar(_lower(item["value"].astext), str),
            "type": Scalar(_lower(item["type"].astext), str),
            "primary": Scalar(cast(item["primary"].astext, Boolean), bool),
        },
        {"value": _lower(first["value"].astext), "type": _lower(first["type"].astext)},
    )


def _roles() -> Several:
    """Everybody is a learner, so SCIM is not told of it."""
    rows = func.jsonb_array_elements_text(tables.person.c.roles).table_valued("value", name="role")
    return Several(
        rows, rows.c.value != Role.LEARNER, {"value": Scalar(_lower(rows.c.value), str)}, {}
    )


def _groups() -> Several:
    member, person = tables.unit_member.c, tables.person.c
    belongs = (member.tenant_id == person.tenant_id) & (member.person_id == person.person_id)
    value = Scalar(cast(member.unit_id, Text), str, is_exact=True)
    return Several(tables.unit_member, belongs, {"value": value}, {})


def _members() -> Several:
    member, unit = tables.unit_member.c, tables.org_unit.c
    belongs = (member.tenant_id == unit.tenant_id) & (member.unit_id == unit.unit_id)
    value = Scalar(cast(member.person_id, Text), str, is_exact=True)
    return Several(tables.unit_member, belongs, {"value": value}, {})


def _common(table: Table, key: ColumnElement[UUID], name: str) -> Mapping[str, Scalar]:
    version = func.concat('W/"', table.c.version, '"')
    return {
        "id": Scalar(cast(key, Text), str, is_exact=True),
        "externalid": Scalar(table.c.external_id, str, is_exact=True),
        "meta.resourcetype": Scalar(literal(name), str, is_exact=True),
        "meta.created": Scalar(table.c.created_at, datetime),
        "meta.lastmodified": Scalar(table.c.changed_at, datetime),
        "meta.version": Scalar(version, str, is_exact=True),
    }


_person = tables.person.c

_USER: Mapping[str, Attribute] = {
    **_common(tables.person, _person.person_id, "User"),
    "username": Scalar(_person.user_key, str),
    "name": Scalar(func.nullif(_person.given_name + _person.family_name, ""), str),
    "name.givenname": Scalar(_optional(_person.given_name), str),
    "name.familyname": Scalar(_optional(_person.family_name), str),
    "displayname": Scalar(_lower(_person.display_name), str),
    "active": Scalar(cast(not_(_person.has_left), Boolean), bool),
    "emails": _emails(),
    "roles": _roles(),
    "groups": _groups(),
    **_enterprise(),
}

_GROUP: Mapping[str, Attribute] = {
    **_common(tables.org_unit, tables.org_unit.c.unit_id, "Group"),
    "displayname": Scalar(_lower(tables.org_unit.c.name), str),
    "members": _members(),
}

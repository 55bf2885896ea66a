"""Everything that is kept of a tenant, table by table: what its export has, and what its deletion takes.

A table with a tenant's rows that is named here nowhere fails a test.
"""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import Table, select, text, tuple_
from sqlalchemy.ext.asyncio import AsyncConnection

from services.member.adapters import learning_tables, tables

#: What the export has, in this order, by the name of its lines. What was measured of a person is that
#: person's to fetch, not its employer's.
EXPORTED: Mapping[str, Table] = {
    "organisation": tables.tenant,
    "official_key": tables.tenant_key,
    "membership": tables.membership,
    "register_entry": tables.register_entry,
    "job_family": tables.job_family,
    "org_unit": tables.org_unit,
    "unit_member": tables.unit_member,
    "unit_leader": tables.unit_leader,
    "person": tables.person,
    "record": tables.person_record,
    "target_profile": learning_tables.target_profile,
    "mandatory_training": learning_tables.mandatory_training,
}
#: What the deletion takes, each table before what it refers to; people are erased before, one by one.
PURGED = (
    "assessment",
    "group_batch",
    "competence",
    "unit_leader",
    "unit_member",
    "org_unit",
    "person_due",
    "person_record",
    "person",
    "job_family",
    "people_policy",
    "mandatory_training",
    "learning_rules",
    "scim_token",
    "machine_client",
    "identity_link",
    "tenant_domain",
    "tenant_brand",
    "tenant_quota",
    "tenant_review",
    "idempotency_key",
)
#: What stays: the register of members, agreements that others are party to, what was done in the tenant
#: and by whom, all of it without a name of a person; and what its last steps need.
KEPT = (
    "tenant",
    "tenant_key",
    "membership",
    "register_entry",
    "agreement",
    "agreement_terms",
    "agreement_declaration",
    "target_profile",
    "reading",
    "audit_entry",
    "operator_access",
    "erased_person",
    "account_check",
    "onboarding_step",
    "onboarding_attempt",
)


class PostgresTenantData:
    """A tenant's data on one connection."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def purge(self, tenant_id: UUID) -> None:
        """Delete what nobody has to keep."""
        for name in PURGED:
            await self._connection.execute(
                text(f"DELETE FROM {name} WHERE tenant_id = :tenant_id"), {"tenant_id": tenant_id}
            )

    async def page(
        self, table: Table, tenant_id: UUID, after: Sequence[Any] | None, limit: int
    ) -> Sequence[Mapping[str, Any]]:
        """Rows of a table by primary key, those after a key."""
        keys = list(table.primary_key)
        query = select(table).where(table.c.tenant_id == tenant_id).order_by(*keys).limit(limit)
        if after:
            query = query.where(tuple_(*keys) > tuple_(*after))
        rows = (await self._connection.execute(query)).mappings()
        return [{str(name): value for name, value in row.items()} for row in rows]

"""Reading people straight from PostgreSQL: what many ask for, and often (ADR 0012)."""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

import asyncpg

# A person that was written before there were user names has the tenant's key for one.
_PERSON = """
SELECT person_id, external_id, given_name, family_name, email, roles,
       COALESCE(user_name, external_id) AS user_name, job_family_id, has_left, leaves_on, erase_on
FROM person WHERE tenant_id = $1
"""
_ONE = f"{_PERSON} AND person_id = $2"
_PAGE = f"{_PERSON} ORDER BY external_id, person_id LIMIT $2 OFFSET $3"


class PeopleReads:
    """The reads on one connection."""

    def __init__(self, connection: asyncpg.Connection) -> None:
        self._connection = connection

    async def person(self, tenant_id: UUID, person_id: UUID) -> Mapping[str, Any] | None:
        """A person; None when the tenant has no such person."""
        row = await self._connection.fetchrow(_ONE, tenant_id, person_id)
        return dict(row) if row else None

    async def people(self, tenant_id: UUID, limit: int, offset: int) -> Sequence[Mapping[str, Any]]:
        """A tenant's people, by external id."""
        return list(map(dict, await self._connection.fetch(_PAGE, tenant_id, limit, offset)))

"""Job families and leaders of the people that the transaction sees."""

from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

_HAS_FAMILY = text("SELECT EXISTS (SELECT FROM job_family WHERE job_family_id = :job_family_id)")
_FAMILY = text("SELECT job_family_id FROM person WHERE person_id = :person_id")
_LED = text(
    """
    WITH RECURSIVE led(tenant_id, unit_id) AS (
        SELECT tenant_id, unit_id FROM unit_leader WHERE person_id = :leader_id
        UNION
        SELECT below.tenant_id, below.unit_id
        FROM org_unit AS below JOIN led ON (below.tenant_id, below.parent_id) = (led.tenant_id, led.unit_id)
    )
    SELECT DISTINCT person_id
    FROM unit_member JOIN led USING (tenant_id, unit_id) JOIN person USING (tenant_id, person_id)
    WHERE person_id <> :leader_id AND NOT person.has_left
    """
)


class PostgresStaff:
    """The organisation as it is now."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def has_job_family(self, job_family_id: UUID) -> bool:
        """Whether the tenant has it."""
        found = await self._connection.scalar(_HAS_FAMILY, {"job_family_id": job_family_id})
        return bool(found)

    async def job_family_of(self, person_id: UUID) -> UUID | None:
        """What the person works as, if that is known."""
        found: UUID | None = await self._connection.scalar(_FAMILY, {"person_id": person_id})
        return found

    async def led_by(self, leader_id: UUID) -> frozenset[UUID]:
        """Who is there of the units that somebody leads, and of those below; never the leader."""
        rows = await self._connection.execute(_LED, {"leader_id": leader_id})
        return frozenset(rows.scalars())

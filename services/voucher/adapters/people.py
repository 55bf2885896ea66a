"""The copy of member's people, and how many there are."""

from collections.abc import Collection, Mapping, Sequence
from uuid import UUID

from sqlalchemy import RowMapping, func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from services.voucher.adapters import tables
from services.voucher.domain.person import Person
from shared.database.bulk import upsert


class PersonRepository:
    """People by their opaque ids; a tenant sees its own."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def get_many(self, person_ids: Collection[UUID]) -> Mapping[UUID, Person]:
        """People by id; one that is not known is missing from the answer."""
        table = tables.person
        rows = await self._connection.execute(
            select(table).where(table.c.person_id == func.any(list(person_ids)))
        )
        return {row["person_id"]: _person(row) for row in rows.mappings()}

    async def learn(self, people: Sequence[tuple[Person, int]]) -> None:
        """Keep people; what is older than what is kept changes nothing."""
        rows = [
            {
                "tenant_id": person.tenant_id,
                "person_id": person.person_id,
                "roles": sorted(person.roles),
                "is_there": person.is_there,
                "version": sequence,
            }
            for person, sequence in people
        ]
        await upsert(self._connection, tables.person, rows, newer_by="version", or_as_new=True)


def _person(row: RowMapping) -> Person:
    return Person(row["tenant_id"], row["person_id"], frozenset(row["roles"]), row["is_there"])

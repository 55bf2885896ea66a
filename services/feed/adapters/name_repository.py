"""Names of people on PostgreSQL: a copy of member's, of the tenants that agreed to named people."""

from collections.abc import Collection, Sequence
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from services.feed.adapters import tables
from services.feed.contracts.topics import PEOPLE
from services.feed.domain.person_name import NamedPerson
from shared.database.bulk import Row, upsert
from shared.inbox import replay

# Locked, so that nobody withdraws an agreement while names are kept because of it.
_AGREED = text(
    """
    SELECT tenant_id FROM subscription
    WHERE tenant_id = ANY(CAST(:tenants AS uuid[])) AND named_people_agreed_at IS NOT NULL
    ORDER BY tenant_id, subscription_id FOR SHARE
    """
)
_FORGET = text(
    """
    DELETE FROM person_name WHERE tenant_id = :tenant_id AND NOT EXISTS (
        SELECT FROM subscription
        WHERE subscription.tenant_id = :tenant_id AND named_people_agreed_at IS NOT NULL
    )
    """
)


class NameRepository:
    """The names of the people of the tenants that the transaction acts for."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def agreed(self, tenant_ids: Collection[UUID]) -> Collection[UUID]:
        """Those of these tenants that agreed to named people, for whatever subscription."""
        rows = await self._connection.execute(_AGREED, {"tenants": list(tenant_ids)})
        return set(rows.scalars())

    async def learn(self, people: Sequence[tuple[NamedPerson, int]]) -> None:
        """Keep names; what is older than what is kept changes nothing.

        What erases a name is kept too, without one, so that a replay of what was before brings nothing back.
        """
        await upsert(
            self._connection,
            tables.person_name,
            (_row(person, sequence) for person, sequence in people),
            newer_by="sequence",
            or_as_new=True,
        )

    async def forget_unless_agreed(self, tenant_id: UUID) -> None:
        """Keep no name of a tenant of which no subscription has an agreement any more."""
        await self._connection.execute(_FORGET, {"tenant_id": tenant_id})

    async def ask_again(self) -> None:
        """Have a worker read all names again, once this is committed."""
        reason = "an agreement on named fields begins"
        await replay.plan(self._connection, PEOPLE, reason=reason, by="feed")


def _row(person: NamedPerson, sequence: int) -> Row:
    name = person.name
    return {
        "tenant_id": person.tenant_id,
        "person_id": person.person_id,
        "given_name": name.given_name if name else None,
        "family_name": name.family_name if name else None,
        "email": name.email if name else None,
        "sequence": sequence,
    }

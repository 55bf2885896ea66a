"""People on PostgreSQL, each with the day on which something is due."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from asyncpg.exceptions import CheckViolationError
from sqlalchemy import RowMapping, Select, delete, func, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncConnection

from services.member.adapters import tables
from services.member.adapters.account_repository import check_accounts
from services.member.contracts.topics import MEMBER_PEOPLE
from services.member.domain.account import Account, EmailEntry
from services.member.domain.people_errors import (
    ExternalIdTakenError,
    TooManyPeopleError,
    UnknownJobFamilyError,
    UserNameTakenError,
)
from services.member.domain.person import Description, ErasureReason, Person, Role
from shared.clock import utc_now
from shared.database.bulk import Row, insert, upsert
from shared.outbox import archive

#: What violates a constraint, by a part of its name.
_TAKEN = {
    "person_external_id": ExternalIdTakenError,
    "person_user_key": UserNameTakenError,
    "person_tenant_id_job_family_id_fkey": UnknownJobFamilyError,
}


class PersonRepository:
    """People. Unique indexes guard what is the tenant's only one, a trigger how many it may have."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def get(self, person_id: UUID) -> Person | None:
        """A person."""
        people = await self._find(select(tables.person).where(_is_one_of([person_id])))
        return people[0] if people else None

    async def get_many(self, person_ids: Collection[UUID]) -> list[Person]:
        """People; one that is not there is missing from the answer."""
        return await self._find(select(tables.person).where(_is_one_of(person_ids)))

    async def some(self, tenant_id: UUID, limit: int) -> Sequence[UUID]:
        """The ids of some of the tenant's people, as long as there are any; for doing something to all."""
        table = tables.person
        query = select(table.c.person_id).where(table.c.tenant_id == tenant_id).limit(limit)
        return (await self._connection.execute(query)).scalars().all()

    async def by_external_ids(
        self, tenant_id: UUID, external_ids: Collection[str]
    ) -> Mapping[str, Person]:
        """People by the tenant's own keys; one that is new is missing from the answer."""
        found = await self._present(tenant_id, tables.person.c.external_id, external_ids)
        return {str(person.external_id): person for person in found}

    async def by_user_keys(
        self, tenant_id: UUID, user_keys: Collection[str]
    ) -> Mapping[str, Person]:
        """People by their user names as those are compared."""
        found = await self._present(tenant_id, tables.person.c.user_key, user_keys)
        return {person.account.key: person for person in found}

    async def by_subject(self, tenant_id: UUID, subject: str) -> Person | None:
        """The person whose account has this token subject."""
        table = tables.person
        query = select(table).where(table.c.tenant_id == tenant_id, table.c.subject == subject)
        people = await self._find(query)
        return people[0] if people else None

    async def by_email(self, tenant_id: UUID, email: str) -> Sequence[Person]:
        """Up to two people with an address, whatever its capitals: one is who is meant."""
        table = tables.person
        same = func.lower(table.c.email) == func.lower(email)
        query = select(table).where(table.c.tenant_id == tenant_id, same, ~table.c.has_left)
        return await self._find(query.limit(2))

    async def link(self, person: Person) -> bool:
        """Keep whose account it is, if the person has none; its roles will follow. Returns whether it is kept."""
        table = tables.person
        own = (table.c.tenant_id == person.tenant_id, table.c.person_id == person.person_id)
        linked = await self._connection.execute(
            update(table)
            .where(*own, table.c.subject.is_(None))
            .values({table.c.subject: person.subject})
        )
        await check_accounts(self._connection, [person.person_id])
        return bool(linked.rowcount)

    async def save(self, people: Collection[Person]) -> None:
        """Keep new and changed people; their changes have been told, and their accounts will follow.

        Raises UserNameTakenError, ExternalIdTakenError, UnknownJobFamilyError or, however many come at
        once, TooManyPeopleError.
        """
        changed = [person for person in people if person.is_changed]
        now = utc_now()
        for person in changed:
            person.created_at = person.created_at or now
            person.changed_at = now
        known = [person for person in changed if person.version > 1]
        try:
            await upsert(self._connection, tables.person, map(_person_row, changed))
        except IntegrityError as error:
            raise _translated(error) from error
        await check_accounts(self._connection, [each.person_id for each in changed if each.subject])
        await self._note_due([person for person in changed if person.leaves_on], known)
        for person in changed:
            person.changes.clear()
            person.is_changed = False

    async def erase(
        self, tenant_id: UUID, person_ids: Collection[UUID], reason: ErasureReason, now: datetime
    ) -> None:
        """Keep nothing of people but that these ids were erased, neither here nor in the archive of events."""
        rows = [
            {"tenant_id": tenant_id, "person_id": each, "reason": reason, "erased_at": now}
            for each in person_ids
        ]
        await insert(self._connection, tables.erased_person, rows)
        await check_accounts(self._connection, person_ids)
        await self._connection.execute(delete(tables.person).where(_is_one_of(person_ids)))
        keys = [f"{tenant_id}:{each}" for each in person_ids]
        await archive.forget(self._connection, MEMBER_PEOPLE.name, keys)

    async def erased(self, person_ids: Collection[UUID]) -> Collection[UUID]:
        """Those of these people who were erased."""
        table = tables.erased_person
        query = select(table.c.person_id).where(table.c.person_id == func.any(list(person_ids)))
        return set((await self._connection.execute(query)).scalars())

    async def erase_after_days(self, tenant_id: UUID) -> int | None:
        """How long the tenant keeps whom its directory deleted; None when it has not said."""
        table = tables.people_policy
        query = select(table.c.erase_after_days).where(table.c.tenant_id == tenant_id)
        days: int | None = (await self._connection.execute(query)).scalar_one_or_none()
        return days

    async def keep_for_days(self, tenant_id: UUID, days: int) -> None:
        """Keep how long."""
        row = {"tenant_id": tenant_id, "erase_after_days": days}
        await upsert(self._connection, tables.people_policy, [row])

    async def _note_due(self, due: list[Person], known: list[Person]) -> None:
        table = tables.person_due
        if known:
            ids = [person.person_id for person in known]
            await self._connection.execute(delete(table).where(table.c.person_id == func.any(ids)))
        await insert(self._connection, table, filter(None, map(_due_row, due)))

    async def _present(
        self, tenant_id: UUID, column: Any, values: Collection[str]
    ) -> Iterable[Person]:
        """Those whom the tenant's directory has not deleted."""
        table = tables.person
        return await self._find(
            select(table).where(
                table.c.tenant_id == tenant_id,
                column == func.any(list(values)),
                table.c.erase_on.is_(None),
            )
        )

    async def _find(self, query: Select[Any]) -> list[Person]:
        return [person_of(row) for row in (await self._connection.execute(query)).mappings()]


def _is_one_of(person_ids: Collection[UUID]) -> Any:
    return tables.person.c.person_id == func.any(list(person_ids))


def _translated(error: IntegrityError) -> Exception:
    violated = getattr(error.orig, "__cause__", None)
    if isinstance(violated, CheckViolationError) and violated.constraint_name == "people_quota":
        return TooManyPeopleError(int(violated.detail))
    return next((made() for name, made in _TAKEN.items() if name in str(error.orig)), error)


def person_of(row: RowMapping) -> Person:
    """The person in a row. One that was written before there were user names has the tenant's key for one."""
    return Person(
        tenant_id=row["tenant_id"],
        person_id=row["person_id"],
        external_id=row["external_id"],
        description=Description(row["given_name"], row["family_name"], row["email"]),
        roles=frozenset(map(Role, row["roles"])),
        account=Account(
            user_name=row["user_name"] or row["external_id"],
            display_name=row["display_name"],
            emails=tuple(
                EmailEntry(each["value"], each.get("type"), each.get("primary"))
                for each in row["emails"]
            ),
            enterprise=row["enterprise"],
        ),
        job_family_id=row["job_family_id"],
        leaves_on=row["leaves_on"],
        has_left=row["has_left"],
        erase_on=row["erase_on"],
        registrations=row["registrations"],
        descriptions=row["descriptions"],
        version=row["version"],
        created_at=row["created_at"],
        changed_at=row["changed_at"],
        subject=row["subject"],
    )


def _person_row(person: Person) -> Row:
    account = person.account
    return {
        "tenant_id": person.tenant_id,
        "person_id": person.person_id,
        "external_id": person.external_id,
        "user_name": account.user_name,
        "user_key": account.key,
        "display_name": account.display_name,
        "given_name": person.description.given_name,
        "family_name": person.description.family_name,
        "email": person.description.email,
        "emails": [
            {"value": each.value, "type": each.type, "primary": each.primary}
            for each in account.emails
        ],
        "enterprise": dict(account.enterprise),
        "roles": sorted(person.roles),
        "job_family_id": person.job_family_id,
        "leaves_on": person.leaves_on,
        "has_left": person.has_left,
        "erase_on": person.erase_on,
        "registrations": person.registrations,
        "descriptions": person.descriptions,
        "version": person.version,
        "created_at": person.created_at,
        "changed_at": person.changed_at,
    }


def _due_row(person: Person) -> Row | None:
    due_on = person.erase_on if person.has_left else person.leaves_on
    if due_on is None:
        return None
    return {"tenant_id": person.tenant_id, "person_id": person.person_id, "due_on": due_on}

"""The ports on PostgreSQL."""

from collections.abc import Collection, Mapping
from uuid import UUID

from sqlalchemy import RowMapping, func, select, tuple_
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncConnection

from services.member.adapters import tables
from services.member.domain.area import Areas, Region, State
from services.member.domain.errors import OfficialKeyTakenError
from services.member.domain.onboarding import Onboarding, Step
from services.member.domain.organisation import Kind, OfficialKey, Organisation
from services.member.domain.person import Description, Person, Role
from services.member.domain.record import Certificate, Completion, PersonRecord
from services.member.domain.tenant import Status, Tenant
from shared.database.bulk import Row, insert, upsert

#: The unique index that keeps two organisations with one official key from applying.
ONE_PER_KEY = "tenant_one_per_key"


class TenantRepository:
    """Tenants, one row each."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def add(self, tenant: Tenant) -> None:
        """Keep a new application. Raises OfficialKeyTakenError, however many apply at once."""
        try:
            await insert(self._connection, tables.tenant, [_tenant_row(tenant)])
        except IntegrityError as error:
            if ONE_PER_KEY in str(error.orig):
                raise OfficialKeyTakenError from error
            raise

    async def get(self, tenant_id: UUID) -> Tenant | None:
        """A tenant as it is now, without a lock."""
        query = select(tables.tenant).where(tables.tenant.c.tenant_id == tenant_id)
        row = (await self._connection.execute(query)).mappings().first()
        return tenant_of(row) if row else None

    async def lock(self, tenant_id: UUID) -> Tenant | None:
        """A tenant that nobody else changes, nor its people, until the unit of work ends."""
        query = select(tables.tenant).where(tables.tenant.c.tenant_id == tenant_id)
        rows = await self._connection.execute(query.with_for_update(key_share=True))
        row = rows.mappings().first()
        return tenant_of(row) if row else None

    async def save(self, tenant: Tenant) -> None:
        """Keep what became of a locked tenant."""
        await upsert(self._connection, tables.tenant, [_tenant_row(tenant)])


class PersonRepository:
    """People; the tenant's lock keeps two from registering the same person."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def get(self, person_id: UUID) -> Person | None:
        """A person."""
        query = select(tables.person).where(tables.person.c.person_id == person_id)
        row = (await self._connection.execute(query)).mappings().first()
        return person_of(row) if row else None

    async def by_external_ids(
        self, tenant_id: UUID, external_ids: Collection[str]
    ) -> Mapping[str, Person]:
        """People by the tenant's own keys; one that is new is missing from the answer."""
        table = tables.person
        query = select(table).where(
            table.c.tenant_id == tenant_id, table.c.external_id == func.any(list(external_ids))
        )
        rows = (await self._connection.execute(query)).mappings()
        return {row["external_id"]: person_of(row) for row in rows}

    async def save(self, people: Collection[Person]) -> None:
        """Keep new and changed people; their changes have been told."""
        changed = [person for person in people if person.changes]
        await upsert(self._connection, tables.person, map(_person_row, changed))
        for person in changed:
            person.changes.clear()


class RecordRepository:
    """What people completed."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def lock(
        self, bookings: Mapping[tuple[UUID, UUID], UUID]
    ) -> Mapping[tuple[UUID, UUID], PersonRecord]:
        """Locked records by tenant and booking, for the person given; an empty one is made if none is there."""
        if not bookings:
            return {}
        table = tables.person_record
        # Writing the row is what locks it, also where there was none; sorted, so that nobody deadlocks.
        rows = [
            {"tenant_id": tenant_id, "booking_id": booking_id, "person_id": bookings[key]}
            for key in sorted(bookings)
            for tenant_id, booking_id in [key]
        ]
        await upsert(self._connection, table, rows)
        query = select(table).where(tuple_(table.c.tenant_id, table.c.booking_id).in_(bookings))
        found = (await self._connection.execute(query)).mappings()
        return {(row["tenant_id"], row["booking_id"]): record_of(row) for row in found}

    async def save(self, records: Collection[PersonRecord]) -> None:
        """Keep locked records."""
        await upsert(self._connection, tables.person_record, map(_record_row, records))


class AreaRepository:
    """The states and regions that the migrations brought."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def get(self) -> Areas:
        """All of them."""
        states = await self._connection.execute(select(tables.state).order_by(tables.state.c.code))
        regions = await self._connection.execute(
            select(tables.region).order_by(tables.region.c.code)
        )
        return Areas(
            {row.code: State(row.code, row.name, row.key_prefix) for row in states},
            {row.code: Region(row.code, row.name, frozenset(row.states)) for row in regions},
        )


def tenant_of(row: RowMapping) -> Tenant:
    """The tenant in a row."""
    return Tenant(
        tenant_id=row["tenant_id"],
        organisation=_organisation(row),
        contact_email=row["contact_email"],
        applicant=row["applicant"],
        applied_at=row["applied_at"],
        status=Status(row["status"]),
        reason=row["reason"],
        decided_at=row["decided_at"],
        active_at=row["active_at"],
        onboarding=Onboarding(
            done=[Step(step) for step in row["steps_done"]],
            organization_id=row["organization_id"],
            attempts=row["attempts"],
            last_error=row["last_error"],
            due_at=row["due_at"],
        ),
        version=row["version"],
    )


def _organisation(row: RowMapping) -> Organisation:
    return Organisation(
        name=row["name"],
        kind=Kind(row["kind"]),
        official_key=OfficialKey(row["official_key"]) if row["official_key"] else None,
        state=row["state"],
        regions=frozenset(row["regions"]),
    )


def _tenant_row(tenant: Tenant) -> Row:
    organisation, onboarding = tenant.organisation, tenant.onboarding
    key = organisation.official_key
    return {
        "tenant_id": tenant.tenant_id,
        "name": organisation.name,
        "kind": organisation.kind,
        "official_key": key.digits if key else None,
        "key_identity": key.identity if key else None,
        "state": organisation.state,
        "regions": sorted(organisation.regions),
        "contact_email": tenant.contact_email,
        "applicant": tenant.applicant,
        "status": tenant.status,
        "reason": tenant.reason,
        "applied_at": tenant.applied_at,
        "decided_at": tenant.decided_at,
        "active_at": tenant.active_at,
        "steps_done": onboarding.done,
        "organization_id": onboarding.organization_id,
        "attempts": onboarding.attempts,
        "last_error": onboarding.last_error,
        "due_at": onboarding.due_at,
        "version": tenant.version,
    }


def person_of(row: RowMapping) -> Person:
    """The person in a row."""
    return Person(
        tenant_id=row["tenant_id"],
        person_id=row["person_id"],
        external_id=row["external_id"],
        description=Description(row["given_name"], row["family_name"], row["email"]),
        roles=frozenset(map(Role, row["roles"])),
        registrations=row["registrations"],
        descriptions=row["descriptions"],
    )


def _person_row(person: Person) -> Row:
    return {
        "tenant_id": person.tenant_id,
        "person_id": person.person_id,
        "external_id": person.external_id,
        "given_name": person.description.given_name,
        "family_name": person.description.family_name,
        "email": person.description.email,
        "roles": sorted(person.roles),
        "registrations": person.registrations,
        "descriptions": person.descriptions,
    }


def record_of(row: RowMapping) -> PersonRecord:
    """The record in a row."""
    record = PersonRecord(row["tenant_id"], row["booking_id"], row["person_id"])
    if row["completed_at"]:
        record.completion = Completion(row["completed_at"], row["title"])
    if row["credential_issued_at"]:
        record.certificate = Certificate(row["credential_issued_at"], row["credential_url"])
    return record


def _record_row(record: PersonRecord) -> Row:
    completion, certificate = record.completion, record.certificate
    return {
        "tenant_id": record.tenant_id,
        "booking_id": record.booking_id,
        "person_id": record.person_id,
        "title": completion.title if completion else None,
        "completed_at": completion.completed_at if completion else None,
        "credential_url": certificate.url if certificate else None,
        "credential_issued_at": certificate.issued_at if certificate else None,
    }

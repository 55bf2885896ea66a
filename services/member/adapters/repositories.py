"""The ports on PostgreSQL."""

from collections.abc import Collection, Mapping
from uuid import UUID

from sqlalchemy import RowMapping, bindparam, delete, func, select, tuple_
from sqlalchemy.ext.asyncio import AsyncConnection

from services.member.adapters import tables
from services.member.domain.errors import OfficialKeyTakenError
from services.member.domain.organisation import Kind, OfficialKey, Organisation
from services.member.domain.record import Certificate, Completion, PersonRecord
from services.member.domain.tenant import Notice, Party, Status, Suspension, Tenant
from shared.database.bulk import Row, insert, upsert
from shared.database.constraints import violations_mean

#: What keeps two organisations from having one official key: now, and at any time.
ONE_HOLDER = {
    "tenant_one_per_key": OfficialKeyTakenError,
    "tenant_key_one_holder": OfficialKeyTakenError,
}

#: Made once: it is asked with every person that a directory creates.
_GET_TENANT = select(tables.tenant).where(tables.tenant.c.tenant_id == bindparam("id"))


class TenantRepository:
    """Tenants, one row each."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def add(self, tenant: Tenant) -> None:
        """Keep a new application. Raises OfficialKeyTakenError, however many apply at once."""
        with violations_mean(ONE_HOLDER):
            await insert(self._connection, tables.tenant, [_tenant_row(tenant)])

    async def get(self, tenant_id: UUID) -> Tenant | None:
        """A tenant as it is now, without a lock."""
        row = (await self._connection.execute(_GET_TENANT, {"id": tenant_id})).mappings().first()
        return tenant_of(row) if row else None

    async def lock(self, tenant_id: UUID) -> Tenant | None:
        """A tenant that nobody else changes, nor its people, until the unit of work ends."""
        query = select(tables.tenant).where(tables.tenant.c.tenant_id == tenant_id)
        rows = await self._connection.execute(query.with_for_update(key_share=True))
        row = rows.mappings().first()
        return tenant_of(row) if row else None

    async def save(self, tenant: Tenant) -> None:
        """Keep what became of a locked tenant. Raises OfficialKeyTakenError."""
        with violations_mean(ONE_HOLDER):
            await upsert(self._connection, tables.tenant, [_tenant_row(tenant)])


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

    async def erase(self, person_ids: Collection[UUID]) -> None:
        """Keep nothing of what these people completed."""
        table = tables.person_record
        await self._connection.execute(
            delete(table).where(table.c.person_id == func.any(list(person_ids)))
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
        organization_id=row["organization_id"],
        version=row["version"],
        shares=row["shares"],
        suspension=_suspension(row),
        notice=_notice(row),
        left_at=row["left_at"],
        last_export_day=row["last_export_day"],
        deleted_at=row["deleted_at"],
    )


def _suspension(row: RowMapping) -> Suspension | None:
    since = row["suspended_at"]
    return Suspension(row["suspension_reason"], since) if since else None


def _notice(row: RowMapping) -> Notice | None:
    if row["notice_by"] is None:
        return None
    return Notice(
        Party(row["notice_by"]), row["notice_reason"], row["notice_given_at"], row["last_day"]
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
    organisation = tenant.organisation
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
        "organization_id": tenant.organization_id,
        "version": tenant.version,
        "shares": tenant.shares,
        **_ending_row(tenant),
    }


def _ending_row(tenant: Tenant) -> Row:
    suspension, notice = tenant.suspension, tenant.notice
    return {
        "suspended_at": suspension.since if suspension else None,
        "suspension_reason": suspension.reason if suspension else None,
        "notice_by": notice.by if notice else None,
        "notice_reason": notice.reason if notice else None,
        "notice_given_at": notice.given_at if notice else None,
        "last_day": notice.last_day if notice else None,
        "left_at": tenant.left_at,
        "last_export_day": tenant.last_export_day,
        "deleted_at": tenant.deleted_at,
    }


def record_of(row: RowMapping) -> PersonRecord:
    """The record in a row."""
    record = PersonRecord(row["tenant_id"], row["booking_id"], row["person_id"])
    if row["completed_at"]:
        record.completion = Completion(row["completed_at"], row["title"], row["offer_id"])
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
        "offer_id": completion.offer_id if completion else None,
        "completed_at": completion.completed_at if completion else None,
        "credential_url": certificate.url if certificate else None,
        "credential_issued_at": certificate.issued_at if certificate else None,
    }

"""The ports on PostgreSQL."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import RowMapping, and_, func, select, tuple_
from sqlalchemy.dialects.postgresql import insert as insert_or
from sqlalchemy.ext.asyncio import AsyncConnection

from services.certificate.adapters import tables
from services.certificate.application.ports import PersonKey
from services.certificate.domain.achievement import Achievement
from services.certificate.domain.addresses import Addresses
from services.certificate.domain.award import Award, AwardState, Origin, Provider, Recipient
from services.certificate.domain.credential import Credential
from services.certificate.domain.issuer import Issuer, IssuerProfile, SealedKey
from services.certificate.domain.status_list import StatusList
from shared.database.bulk import Row, insert, upsert


class IssuerRepository:
    """The copy of member's tenants, and their keys."""

    def __init__(self, connection: AsyncConnection, addresses: Addresses) -> None:
        self._connection = connection
        self._addresses = addresses

    async def learn(self, tenants: Sequence[tuple[IssuerProfile, str, int]]) -> None:
        """Keep tenants; what is older than what is kept changes nothing."""
        rows = [
            {
                "tenant_id": profile.tenant_id,
                "name": profile.name,
                "status": status,
                "version": version,
            }
            for profile, status, version in tenants
        ]
        await upsert(self._connection, tables.tenant, rows, newer_by="version")

    async def add_keys(self, keys: Sequence[SealedKey], now: datetime) -> Collection[UUID]:
        """Keep first keys; a tenant that got one from another worker meanwhile keeps that."""
        if not keys:
            return set()
        statement = (
            insert_or(tables.issuer_key)
            .values([_key_row(key, now) for key in keys])
            .on_conflict_do_nothing()
            .returning(tables.issuer_key.c.tenant_id)
        )
        return set((await self._connection.execute(statement)).scalars())

    async def get_many(self, tenant_ids: Collection[UUID]) -> Mapping[UUID, Issuer]:
        """Issuers by tenant, with the key in use."""
        key, tenant, brand = tables.issuer_key, tables.tenant, tables.tenant_brand
        query = (
            select(key, tenant.c.name, brand.c.logo.is_not(None).label("has_logo"))
            .join(tenant, tenant.c.tenant_id == key.c.tenant_id)
            .outerjoin(brand, brand.c.tenant_id == key.c.tenant_id)
            .where(tenant.c.tenant_id == func.any(list(tenant_ids)), key.c.retired_at.is_(None))
        )
        rows = (await self._connection.execute(query)).mappings()
        return {row["tenant_id"]: self._issuer(row) for row in rows}

    async def keys(self, tenant_id: UUID) -> Sequence[SealedKey]:
        """Every key that the tenant ever signed with, the newest first."""
        table = tables.issuer_key
        query = (
            select(table)
            .where(table.c.tenant_id == tenant_id)
            .order_by(table.c.created_at.desc(), table.c.key_id)
        )
        return [_key(row) for row in (await self._connection.execute(query)).mappings()]

    def _issuer(self, row: RowMapping) -> Issuer:
        profile = self._addresses.issuer(row["tenant_id"], row["name"], has_logo=row["has_logo"])
        return Issuer(profile, _key(row))


class PersonRepository:
    """The copy of how member's people are called and written to."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def learn(self, people: Sequence[tuple[PersonKey, Recipient | None, int]]) -> None:
        """Keep people; what is older than what is kept changes nothing."""
        rows = [_person_row(key, recipient, version) for key, recipient, version in people]
        await upsert(self._connection, tables.person, rows, newer_by="version", or_as_new=True)

    async def get_many(self, keys: Collection[PersonKey]) -> Mapping[PersonKey, Recipient]:
        """People by key, without those that are erased."""
        table = tables.person
        query = select(table).where(
            tuple_(table.c.tenant_id, table.c.person_id).in_(keys), table.c.email.is_not(None)
        )
        rows = (await self._connection.execute(query)).mappings()
        return {
            (row["tenant_id"], row["person_id"]): Recipient(row["name"], row["email"])
            for row in rows
        }


class AwardRepository:
    """Awards, from the completion on."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def add(self, awards: Collection[Award]) -> None:
        """Keep new awards; one that is there already is as new, and stays as it is."""
        await upsert(self._connection, tables.award, _award_rows(awards), newer_by="version")

    async def lock_ready(self, limit: int) -> Sequence[Award]:
        """Pending awards whose person and issuer's key are known, the oldest first, locked."""
        award, person, key = tables.award, tables.person, tables.issuer_key
        is_theirs = and_(
            person.c.tenant_id == award.c.tenant_id, person.c.person_id == award.c.person_id
        )
        query = (
            select(award)
            .join(person, is_theirs)
            .join(key, key.c.tenant_id == award.c.tenant_id)
            .where(
                award.c.state == AwardState.PENDING,
                person.c.email.is_not(None),
                key.c.retired_at.is_(None),
            )
            .order_by(award.c.completed_at, award.c.award_id)
            .limit(limit)
            .with_for_update(of=award, skip_locked=True)
        )
        return [award_of(row) for row in (await self._connection.execute(query)).mappings()]

    async def lock_credential(self, credential_id: UUID) -> Award | None:
        """The award that became this credential, locked."""
        query = select(tables.award).where(tables.award.c.credential_id == credential_id)
        rows = await self._connection.execute(query.with_for_update())
        row = rows.mappings().first()
        return award_of(row) if row else None

    async def places(self, tenant_id: UUID, list_id: int) -> set[int]:
        """The places of a status list that are taken."""
        table = tables.award
        query = select(table.c.status_index).where(
            table.c.tenant_id == tenant_id, table.c.list_id == list_id
        )
        return set((await self._connection.execute(query)).scalars())

    async def save(self, awards: Collection[Award]) -> None:
        """Keep changed awards."""
        await upsert(self._connection, tables.award, _award_rows(awards))


class CredentialRepository:
    """The signed bytes; the database refuses to change them."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def add(self, credentials: Collection[Credential]) -> None:
        """Keep new credentials."""
        rows = [
            {
                "tenant_id": each.tenant_id,
                "credential_id": each.credential_id,
                "award_id": each.award_id,
                "document": each.document,
            }
            for each in credentials
        ]
        await insert(self._connection, tables.credential, rows)

    async def get(self, credential_id: UUID) -> Credential | None:
        """A credential."""
        query = select(tables.credential).where(tables.credential.c.credential_id == credential_id)
        row = (await self._connection.execute(query)).mappings().first()
        return Credential(**row) if row else None


class StatusListRepository:
    """The bits, and the signed lists that publish them."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def open(self, status_list: StatusList) -> None:
        """Keep a new list; one that is there already stays as it is."""
        statement = insert_or(tables.status_list).values(_status_list_row(status_list))
        await self._connection.execute(statement.on_conflict_do_nothing())

    async def newest(self, tenant_id: UUID) -> int | None:
        """The id of the list that the tenant fills now."""
        table = tables.status_list
        query = select(func.max(table.c.list_id)).where(table.c.tenant_id == tenant_id)
        newest: int | None = (await self._connection.execute(query)).scalar_one()
        return newest

    async def get(self, tenant_id: UUID, list_id: int) -> StatusList | None:
        """A list as it is now, without a lock."""
        return await self._find(tenant_id, list_id, lock=False)

    async def lock(self, tenant_id: UUID, list_id: int) -> StatusList | None:
        """A list that nobody else changes until the unit of work ends; awards may join it."""
        return await self._find(tenant_id, list_id, lock=True)

    async def save(self, status_list: StatusList) -> None:
        """Keep a changed list."""
        await upsert(self._connection, tables.status_list, [_status_list_row(status_list)])

    async def _find(self, tenant_id: UUID, list_id: int, *, lock: bool) -> StatusList | None:
        table = tables.status_list
        query = select(table).where(table.c.tenant_id == tenant_id, table.c.list_id == list_id)
        if lock:
            query = query.with_for_update(key_share=True)
        row = (await self._connection.execute(query)).mappings().first()
        return StatusList(**row) if row else None


def award_of(row: RowMapping) -> Award:
    """The award in a row."""
    return Award(
        tenant_id=row["tenant_id"],
        award_id=row["award_id"],
        booking_id=row["booking_id"],
        person_id=row["person_id"],
        achievement=Achievement.from_mapping(row["achievement"]),
        provider=Provider(row["provider_id"], row["provider_name"]),
        completed_at=row["completed_at"],
        origin=Origin(row["correlation_id"], row["causation_id"], row["traceparent"]),
        state=AwardState(row["state"]),
        credential_id=row["credential_id"],
        key_id=row["key_id"],
        list_id=row["list_id"],
        status_index=row["status_index"],
        issued_at=row["issued_at"],
        revoked_at=row["revoked_at"],
        revocation_reason=row["revocation_reason"],
    )


def _award_rows(awards: Collection[Award]) -> list[Row]:
    # Sorted, so that two workers with the same awards wait for each other instead of deadlocking.
    return [_award_row(award) for award in sorted(awards, key=lambda each: each.award_id)]


def _award_row(award: Award) -> Row:
    return {
        "tenant_id": award.tenant_id,
        "award_id": award.award_id,
        "booking_id": award.booking_id,
        "person_id": award.person_id,
        "achievement": award.achievement.to_mapping(),
        "provider_id": award.provider.tenant_id,
        "provider_name": award.provider.name,
        "completed_at": award.completed_at,
        "correlation_id": award.origin.correlation_id,
        "causation_id": award.origin.causation_id,
        "traceparent": award.origin.traceparent,
        "state": award.state,
        "credential_id": award.credential_id,
        "key_id": award.key_id,
        "list_id": award.list_id,
        "status_index": award.status_index,
        "issued_at": award.issued_at,
        "revoked_at": award.revoked_at,
        "revocation_reason": award.revocation_reason,
        "version": award.version,
    }


def _key(row: RowMapping) -> SealedKey:
    return SealedKey(row["tenant_id"], row["key_id"], row["public_key_multibase"], row["sealed"])


def _key_row(key: SealedKey, now: datetime) -> Row:
    return {
        "tenant_id": key.tenant_id,
        "key_id": key.key_id,
        "public_key_multibase": key.public_key_multibase,
        "sealed": key.sealed,
        "created_at": now,
        "retired_at": None,
    }


def _person_row(key: PersonKey, recipient: Recipient | None, version: int) -> Row:
    tenant_id, person_id = key
    return {
        "tenant_id": tenant_id,
        "person_id": person_id,
        "name": recipient.name if recipient else None,
        "email": recipient.email if recipient else None,
        "version": version,
    }


def _status_list_row(status_list: StatusList) -> Row:
    return {
        "tenant_id": status_list.tenant_id,
        "list_id": status_list.list_id,
        "bits": status_list.bits,
        "signed": status_list.signed,
        "valid_until": status_list.valid_until,
    }

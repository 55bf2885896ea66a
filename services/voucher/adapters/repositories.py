"""The ports on PostgreSQL."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import RowMapping, Select, and_, func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from services.voucher.adapters import tables
from services.voucher.domain.eligibility import Beneficiary, Eligibility, Refusal
from services.voucher.domain.ledger import Pool
from services.voucher.domain.limits import Limits
from services.voucher.domain.programme import Programme
from services.voucher.domain.terms import Terms
from services.voucher.domain.voucher import Status, Voucher
from shared.database.bulk import Row, insert, upsert

_HOLDING = (Status.RESERVED, Status.REDEEMED)
_BALANCES = ("granted", "available", "reserved", "redeemed", "expired", "returned")


class ProgrammeRepository:
    """Programmes with their pools; transfers are only ever added."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def add(self, programme: Programme) -> None:
        """Keep a new programme."""
        await insert(self._connection, tables.programme, [_programme_row(programme)])
        await self.save([programme])

    async def get(self, programme_id: UUID) -> Programme | None:
        """A programme as it is now, without a lock."""
        rows = await self._connection.execute(
            with_pool().where(tables.programme.c.programme_id == programme_id)
        )
        row = rows.mappings().first()
        return programme_of(row) if row else None

    async def open_ids(self, now: datetime) -> Sequence[UUID]:
        """Programmes that give vouchers now, the one that closes first coming first."""
        table = tables.programme
        query = (
            select(table.c.programme_id)
            .where(table.c.opens_at <= now, table.c.closes_at > now)
            .order_by(table.c.closes_at, table.c.programme_id)
        )
        return (await self._connection.execute(query)).scalars().all()

    async def due_ids(self, now: datetime) -> Sequence[UUID]:
        """Programmes whose time is over but that are not closed."""
        query = (
            with_pool()
            .with_only_columns(tables.programme.c.programme_id)
            .where(tables.programme.c.closes_at <= now, tables.pool.c.is_closed.is_(False))
        )
        return (await self._connection.execute(query)).scalars().all()

    async def lock(self, programme_ids: Collection[UUID]) -> Mapping[UUID, Programme]:
        """Programmes with their pools locked, always in the same order, so that nobody deadlocks."""
        if not programme_ids:
            return {}
        query = (
            with_pool()
            .where(tables.pool.c.programme_id.in_(programme_ids))
            .order_by(tables.pool.c.programme_id)
            .with_for_update(of=tables.pool)
        )
        rows = (await self._connection.execute(query)).mappings()
        return {row["programme_id"]: programme_of(row) for row in rows}

    async def save(self, programmes: Collection[Programme]) -> None:
        """Keep the pools and the new transfers of locked programmes."""
        changed = [programme for programme in programmes if programme.transfers]
        await upsert(self._connection, tables.pool, map(_pool_row, changed))
        for programme in changed:
            await insert(self._connection, tables.transfer, _transfer_rows(programme))
            programme.transfers.clear()


class VoucherRepository:
    """Vouchers; a tenant sees its own, a funder those on its programmes."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def for_bookings(self, booking_ids: Collection[UUID]) -> Mapping[UUID, Voucher]:
        """Existing vouchers by booking."""
        table = tables.voucher
        rows = await self._connection.execute(
            select(table).where(table.c.booking_id == func.any(list(booking_ids)))
        )
        return {row["booking_id"]: voucher_of(row) for row in rows.mappings()}

    async def used(
        self, programme_ids: Collection[UUID], person_ids: Collection[UUID]
    ) -> Mapping[tuple[UUID, UUID], int]:
        """How many vouchers are reserved or redeemed, by programme and person."""
        table = tables.voucher
        query = (
            select(table.c.programme_id, table.c.person_id, func.count().label("used"))
            .where(
                table.c.programme_id == func.any(list(programme_ids)),
                table.c.person_id == func.any(list(person_ids)),
                table.c.status.in_(_HOLDING),
            )
            .group_by(table.c.programme_id, table.c.person_id)
        )
        rows = await self._connection.execute(query)
        return {(row.programme_id, row.person_id): row.used for row in rows}

    async def due(self, now: datetime, limit: int) -> Sequence[Voucher]:
        """Reserved vouchers whose time is over."""
        table = tables.voucher
        query = (
            select(table)
            .where(table.c.status == Status.RESERVED, table.c.expires_at <= now)
            .order_by(table.c.expires_at)
            .limit(limit)
        )
        return [voucher_of(row) for row in (await self._connection.execute(query)).mappings()]

    async def save(self, vouchers: Collection[Voucher]) -> None:
        """Keep new and changed vouchers."""
        await upsert(self._connection, tables.voucher, map(_voucher_row, vouchers))


class TenantRepository:
    """The copy of member's tenants."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def get_many(self, tenant_ids: Collection[UUID]) -> Mapping[UUID, Beneficiary]:
        """Tenants by id."""
        table = tables.tenant
        rows = await self._connection.execute(
            select(table).where(table.c.tenant_id == func.any(list(tenant_ids)))
        )
        return {row["tenant_id"]: _tenant(row) for row in rows.mappings()}

    async def learn(self, tenants: Sequence[tuple[Beneficiary, int]]) -> None:
        """Keep tenants; what is older than what is kept changes nothing."""
        rows = [_tenant_row(tenant, sequence) for tenant, sequence in tenants]
        await upsert(self._connection, tables.tenant, rows, newer_by="version", or_as_new=True)


def with_pool() -> Select[Any]:
    """Programmes joined with their pools, which only their funder sees."""
    same = and_(
        tables.pool.c.tenant_id == tables.programme.c.tenant_id,
        tables.pool.c.programme_id == tables.programme.c.programme_id,
    )
    balances = [tables.pool.c[name] for name in (*_BALANCES, "is_closed", "version")]
    return select(tables.programme, *balances).join(tables.pool, same)


def programme_of(row: RowMapping) -> Programme:
    """The programme in a row of `with_pool`."""
    return Programme(
        tenant_id=row["tenant_id"],
        programme_id=row["programme_id"],
        terms=terms_of(row),
        pool=Pool(*(row[name] for name in _BALANCES)),
        is_closed=row["is_closed"],
        version=row["version"],
    )


def terms_of(row: RowMapping) -> Terms:
    """The terms in a row of the table of programmes."""
    return Terms(
        name=row["name"],
        reference=row["reference"],
        eligibility=_eligibility(row["eligibility"]),
        limits=Limits(row["vouchers_per_person"]),
        opens_at=row["opens_at"],
        closes_at=row["closes_at"],
        reservation=timedelta(seconds=row["reservation_seconds"]),
    )


def _eligibility(document: Mapping[str, Sequence[str]]) -> Eligibility:
    return Eligibility(
        states=frozenset(document["states"]),
        regions=frozenset(document["regions"]),
        tenant_kinds=frozenset(document["tenant_kinds"]),
        offers=frozenset(map(UUID, document["offers"])),
        offer_kinds=frozenset(document["offer_kinds"]),
    )


def _programme_row(programme: Programme) -> Row:
    terms = programme.terms
    rule = terms.eligibility
    return {
        "tenant_id": programme.tenant_id,
        "programme_id": programme.programme_id,
        "name": terms.name,
        "reference": terms.reference,
        "eligibility": {
            "states": sorted(rule.states),
            "regions": sorted(rule.regions),
            "tenant_kinds": sorted(rule.tenant_kinds),
            "offers": sorted(map(str, rule.offers)),
            "offer_kinds": sorted(rule.offer_kinds),
        },
        "vouchers_per_person": terms.limits.per_person,
        "opens_at": terms.opens_at,
        "closes_at": terms.closes_at,
        "reservation_seconds": int(terms.reservation.total_seconds()),
    }


def _pool_row(programme: Programme) -> Row:
    return {
        "tenant_id": programme.tenant_id,
        "programme_id": programme.programme_id,
        **{name: getattr(programme.pool, name) for name in _BALANCES},
        "is_closed": programme.is_closed,
        "version": programme.version,
    }


def _transfer_rows(programme: Programme) -> list[Row]:
    return [
        {
            "tenant_id": programme.tenant_id,
            "programme_id": transfer.programme_id,
            "debit": transfer.debit,
            "credit": transfer.credit,
            "units": transfer.units,
            "at": transfer.at,
            "voucher_id": transfer.voucher_id,
            "beneficiary_id": transfer.beneficiary_id,
        }
        for transfer in programme.transfers
    ]


def voucher_of(row: RowMapping) -> Voucher:
    """The voucher in a row."""
    return Voucher(
        tenant_id=row["tenant_id"],
        voucher_id=row["voucher_id"],
        booking_id=row["booking_id"],
        person_id=row["person_id"],
        status=Status(row["status"]),
        created_at=row["created_at"],
        programme_id=row["programme_id"],
        funder_id=row["funder_id"],
        expires_at=row["expires_at"],
        refusal=Refusal(row["reason"], row["explanation"]) if row["reason"] else None,
        version=row["version"],
    )


def _voucher_row(voucher: Voucher) -> Row:
    return {
        "tenant_id": voucher.tenant_id,
        "voucher_id": voucher.voucher_id,
        "booking_id": voucher.booking_id,
        "person_id": voucher.person_id,
        "programme_id": voucher.programme_id,
        "funder_id": voucher.funder_id,
        "status": voucher.status,
        "reason": voucher.refusal.reason if voucher.refusal else None,
        "explanation": voucher.refusal.explanation if voucher.refusal else None,
        "created_at": voucher.created_at,
        "expires_at": voucher.expires_at,
        "version": voucher.version,
    }


def _tenant(row: RowMapping) -> Beneficiary:
    return Beneficiary(
        row["tenant_id"],
        row["name"],
        row["kind"],
        row["state"],
        frozenset(row["regions"]),
        row["status"],
    )


def _tenant_row(tenant: Beneficiary, version: int) -> Row:
    return {
        "tenant_id": tenant.tenant_id,
        "name": tenant.name,
        "kind": tenant.kind,
        "state": tenant.state,
        "regions": sorted(tenant.regions),
        "status": tenant.status,
        "version": version,
    }

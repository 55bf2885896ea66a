"""Requests for vouchers on PostgreSQL."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import RowMapping, or_, select, text
from sqlalchemy.ext.asyncio import AsyncConnection

from services.voucher.adapters.giving_tables import voucher_request as table
from services.voucher.domain.terms import Step
from services.voucher.domain.voucher_request import (
    Decision,
    RequestOpenError,
    Status,
    VoucherRequest,
)
from shared.database.bulk import Row, upsert
from shared.database.constraints import violations_mean

_FORGET = text(
    """
    UPDATE voucher_request SET purpose = '', decisions = COALESCE((
        SELECT jsonb_agg(said || '{"reason": ""}' ORDER BY number)
        FROM jsonb_array_elements(decisions) WITH ORDINALITY AS each(said, number)
    ), '[]')
    WHERE person_id = ANY (:person_ids)
    """
)
_TAKEN = {"voucher_request_open": RequestOpenError}


class RequestRepository:
    """Requests of the tenants that the transaction acts for."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def get(self, request_id: UUID) -> VoucherRequest | None:
        """A request as it is now."""
        query = select(table).where(table.c.request_id == request_id)
        row = (await self._connection.execute(query)).mappings().first()
        return _request_of(row) if row else None

    async def lock(self, request_id: UUID) -> VoucherRequest | None:
        """A request that nobody else changes meanwhile."""
        query = select(table).where(table.c.request_id == request_id).with_for_update()
        row = (await self._connection.execute(query)).mappings().first()
        return _request_of(row) if row else None

    async def some(
        self, status: Status | None, seen_by: UUID | None, limit: int, offset: int
    ) -> Sequence[VoucherRequest]:
        """Requests, newest first: all, or those that a person made or is the leader of."""
        query = select(table).order_by(table.c.created_at.desc(), table.c.request_id)
        if status:
            query = query.where(table.c.status == status)
        if seen_by:
            query = query.where(or_(table.c.person_id == seen_by, table.c.leader_id == seen_by))
        rows = (await self._connection.execute(query.limit(limit).offset(offset))).mappings()
        return [_request_of(row) for row in rows]

    async def due(self, now: datetime, limit: int) -> Sequence[VoucherRequest]:
        """Open requests that nobody decided in time, locked; those that somebody decides right now are left out."""
        query = (
            select(table)
            .where(table.c.status == Status.OPEN, table.c.expires_at <= now)
            .order_by(table.c.expires_at)
            .limit(limit)
            .with_for_update(skip_locked=True)
        )
        rows = (await self._connection.execute(query)).mappings()
        return [_request_of(row) for row in rows]

    async def forget_words(self, person_ids: Collection[UUID]) -> None:
        """Keep nothing of what was written about people in their requests."""
        await self._connection.execute(_FORGET, {"person_ids": list(person_ids)})

    async def save(self, request: VoucherRequest) -> None:
        """Keep a new or changed request. Raises RequestOpenError."""
        with violations_mean(_TAKEN):
            await upsert(self._connection, table, [_row(request)])


def _row(request: VoucherRequest) -> Row:
    return {
        "tenant_id": request.tenant_id,
        "request_id": request.request_id,
        "person_id": request.person_id,
        "programme_id": request.programme_id,
        "leader_id": request.leader_id,
        "steps": list(request.steps),
        "decisions": [{**asdict(each), "at": each.at.isoformat()} for each in request.decisions],
        "purpose": request.purpose,
        "status": request.status,
        "created_at": request.created_at,
        "expires_at": request.expires_at,
        "voucher_id": request.voucher_id,
        "version": request.version,
    }


def _request_of(row: RowMapping) -> VoucherRequest:
    return VoucherRequest(
        tenant_id=row["tenant_id"],
        request_id=row["request_id"],
        person_id=row["person_id"],
        programme_id=row["programme_id"],
        steps=tuple(map(Step, row["steps"])),
        created_at=row["created_at"],
        expires_at=row["expires_at"],
        leader_id=row["leader_id"],
        purpose=row["purpose"],
        status=Status(row["status"]),
        decisions=tuple(map(_decision_of, row["decisions"])),
        voucher_id=row["voucher_id"],
        version=row["version"],
    )


def _decision_of(document: Mapping[str, Any]) -> Decision:
    return Decision(
        Step(document["step"]),
        document["account"],
        datetime.fromisoformat(document["at"]),
        document["approved"],
        document["reason"],
    )

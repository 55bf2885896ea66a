"""Operators in a tenant: each service keeps which accesses run, and lets nobody in without one.

The member service grants and ends them; every other service hears of it by event and keeps a copy.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, Boolean, Column, DateTime, MetaData, Table, Text, Uuid, text
from sqlalchemy.ext.asyncio import AsyncEngine

from shared.database.bulk import upsert
from shared.database.ddl import Operations
from shared.database.engine import transaction
from shared.database.isolation import isolate
from shared.database.unit_of_work import SqlUnitOfWork
from shared.envelope import Received
from shared.operations import journal
from shared.operations.journal import Operation

_TABLE = Table(
    "operator_access",
    MetaData(),
    Column("tenant_id", Uuid, primary_key=True),
    Column("access_id", Uuid, primary_key=True),
    Column("operator", Text, nullable=False),
    Column("may_change", Boolean, nullable=False),
    Column("until", DateTime(timezone=True), nullable=False),
    Column("version", BigInteger, nullable=False),
)
_RUNNING = text(
    """
    SELECT access_id FROM operator_access
    WHERE tenant_id = :tenant_id AND operator = :operator AND until > now() AND (may_change OR NOT :changes)
    LIMIT 1
    """
)


@dataclass(frozen=True, slots=True)
class Errand:
    """What an operator is about to do in a tenant: at which address, and whether it may change something."""

    operator: str
    tenant_id: UUID
    address: str
    changes: bool


def create_operator_access(op: Operations) -> None:
    """Create the table of accesses in a service that keeps a copy."""
    op.execute(
        """
        CREATE TABLE operator_access (
            tenant_id uuid NOT NULL, access_id uuid NOT NULL, operator text NOT NULL,
            may_change boolean NOT NULL, until timestamptz NOT NULL, version bigint NOT NULL,
            PRIMARY KEY (tenant_id, access_id)
        )
        """
    )
    isolate(op, "operator_access")


async def keep_accesses(work: SqlUnitOfWork, events: Sequence[Received[Any]]) -> None:
    """A handler for the events that announce an access or its end: the newest of each is kept."""
    rows = [
        {
            "tenant_id": each.tenant_id,
            "access_id": each.event.access_id,
            "operator": each.event.operator,
            "may_change": each.event.may_change,
            "until": each.event.until,
            "version": each.envelope.sequence,
        }
        for each in events
    ]
    await upsert(work.connection, _TABLE, rows, newer_by="version", or_as_new=True)


class OperatorAccess:
    """Lets operators into tenants, and writes down what for."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine

    async def admit(self, errand: Errand) -> bool:
        """Whether the operator has an access that runs now and allows this; if so it is written down."""
        who = {"operator": errand.operator, "tenant_id": errand.tenant_id}
        async with transaction(self._engine, [errand.tenant_id]) as connection:
            running = await connection.execute(_RUNNING, {**who, "changes": errand.changes})
            access_id = running.scalar_one_or_none()
            if access_id is None:
                return False
            subject = f"{errand.address} in {errand.tenant_id}"
            done = Operation(errand.operator, "act", subject, str(access_id))
            await journal.note(connection, done)
            return True

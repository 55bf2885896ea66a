"""Reading on PostgreSQL; row-level security decides what is there to be read."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import any_, func, or_, select
from sqlalchemy.ext.asyncio import AsyncConnection

from services.catalogue.adapters import tables
from services.catalogue.adapters.repositories import barred, booking_of, model_of, offer_of
from services.catalogue.application.queries import BookingFilter, OfferFilter
from services.catalogue.domain.booking import Booking, Status
from services.catalogue.domain.competence_model import CompetenceModel
from services.catalogue.domain.offer import Offer


class PostgresQueries:
    """The queries on one connection."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def competence_models(self, limit: int, offset: int) -> Sequence[CompetenceModel]:
        """The caller's own models and those shared with the cooperative, by name."""
        table = tables.competence_model
        query = select(table).order_by(table.c.name, table.c.model_id)
        rows = await self._connection.execute(query.limit(limit).offset(offset))
        return [model_of(row) for row in rows.mappings()]

    async def offers(self, wanted: OfferFilter, limit: int, offset: int) -> Sequence[Offer]:
        """The caller's own offers and those for the whole cooperative, newest first; of whoever takes bookings."""
        table = tables.offer
        is_own = table.c.tenant_id == any_(func.acting_tenants())
        query = select(table).where(or_(is_own, ~barred()))
        query = query.order_by(table.c.published_at.desc(), table.c.offer_id)
        if wanted.competence_id:
            one = [{"competence_id": str(wanted.competence_id)}]
            query = query.where(table.c.competences.contains(one))
        if wanted.kind:
            query = query.where(table.c.kind == wanted.kind)
        rows = await self._connection.execute(query.limit(limit).offset(offset))
        return [offer_of(row) for row in rows.mappings()]

    async def bookings(
        self, tenant_id: UUID, wanted: BookingFilter, limit: int, offset: int
    ) -> Sequence[Booking]:
        """The bookings of a tenant's people, newest first."""
        table = tables.booking
        query = select(table).where(table.c.tenant_id == tenant_id)
        if wanted.person_id:
            query = query.where(table.c.person_id == wanted.person_id)
        if wanted.offer_id:
            query = query.where(table.c.offer_id == wanted.offer_id)
        if wanted.status:
            query = query.where(table.c.status == wanted.status)
        query = query.order_by(table.c.requested_at.desc(), table.c.booking_id)
        rows = await self._connection.execute(query.limit(limit).offset(offset))
        return [booking_of(row) for row in rows.mappings()]

    async def bookings_of_offer(
        self, offer_id: UUID, status: Status | None, limit: int, offset: int
    ) -> Sequence[Booking]:
        """The bookings of an offer, for its provider: who asked first comes first."""
        table = tables.booking
        query = select(table).where(table.c.offer_id == offer_id)
        if status:
            query = query.where(table.c.status == status)
        query = query.order_by(table.c.requested_at, table.c.booking_id)
        rows = await self._connection.execute(query.limit(limit).offset(offset))
        return [booking_of(row) for row in rows.mappings()]

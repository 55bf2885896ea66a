"""The ports on PostgreSQL."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import fields
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, RowMapping, exists, func, literal, select, text
from sqlalchemy.ext.asyncio import AsyncConnection

from services.catalogue.adapters import tables
from services.catalogue.domain.booking import Booking, Claim, Payment, Premises, Status
from services.catalogue.domain.competence_model import (
    Competence,
    CompetenceField,
    CompetenceModel,
    FieldKind,
)
from services.catalogue.domain.errors import AlreadyBookedError
from services.catalogue.domain.member import BARRED, Person, Tenant
from services.catalogue.domain.offer import Content, Offer, OfferKind, OnlineDate
from services.catalogue.domain.seats import Seats
from services.catalogue.domain.visibility import Visibility
from shared.database.bulk import Row, insert, upsert
from shared.database.constraints import violations_mean

#: The index that keeps a person from holding two live bookings of an offer.
LIVE_BOOKING = {"booking_live": AlreadyBookedError}

_COMPETENCES = text(
    """
    SELECT each->>'competence_id' AS competence_id, each->>'name' AS name,
           each->>'description' AS description
    FROM competence_model, jsonb_path_query(fields, '$[*].competences[*]') AS each
    WHERE each->>'competence_id' = ANY(CAST(:ids AS text[]))
    """
)
_FIELD_KINDS = text(
    """
    SELECT DISTINCT field->>'kind'
    FROM competence_model, jsonb_array_elements(fields) AS field,
         jsonb_array_elements(field->'competences') AS each
    WHERE each->>'competence_id' = ANY(CAST(:ids AS text[]))
    """
)
_WAITING = text(
    """
    SELECT waiting.*
    FROM unnest(CAST(:offer_ids AS uuid[]), CAST(:places AS integer[])) AS free(offer_id, places)
    CROSS JOIN LATERAL (
        SELECT * FROM booking WHERE booking.offer_id = free.offer_id AND status = 'waitlisted'
        ORDER BY requested_at, booking_id LIMIT free.places
    ) AS waiting
    ORDER BY waiting.requested_at, waiting.booking_id
    """
)


class CompetenceModelRepository:
    """Competence models, a document each."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def add(self, model: CompetenceModel) -> None:
        """Keep a new model."""
        await insert(self._connection, tables.competence_model, [_model_row(model)])

    async def get(self, model_id: UUID) -> CompetenceModel | None:
        """A model, if it can be seen."""
        table = tables.competence_model
        rows = await self._connection.execute(select(table).where(table.c.model_id == model_id))
        row = rows.mappings().first()
        return model_of(row) if row else None

    async def competences(self, competence_ids: Collection[UUID]) -> Mapping[UUID, Competence]:
        """Competences of the models that can be seen."""
        if not competence_ids:
            return {}
        rows = await self._connection.execute(_COMPETENCES, {"ids": list(map(str, competence_ids))})
        found = map(_competence, rows.mappings())
        return {competence.competence_id: competence for competence in found}

    async def field_kinds(self, competence_ids: Collection[UUID]) -> Collection[FieldKind]:
        """The kinds of the fields in which these competences are."""
        if not competence_ids:
            return []
        rows = await self._connection.execute(_FIELD_KINDS, {"ids": list(map(str, competence_ids))})
        return [FieldKind(kind) for kind in rows.scalars()]


class OfferRepository:
    """Offers; row-level security shows a tenant its own and those for the whole cooperative."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def add(self, offer: Offer) -> None:
        """Keep a new offer, with the places of its date."""
        await insert(self._connection, tables.offer, [_offer_row(offer)])
        date = offer.content.date
        if date:
            seats = Seats(offer.tenant_id, offer.offer_id, date.capacity)
            await insert(self._connection, tables.seats, [_seats_row(seats)])

    async def get(self, offer_id: UUID) -> Offer | None:
        """An offer, if it can be seen."""
        table = tables.offer
        rows = await self._connection.execute(select(table).where(table.c.offer_id == offer_id))
        row = rows.mappings().first()
        return offer_of(row) if row else None


class SeatsRepository:
    """The places of dates, which belong to the provider."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def lock(self, offer_ids: Collection[UUID]) -> Mapping[UUID, Seats]:
        """The places of dates, locked."""
        return await self._lock(tables.seats.c.offer_id == func.any(list(offer_ids)))

    async def lock_for(self, booking_ids: Collection[UUID]) -> Mapping[UUID, Seats]:
        """The places of the dates that these bookings are for, locked."""
        booking = tables.booking.c
        dates = select(booking.offer_id).where(booking.booking_id == func.any(list(booking_ids)))
        return await self._lock(tables.seats.c.offer_id.in_(dates))

    async def _lock(self, condition: ColumnElement[bool]) -> Mapping[UUID, Seats]:
        # Always in the same order, so that nobody deadlocks.
        table = tables.seats
        query = select(table).where(condition).order_by(table.c.offer_id).with_for_update(of=table)
        rows = (await self._connection.execute(query)).mappings()
        return {row["offer_id"]: Seats(**row) for row in rows}

    async def save(self, seats: Collection[Seats]) -> None:
        """Keep the places of locked dates."""
        await upsert(self._connection, tables.seats, map(_seats_row, seats))


class BookingRepository:
    """Bookings; the person's tenant and the provider of the offer see and change them."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def premises(self, claim: Claim) -> Premises:
        """Tenant, person and offer in one statement."""
        tenant, person, offer = tables.tenant.c, tables.person.c, tables.offer
        is_tenant = select(tenant.tenant_id).where(tenant.tenant_id == claim.tenant_id).exists()
        is_person = (
            select(person.person_id)
            .where(
                person.tenant_id == claim.tenant_id,
                person.person_id == claim.person_id,
                person.is_there,
            )
            .exists()
        )
        one = select(is_tenant.label("is_tenant"), is_person.label("is_person")).subquery()
        query = select(one, offer, barred().label("is_barred")).select_from(
            one.outerjoin(offer, offer.c.offer_id == literal(claim.offer_id))
        )
        row = (await self._connection.execute(query)).mappings().one()
        found = offer_of(row) if row["offer_id"] else None
        return Premises(row["is_tenant"], row["is_person"], found, row["is_barred"])

    async def add(self, booking: Booking) -> None:
        """Keep a new booking; of two at the same moment the second finds the first."""
        with violations_mean(LIVE_BOOKING):
            await insert(self._connection, tables.booking, [_booking_row(booking)])

    async def get(self, booking_id: UUID) -> Booking | None:
        """A booking as it is now, without a lock."""
        table = tables.booking
        rows = await self._connection.execute(select(table).where(table.c.booking_id == booking_id))
        row = rows.mappings().first()
        return booking_of(row) if row else None

    async def lock(self, booking_ids: Collection[UUID]) -> Mapping[UUID, Booking]:
        """Bookings by id, locked in the order of their ids."""
        table = tables.booking
        query = (
            select(table)
            .where(table.c.booking_id == func.any(list(booking_ids)))
            .order_by(table.c.booking_id)
            .with_for_update()
        )
        rows = (await self._connection.execute(query)).mappings()
        return {row["booking_id"]: booking_of(row) for row in rows}

    async def waiting(self, places: Mapping[UUID, int]) -> Sequence[Booking]:
        """Who has waited longest for each date, as many as it has places."""
        dates = {"offer_ids": list(places), "places": list(places.values())}
        rows = await self._connection.execute(_WAITING, dates)
        return [booking_of(row) for row in rows.mappings()]

    async def save(self, bookings: Collection[Booking]) -> None:
        """Keep changed bookings."""
        await upsert(self._connection, tables.booking, map(_booking_row, bookings))


class TenantRepository:
    """The copy of member's tenants."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def get_many(self, tenant_ids: Collection[UUID]) -> Mapping[UUID, Tenant]:
        """Tenants by id."""
        table = tables.tenant
        rows = await self._connection.execute(
            select(table).where(table.c.tenant_id == func.any(list(tenant_ids)))
        )
        return {
            row["tenant_id"]: Tenant(row["tenant_id"], row["name"], row["status"])
            for row in rows.mappings()
        }

    async def learn(self, tenants: Sequence[tuple[Tenant, int]]) -> None:
        """Keep tenants; what is older than what is kept changes nothing."""
        rows = [
            {
                "tenant_id": tenant.tenant_id,
                "name": tenant.name,
                "status": tenant.status,
                "version": sequence,
            }
            for tenant, sequence in tenants
        ]
        await upsert(self._connection, tables.tenant, rows, newer_by="version", or_as_new=True)


class PersonRepository:
    """The copy of member's people."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def learn(self, people: Sequence[tuple[Person, int]]) -> None:
        """Keep people; what is older than what is kept changes nothing."""
        rows = [
            {
                "tenant_id": person.tenant_id,
                "person_id": person.person_id,
                "version": sequence,
                "is_there": person.is_there,
            }
            for person, sequence in people
        ]
        await upsert(self._connection, tables.person, rows, newer_by="version", or_as_new=True)


def barred() -> ColumnElement[bool]:
    """Whether the provider of an offer in the same query is suspended or has left."""
    tenant = tables.tenant.c
    return exists().where(
        tenant.tenant_id == tables.offer.c.tenant_id, tenant.status.in_(sorted(BARRED))
    )


def model_of(row: RowMapping) -> CompetenceModel:
    """The competence model in a row."""
    return CompetenceModel(
        tenant_id=row["tenant_id"],
        model_id=row["model_id"],
        name=row["name"],
        visibility=Visibility(row["visibility"]),
        fields=tuple(map(_field, row["fields"])),
    )


def _field(document: Mapping[str, Any]) -> CompetenceField:
    competences = tuple(map(_competence, document["competences"]))
    return CompetenceField(document["name"], FieldKind(document["kind"]), competences)


def _competence(document: Mapping[str, str] | RowMapping) -> Competence:
    return Competence(UUID(document["competence_id"]), document["name"], document["description"])


def _model_row(model: CompetenceModel) -> Row:
    return {
        "tenant_id": model.tenant_id,
        "model_id": model.model_id,
        "name": model.name,
        "visibility": model.visibility,
        "fields": [
            {
                "name": field.name,
                "kind": field.kind,
                "competences": [_competence_document(each) for each in field.competences],
            }
            for field in model.fields
        ],
    }


def _competence_document(competence: Competence) -> dict[str, str]:
    return {
        "competence_id": str(competence.competence_id),
        "name": competence.name,
        "description": competence.description,
    }


def offer_of(row: RowMapping) -> Offer:
    """The offer in a row."""
    content = Content(
        kind=OfferKind(row["kind"]),
        title=row["title"],
        description=row["description"],
        criteria=row["criteria"],
        duration_minutes=row["duration_minutes"],
        visibility=Visibility(row["visibility"]),
        date=OnlineDate.of(row["starts_at"], row["ends_at"], row["capacity"]),
        price_cents=row["price_cents"],
        competence_fields=frozenset(map(FieldKind, row["competence_fields"])),
    )
    return Offer(
        tenant_id=row["tenant_id"],
        offer_id=row["offer_id"],
        provider_name=row["provider_name"],
        content=content,
        competences=tuple(map(_competence, row["competences"])),
        published_at=row["published_at"],
        version=row["version"],
    )


def _offer_row(offer: Offer) -> Row:
    content = offer.content
    date = content.date
    return {
        "tenant_id": offer.tenant_id,
        "offer_id": offer.offer_id,
        "provider_name": offer.provider_name,
        "kind": content.kind,
        "title": content.title,
        "description": content.description,
        "criteria": content.criteria,
        "competences": [_competence_document(each) for each in offer.competences],
        "duration_minutes": content.duration_minutes,
        "visibility": content.visibility,
        "starts_at": date.starts_at if date else None,
        "ends_at": date.ends_at if date else None,
        "capacity": date.capacity if date else None,
        "price_cents": content.price_cents,
        "competence_fields": sorted(content.competence_fields),
        "published_at": offer.published_at,
        "version": offer.version,
    }


def _seats_row(seats: Seats) -> Row:
    return {
        "tenant_id": seats.tenant_id,
        "offer_id": seats.offer_id,
        "capacity": seats.capacity,
        "taken": seats.taken,
        "version": seats.version,
    }


def booking_of(row: RowMapping) -> Booking:
    """The booking in a row, whose columns are named like its attributes."""
    values = {name: row[name] for name in _BOOKING}
    values["offer_kind"] = OfferKind(values["offer_kind"])
    values["payment"] = Payment(values["payment"])
    values["status"] = Status(values["status"])
    values["competence_fields"] = tuple(values["competence_fields"])
    return Booking(**values)


def _booking_row(booking: Booking) -> Row:
    return {name: getattr(booking, name) for name in _BOOKING}


_BOOKING = tuple(each.name for each in fields(Booking))

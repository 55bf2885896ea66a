"""The HTTP contract of the catalogue service."""

from collections.abc import Collection
from typing import Annotated
from uuid import UUID, uuid4

from fastapi import APIRouter, Depends, Query

from services.catalogue.adapters.unit_of_work import PostgresUnitOfWork
from services.catalogue.application.define_competence_model import define_competence_model
from services.catalogue.application.publish_offer import PublishOffer, publish_offer
from services.catalogue.application.queries import BookingFilter, OfferFilter
from services.catalogue.application.record_completions import RecordCompletions, record_completions
from services.catalogue.application.request_booking import RequestBooking, request_booking
from services.catalogue.application.settle_bookings import SettleBooking, cancel_booking
from services.catalogue.domain.booking import Claim, Payment, Status
from services.catalogue.domain.errors import BookingNotFoundError, OfferNotFoundError
from services.catalogue.domain.offer import OfferKind
from services.catalogue.entrypoints.bodies import (
    BookingBody,
    BookingView,
    CompetenceModelBody,
    CompetenceModelView,
    CompletionsBody,
    CompletionView,
    OfferBody,
    OfferView,
    ParticipantView,
)
from shared.auth.dependencies import (
    TENANT_ADMIN,
    TenantAdmin,
    TenantCaller,
    TenantMember,
    for_tenant,
)
from shared.clock import utc_now
from shared.database.unit_of_work import UnitsOfWork
from shared.http.idempotency import IdempotencyKey, answer_once
from shared.http.middleware import cause_of
from shared.http.pages import Limit, Offset
from shared.http.problems import not_found
from shared.processes.api import units

#: HTTP status of each code of the domain's errors; 409 for the rest.
STATUSES = {
    "booking_not_found": 404,
    "competence_unknown": 422,
    "invalid_booking": 422,
    "invalid_competence_model": 422,
    "invalid_offer": 422,
    "no_learners": 403,
    "offer_not_found": 404,
    "person_not_found": 404,
    "tenant_unknown": 403,
}

router = APIRouter(prefix="/v1", tags=["catalogue"])

Publisher = Annotated[TenantCaller, Depends(for_tenant(TENANT_ADMIN, "trainer", "hr"))]
Booker = Annotated[TenantCaller, Depends(for_tenant(TENANT_ADMIN, "hr"))]
Trainer = Annotated[TenantCaller, Depends(for_tenant(TENANT_ADMIN, "trainer"))]


Units = Annotated[UnitsOfWork[PostgresUnitOfWork], Depends(units)]


@router.post("/competence-models", status_code=201)
async def post_competence_model(
    body: CompetenceModelBody, caller: TenantAdmin, opened: Units, key: IdempotencyKey = None
) -> CompetenceModelView:
    """Say what your people should be able to do; every competence gets an id."""
    model = body.model(caller.tenant_id)
    cause = cause_of(model.model_id)
    async with opened([caller.tenant_id]) as work:

        async def action() -> CompetenceModelView:
            return CompetenceModelView.of(await define_competence_model(work, model, cause))

        request = ("define_competence_model", body)
        return await answer_once(
            work.connection, caller.tenant_id, key, request, action, CompetenceModelView
        )


@router.get("/competence-models")
async def get_competence_models(
    caller: TenantMember, opened: Units, limit: Limit = 50, offset: Offset = 0
) -> list[CompetenceModelView]:
    """Your own competence models and those shared with the cooperative, by name."""
    async with opened([caller.tenant_id]) as work:
        found = await work.queries.competence_models(limit, offset)
        return [CompetenceModelView.of(each) for each in found]


@router.get("/competence-models/{model_id}")
async def get_competence_model(
    model_id: UUID, caller: TenantMember, opened: Units
) -> CompetenceModelView:
    """One of your own competence models, or one shared with the cooperative."""
    async with opened([caller.tenant_id]) as work:
        model = await work.competence_models.get(model_id)
        if model is None:
            raise not_found("competence model")
        return CompetenceModelView.of(model)


@router.post("/offers", status_code=201)
async def post_offer(
    body: OfferBody, caller: Publisher, opened: Units, key: IdempotencyKey = None
) -> OfferView:
    """Publish something that one can learn: it can be booked at once."""
    offer_id = uuid4()
    command = PublishOffer(
        tenant_id=caller.tenant_id,
        offer_id=offer_id,
        content=body.content(),
        competence_ids=body.competences,
        cause=cause_of(offer_id),
    )
    async with opened([caller.tenant_id]) as work:

        async def action() -> OfferView:
            return OfferView.of(await publish_offer(work, command, utc_now()))

        request = ("publish_offer", body)
        return await answer_once(work.connection, caller.tenant_id, key, request, action, OfferView)


@router.get("/offers")
async def get_offers(
    caller: TenantMember,
    opened: Units,
    competence: Annotated[UUID | None, Query(description="Teaches this competence")] = None,
    kind: OfferKind | None = None,
    limit: Limit = 50,
    offset: Offset = 0,
) -> list[OfferView]:
    """Your own offers, those for the whole cooperative, and what agreements share with you; newest first."""
    async with opened([caller.tenant_id]) as work:
        found = await work.queries.offers(OfferFilter(competence, kind), limit, offset)
        return [OfferView.of(each) for each in found]


@router.get("/offers/{offer_id}")
async def get_offer(offer_id: UUID, caller: TenantMember, opened: Units) -> OfferView:
    """One of your own offers, one for the whole cooperative, or one that an agreement shares with you."""
    async with opened([caller.tenant_id]) as work:
        offer = await work.offers.get(offer_id)
        if offer is None:
            raise not_found("offer")
        return OfferView.of(offer)


@router.get("/offers/{offer_id}/bookings")
async def get_participants(
    offer_id: UUID,
    caller: Trainer,
    opened: Units,
    status: Status | None = None,
    limit: Limit = 50,
    offset: Offset = 0,
) -> list[ParticipantView]:
    """Who booked your offer, in the order of asking; people are opaque ids."""
    async with opened([caller.tenant_id]) as work:
        offer = await work.offers.get(offer_id)
        if offer is None or offer.tenant_id != caller.tenant_id:
            raise not_found("offer")
        found = await work.queries.bookings_of_offer(offer_id, status, limit, offset)
        return [ParticipantView.of(each) for each in found]


@router.post("/offers/{offer_id}/completions")
async def post_completions(
    offer_id: UUID, body: CompletionsBody, caller: Trainer, opened: Units
) -> list[CompletionView]:
    """Record who completed your offer; repeating it changes nothing."""
    command = RecordCompletions(
        tenant_id=caller.tenant_id,
        offer_id=offer_id,
        booking_ids=body.booking_ids,
        cause=cause_of(offer_id),
    )
    async with opened([caller.tenant_id]) as work:
        outcomes = await record_completions(work, command, utc_now())
    return [
        CompletionView(booking_id=booking_id, outcome=outcome)
        for booking_id, outcome in outcomes.items()
    ]


@router.post("/bookings", status_code=202)
async def post_booking(
    body: BookingBody, caller: Booker, opened: Units, key: IdempotencyKey = None
) -> BookingView:
    """Book an offer for one of your people; what becomes of it follows, or stands in the answer."""
    booking_id = uuid4()
    command = RequestBooking(
        booking_id=booking_id,
        claim=body.claim(caller.tenant_id),
        cause=cause_of(booking_id),
    )
    async with opened(await _concerned(opened, command.claim)) as work:

        async def action() -> BookingView:
            return BookingView.of(await request_booking(work, command, utc_now()))

        request = ("request_booking", body)
        return await answer_once(
            work.connection, caller.tenant_id, key, request, action, BookingView
        )


@router.get("/bookings")
async def get_bookings(
    caller: TenantMember,
    opened: Units,
    person_id: UUID | None = None,
    offer_id: UUID | None = None,
    status: Status | None = None,
    limit: Limit = 50,
    offset: Offset = 0,
) -> list[BookingView]:
    """The bookings of your people, newest first."""
    wanted = BookingFilter(person_id, offer_id, status)
    async with opened([caller.tenant_id]) as work:
        found = await work.queries.bookings(caller.tenant_id, wanted, limit, offset)
        return [BookingView.of(each) for each in found]


@router.get("/bookings/{booking_id}")
async def get_booking(booking_id: UUID, caller: TenantMember, opened: Units) -> BookingView:
    """A booking of one of your people."""
    async with opened([caller.tenant_id]) as work:
        booking = await work.bookings.get(booking_id)
        if booking is None or booking.tenant_id != caller.tenant_id:
            raise not_found("booking")
        return BookingView.of(booking)


@router.post("/bookings/{booking_id}/cancellation")
async def post_cancellation(booking_id: UUID, caller: Booker, opened: Units) -> BookingView:
    """Give a booking up; who waits for the place moves up. Repeating it changes nothing."""
    async with opened([caller.tenant_id]) as work:
        booking = await work.bookings.get(booking_id)
        if booking is None or booking.tenant_id != caller.tenant_id:
            raise BookingNotFoundError
    cause = cause_of(booking_id)
    command = SettleBooking(caller.tenant_id, booking_id, cause)
    async with opened({caller.tenant_id, booking.provider_id}) as work:
        return BookingView.of(await cancel_booking(work, command, utc_now()))


async def _concerned(opened: UnitsOfWork[PostgresUnitOfWork], claim: Claim) -> Collection[UUID]:
    """Whom a booking acts for: who pays its own way takes a place of the provider at once."""
    if claim.payment is Payment.VOUCHER:
        return [claim.tenant_id]
    async with opened([claim.tenant_id]) as work:
        offer = await work.offers.get(claim.offer_id)
    if offer is None:
        raise OfferNotFoundError
    return {claim.tenant_id, offer.tenant_id}

"""The bodies of this service's HTTP contract."""

from datetime import datetime
from typing import Annotated, Self
from uuid import UUID, uuid4

from pydantic import Field

from services.catalogue.domain.booking import Claim, Completion, Payment, Status
from services.catalogue.domain.competence_model import (
    MAX_COMPETENCES,
    Competence,
    CompetenceField,
    CompetenceModel,
    FieldKind,
)
from services.catalogue.domain.offer import (
    MAX_CAPACITY,
    MAX_DURATION_MINUTES,
    MAX_PRICE_CENTS,
    Content,
    Offer,
    OfferKind,
    OnlineDate,
)
from services.catalogue.domain.visibility import Visibility
from shared.http.fields import Body, Description, Moment, Name, View

COMPLETED_AT_ONCE = 500


class CompetenceBody(Body):
    """Something that a person can be able to do."""

    name: Name
    description: Annotated[Description, Field(max_length=1_000)] = ""


class CompetenceFieldBody(Body):
    """Competences that belong together."""

    name: Name
    kind: FieldKind
    competences: Annotated[
        tuple[CompetenceBody, ...], Field(min_length=1, max_length=MAX_COMPETENCES)
    ]

    def field(self) -> CompetenceField:
        """The field in the domain's words; its competences get their ids here."""
        competences = (
            Competence(uuid4(), each.name, each.description) for each in self.competences
        )
        return CompetenceField(self.name, self.kind, tuple(competences))


class CompetenceModelBody(Body):
    """What a tenant's people should be able to do."""

    name: Name
    visibility: Visibility = Visibility.OWN
    fields: Annotated[
        tuple[CompetenceFieldBody, ...], Field(min_length=1, max_length=MAX_COMPETENCES)
    ]

    def model(self, tenant_id: UUID) -> CompetenceModel:
        """The model in the domain's words."""
        fields = tuple(each.field() for each in self.fields)
        return CompetenceModel(tenant_id, uuid4(), self.name, self.visibility, fields)


class CompetenceView(View):
    """A competence and the id by which offers name it."""

    competence_id: UUID
    name: str
    description: str


class CompetenceFieldView(View):
    """Competences that belong together."""

    name: str
    kind: FieldKind
    competences: tuple[CompetenceView, ...]


class CompetenceModelView(View):
    """A competence model; `tenant_id` says whose it is."""

    model_id: UUID
    tenant_id: UUID
    name: str
    visibility: Visibility
    fields: tuple[CompetenceFieldView, ...]


class OfferBody(Body):
    """What a provider offers. Only an online_date has starts_at, ends_at and capacity."""

    kind: OfferKind
    title: Name
    description: Description = ""
    criteria: Annotated[
        Description,
        Field(min_length=1, description="What one must do to complete it: the certificate's text"),
    ]
    competences: Annotated[tuple[UUID, ...], Field(max_length=50)] = ()
    duration_minutes: Annotated[int, Field(ge=1, le=MAX_DURATION_MINUTES)]
    visibility: Visibility = Visibility.OWN
    starts_at: Moment | None = None
    ends_at: Moment | None = None
    capacity: Annotated[int, Field(ge=1, le=MAX_CAPACITY)] | None = None
    price_cents: Annotated[
        Annotated[int, Field(ge=0, le=MAX_PRICE_CENTS)] | None,
        Field(description="What a booking costs; a programme that pays in euros needs it"),
    ] = None
    competence_fields: Annotated[
        frozenset[FieldKind], Field(description="Beyond those of the competences it teaches")
    ] = frozenset()

    def content(self) -> Content:
        """The content in the domain's words. Raises InvalidOfferError."""
        return Content(
            kind=self.kind,
            title=self.title,
            description=self.description,
            criteria=self.criteria,
            duration_minutes=self.duration_minutes,
            visibility=self.visibility,
            date=OnlineDate.of(self.starts_at, self.ends_at, self.capacity),
            price_cents=self.price_cents,
            competence_fields=self.competence_fields,
        )


class OfferCompetenceView(View):
    """A competence that an offer teaches."""

    competence_id: UUID
    name: str


class OfferView(View):
    """An offer as it was published."""

    offer_id: UUID
    provider_id: UUID
    provider_name: str
    kind: OfferKind
    title: str
    description: str
    criteria: str
    competences: tuple[OfferCompetenceView, ...]
    duration_minutes: int
    visibility: Visibility
    starts_at: datetime | None
    ends_at: datetime | None
    capacity: int | None
    price_cents: int | None
    competence_fields: tuple[FieldKind, ...]
    published_at: datetime

    @classmethod
    def of(cls, source: object) -> Self:
        """The view of an offer."""
        assert isinstance(source, Offer)
        content = source.content
        return cls(
            offer_id=source.offer_id,
            provider_id=source.tenant_id,
            provider_name=source.provider_name,
            kind=content.kind,
            title=content.title,
            description=content.description,
            criteria=content.criteria,
            competences=tuple(map(OfferCompetenceView.of, source.competences)),
            duration_minutes=content.duration_minutes,
            visibility=content.visibility,
            starts_at=content.date.starts_at if content.date else None,
            ends_at=content.date.ends_at if content.date else None,
            capacity=content.date.capacity if content.date else None,
            price_cents=content.price_cents,
            competence_fields=tuple(sorted(content.competence_fields)),
            published_at=source.published_at,
        )


class BookingBody(Body):
    """Who shall have what. Without programme_id any programme that pays will do."""

    offer_id: UUID
    person_id: UUID
    payment: Payment
    programme_id: UUID | None = None

    def claim(self, tenant_id: UUID) -> Claim:
        """The claim in the domain's words. Raises InvalidBookingError."""
        return Claim(tenant_id, self.person_id, self.offer_id, self.payment, self.programme_id)


class BookingView(View):
    """A booking and what became of it, with the time of each change."""

    booking_id: UUID
    person_id: UUID
    offer_id: UUID
    offer_kind: OfferKind
    provider_id: UUID
    payment: Payment
    programme_id: UUID | None
    status: Status
    reason: str | None
    voucher_id: UUID | None
    requested_at: datetime
    confirmed_at: datetime | None
    waitlisted_at: datetime | None
    declined_at: datetime | None
    cancelled_at: datetime | None
    completed_at: datetime | None


class ParticipantView(View):
    """A booking as the provider of the offer sees it: people are opaque ids."""

    booking_id: UUID
    person_id: UUID
    status: Status
    requested_at: datetime
    confirmed_at: datetime | None
    completed_at: datetime | None


class CompletionsBody(Body):
    """Who completed the offer, by booking."""

    booking_ids: Annotated[tuple[UUID, ...], Field(min_length=1, max_length=COMPLETED_AT_ONCE)]


class CompletionView(View):
    """What came of one booking; `unchanged` was completed before."""

    booking_id: UUID
    outcome: Completion

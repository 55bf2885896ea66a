"""Something that one can learn, as its provider published it."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Self
from uuid import UUID

from services.catalogue.domain.competence_model import Competence, FieldKind
from services.catalogue.domain.errors import DateStartedError, InvalidOfferError
from services.catalogue.domain.visibility import Visibility

MAX_DURATION_MINUTES = 60_000
MAX_CAPACITY = 10_000
MAX_PRICE_CENTS = 100_000_000
#: Farther away a date is a typing error.
HORIZON = timedelta(days=3_653)


class OfferKind(StrEnum):
    """How one learns. Only an `online_date` happens at a time and has a number of places."""

    LEARNING_UNIT = "learning_unit"
    ON_DEMAND_COURSE = "on_demand_course"
    ONLINE_DATE = "online_date"
    CERTIFICATE_MODULE = "certificate_module"


@dataclass(frozen=True, slots=True)
class OnlineDate:
    """When something happens, and for how many."""

    starts_at: datetime
    ends_at: datetime
    capacity: int

    def __post_init__(self) -> None:
        """Refuse a date that nobody could attend."""
        if self.ends_at <= self.starts_at:
            raise InvalidOfferError("The date must end after it starts. Correct ends_at.")
        if not 1 <= self.capacity <= MAX_CAPACITY:
            raise InvalidOfferError(f"A date has between 1 and {MAX_CAPACITY:,} places.")

    @classmethod
    def of(
        cls, starts_at: datetime | None, ends_at: datetime | None, capacity: int | None
    ) -> Self | None:
        """A date from its three parts, or None from none of them. Raises InvalidOfferError."""
        if starts_at is None and ends_at is None and capacity is None:
            return None
        if starts_at is None or ends_at is None or capacity is None:
            raise InvalidOfferError("A date needs starts_at, ends_at and capacity. Give all three.")
        return cls(starts_at, ends_at, capacity)


@dataclass(frozen=True, slots=True)
class Content:
    """What the provider says of an offer. `criteria` is the text of the certificate.

    `price_cents` is what a booking costs; None where the provider does not say it. `competence_fields` are
    those of an offer beyond the ones of the competences that it teaches.
    """

    kind: OfferKind
    title: str
    description: str
    criteria: str
    duration_minutes: int
    visibility: Visibility
    date: OnlineDate | None = None
    price_cents: int | None = None
    competence_fields: frozenset[FieldKind] = frozenset()

    def __post_init__(self) -> None:
        """Refuse content that contradicts itself."""
        if not 1 <= self.duration_minutes <= MAX_DURATION_MINUTES:
            raise InvalidOfferError(f"An offer lasts 1 to {MAX_DURATION_MINUTES:,} minutes.")
        if self.price_cents is not None and not 0 <= self.price_cents <= MAX_PRICE_CENTS:
            raise InvalidOfferError(f"A booking costs 0 to {MAX_PRICE_CENTS:,} cents.")
        if self.kind is OfferKind.ONLINE_DATE and self.date is None:
            raise InvalidOfferError("An online_date needs starts_at, ends_at and capacity.")
        if self.kind is not OfferKind.ONLINE_DATE and self.date is not None:
            raise InvalidOfferError(
                "Only an online_date has starts_at, ends_at and capacity. Leave them out."
            )


@dataclass(frozen=True, slots=True)
class Offer:
    """An offer of the provider `tenant_id`; names are as they were when it was published."""

    tenant_id: UUID
    offer_id: UUID
    provider_name: str
    content: Content
    competences: tuple[Competence, ...]
    published_at: datetime
    version: int = 1

    @classmethod
    def publish(
        cls,
        tenant_id: UUID,
        offer_id: UUID,
        provider_name: str,
        content: Content,
        competences: tuple[Competence, ...],
        now: datetime,
    ) -> Self:
        """Make it bookable at once. Raises InvalidOfferError when its date is out of reach."""
        date = content.date
        if date and not now - HORIZON < date.starts_at < date.ends_at < now + HORIZON:
            raise InvalidOfferError("The date must lie within ten years. Correct its times.")
        return cls(tenant_id, offer_id, provider_name, content, competences, now)

    def is_for(self, tenant_id: UUID) -> bool:
        """Whether people of this tenant may book it."""
        return self.tenant_id == tenant_id or self.content.visibility is Visibility.COOPERATIVE

    def check_bookable(self, now: datetime) -> None:
        """Raises DateStartedError when it is too late."""
        if self.content.date and self.content.date.starts_at <= now:
            raise DateStartedError

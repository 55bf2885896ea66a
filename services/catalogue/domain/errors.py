"""What can go wrong by rule. Codes are stable; messages say what to do."""

from collections.abc import Iterable
from uuid import UUID


class CatalogueError(Exception):
    """A rule of this service was violated."""

    code = "rule_violated"


class InvalidCompetenceModelError(CatalogueError):
    """The model says something twice or nothing at all."""

    code = "invalid_competence_model"


class CompetenceUnknownError(CatalogueError):
    """Competences are in no model that the tenant can see."""

    code = "competence_unknown"

    def __init__(self, competence_ids: Iterable[UUID]) -> None:
        names = ", ".join(map(str, competence_ids))
        super().__init__(f"No competence model of yours has {names}. Take ids from your models.")


class InvalidOfferError(CatalogueError):
    """What the offer says contradicts itself."""

    code = "invalid_offer"


class InvalidBookingError(CatalogueError):
    """What the booking says contradicts itself."""

    code = "invalid_booking"


class TenantNotKnownError(CatalogueError):
    """The tenant is not active here, or its activation has not arrived yet."""

    code = "tenant_unknown"

    def __init__(self) -> None:
        super().__init__(
            "Your organisation is not active on the platform. Ask the cooperative's operator."
        )


class PersonNotFoundError(CatalogueError):
    """The tenant does not employ the person, or the person's registration has not arrived yet."""

    code = "person_not_found"

    def __init__(self) -> None:
        super().__init__("There is no such person in your organisation. Register the person first.")


class OfferNotFoundError(CatalogueError):
    """The offer is not there, or not for this tenant."""

    code = "offer_not_found"

    def __init__(self) -> None:
        super().__init__("There is no such offer for you. Check the id.")


class ProviderNotActiveError(CatalogueError):
    """The provider is suspended, or has left the cooperative."""

    code = "provider_not_active"

    def __init__(self) -> None:
        super().__init__("The provider of this offer takes no bookings now. Book another offer.")


class NoLearnersError(CatalogueError):
    """The tenant facilitates the agreement that shares the offer; its people do not learn there."""

    code = "no_learners"

    def __init__(self) -> None:
        super().__init__(
            "Your organisation facilitates this cooperation and has no learners in it. Ask its host."
        )


class BookingNotFoundError(CatalogueError):
    """The booking is not there, or not this tenant's."""

    code = "booking_not_found"

    def __init__(self) -> None:
        super().__init__("There is no such booking for you. Check the id.")


class DateStartedError(CatalogueError):
    """The date has begun, so nobody can join."""

    code = "date_started"

    def __init__(self) -> None:
        super().__init__("This date has started. Book a later one.")


class DateFullError(CatalogueError):
    """Every place of the date is taken."""

    code = "date_full"


class AlreadyBookedError(CatalogueError):
    """The person holds a live booking of the offer."""

    code = "already_booked"

    def __init__(self) -> None:
        super().__init__("This person has booked this offer. Cancel that booking to book anew.")


class NotCancellableError(CatalogueError):
    """The booking has ended in another way."""

    code = "not_cancellable"

    def __init__(self, status: str) -> None:
        super().__init__(f"The booking is {status}; only a booking that goes on can be cancelled.")

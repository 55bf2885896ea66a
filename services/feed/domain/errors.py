"""What can go wrong by rule. Codes are stable; messages say what to do."""

from datetime import datetime

from services.feed.domain.cursor import Cursor


class FeedError(Exception):
    """A rule of this service was violated."""

    code = "rule_violated"


class InvalidSubscriptionError(FeedError):
    """What the subscription says contradicts itself."""

    code = "invalid_subscription"


class TooManySubscriptionsError(FeedError):
    """The tenant has as many subscriptions as its quota allows."""

    code = "too_many_subscriptions"

    def __init__(self, limit: int) -> None:
        super().__init__(
            f"Your organisation may have {limit} subscriptions. Delete one, or ask the cooperative for more."
        )


class TenantNotKnownError(FeedError):
    """The tenant is not active here, or its activation has not arrived yet."""

    code = "tenant_unknown"

    def __init__(self) -> None:
        super().__init__(
            "Your organisation is not active on the platform. Ask the cooperative's operator."
        )


class KafkaSubscriptionExistsError(FeedError):
    """A tenant has one topic, so one subscription fills it."""

    code = "kafka_subscription_exists"

    def __init__(self) -> None:
        super().__init__(
            "Your organisation has a subscription over Kafka already, and one topic. Change its types, or delete it."
        )


class NamesNotAskedForError(FeedError):
    """Somebody agrees to names for a subscription that does not ask for them."""

    code = "names_not_asked_for"

    def __init__(self) -> None:
        super().__init__(
            "The subscription does not ask for names. PATCH it with named_people: true first."
        )


class NotThatStatusError(FeedError):
    """The subscription's status does not allow this."""

    code = "not_that_status"


class NotThatWayError(FeedError):
    """The subscription is heard another way."""

    code = "not_that_way"

    def __init__(self, way: str, wanted: str) -> None:
        super().__init__(f"This subscription goes by {way}. Make one with way {wanted} for this.")


class CursorError(FeedError):
    """What a reader is told whose cursor leads nowhere, with the cursor to go on from, if there is one."""

    def __init__(self, detail: str, go_on: Cursor | None = None) -> None:
        super().__init__(detail)
        self.go_on = go_on


class CursorInvalidError(CursorError):
    """The cursor was not made here, or not for this subscription."""

    code = "cursor_invalid"

    def __init__(self) -> None:
        super().__init__(
            "This cursor was not handed out for this subscription. Send one as you got it, or leave it out."
        )


class CursorExpiredError(CursorError):
    """What followed the cursor is no longer kept; `oldest_at` is the time of the oldest entry that is."""

    code = "cursor_expired"

    def __init__(self, oldest: Cursor, oldest_at: datetime | None) -> None:
        super().__init__(
            "What followed this cursor is no longer kept. Fetch the snapshot and go on from its cursor, or go on"
            " from oldest_cursor without what was before.",
            oldest,
        )
        self.oldest_at = oldest_at


class CursorBeforeRestoreError(CursorError):
    """The log was restored to a moment before the cursor."""

    code = "cursor_before_restore"

    def __init__(self, survived: Cursor) -> None:
        super().__init__(
            "The log was restored to a moment before this cursor. Go on from the cursor given here: some of what"
            " you have may come again, with the same ids.",
            survived,
        )


class CursorOfAnotherFilterError(CursorError):
    """The subscription showed other types or fields when the cursor was handed out."""

    code = "cursor_of_another_filter"

    def __init__(self, same_place: Cursor) -> None:
        super().__init__(
            "The types or fields of the subscription have changed since. Go on from the cursor given here, which"
            " stands at the same place; what was left out before it does not come again.",
            same_place,
        )


class LogBeingCheckedError(FeedError):
    """The database was restored or moved, and what survived is not known yet."""

    code = "log_being_checked"

    def __init__(self) -> None:
        super().__init__("The log is being checked after a restore. Try again in a few seconds.")

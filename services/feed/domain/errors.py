"""What can go wrong by rule. Codes are stable; messages say what to do."""

from collections.abc import Iterable


class FeedError(Exception):
    """A rule of this service was violated."""

    code = "rule_violated"


class InvalidSubscriptionError(FeedError):
    """What the subscription says contradicts itself."""

    code = "invalid_subscription"


class TypesUnknownError(FeedError):
    """The subscription names types that do not leave the platform."""

    code = "types_unknown"

    def __init__(self, unknown: Iterable[str]) -> None:
        names = ", ".join(sorted(unknown))
        super().__init__(f"There is no event of the type {names}. GET /v1/event-types lists them.")


class TooManySubscriptionsError(FeedError):
    """The tenant has as many subscriptions as its quota allows."""

    code = "too_many_subscriptions"

    def __init__(self, limit: int) -> None:
        super().__init__(
            f"Your organisation may have {limit} subscriptions. Delete one, or ask the cooperative for more."
        )


class NotThatStatusError(FeedError):
    """The subscription's status does not allow this."""

    code = "not_that_status"


class CursorError(FeedError):
    """Base of what a reader is told whose cursor leads nowhere."""


class CursorInvalidError(CursorError):
    """The cursor was not made here, or not for this subscription."""

    code = "cursor_invalid"

    def __init__(self) -> None:
        super().__init__(
            "This cursor was not handed out for this subscription. Send one as you got it, or leave it out."
        )


class CursorExpiredError(CursorError):
    """What followed the cursor is no longer kept."""

    code = "cursor_expired"

    def __init__(self) -> None:
        super().__init__(
            "What followed this cursor is kept for 30 days and is gone. Fetch the snapshot and go on from its"
            " cursor, or go on from oldest_cursor and miss what was before."
        )


class CursorBeforeRestoreError(CursorError):
    """The log was restored to a moment before the cursor."""

    code = "cursor_before_restore"

    def __init__(self) -> None:
        super().__init__(
            "The log was restored to a moment before this cursor. Go on from the cursor given here: what you"
            " got after it may come again with the same ids."
        )


class CursorOfAnotherFilterError(CursorError):
    """The subscription showed other types or fields when the cursor was handed out."""

    code = "cursor_of_another_filter"

    def __init__(self) -> None:
        super().__init__(
            "The subscription's types or fields have changed since. Go on from the cursor given here, which"
            " stands at the same place; what was left out before it does not come again."
        )


class NotAWebhookError(FeedError):
    """The subscription has no endpoint, because it is delivered another way."""

    code = "not_a_webhook"

    def __init__(self) -> None:
        super().__init__(
            "This subscription is not delivered by webhook. Make one with the way webhook."
        )


class SubscriptionGoneError(FeedError):
    """The endpoint has said that it wants no more."""

    code = "subscription_gone"

    def __init__(self) -> None:
        super().__init__(
            "The endpoint answered 410 Gone, which ended this subscription. Make a new one."
        )


class EndpointRefusedError(FeedError):
    """The address is not one that the platform calls."""

    code = "address_refused"

    def __init__(self, why: str) -> None:
        super().__init__(f"This address cannot be used: {why}.")


class CodeWrongError(FeedError):
    """The code is not the one that was sent."""

    code = "code_wrong"

    def __init__(self) -> None:
        super().__init__(
            "This is not the code that your endpoint was sent last. PUT the endpoint again to have a new one sent."
        )


class TooManySecretsError(FeedError):
    """As many secrets sign at once as may."""

    code = "too_many_secrets"

    def __init__(self, most: int) -> None:
        super().__init__(
            f"{most} secrets sign at once already. Wait until one ends, or rotate with overlap_hours 0."
        )


class EndpointMissingError(FeedError):
    """There is no endpoint, or it is not verified."""

    code = "endpoint_missing"

    def __init__(self) -> None:
        super().__init__(
            "There is no verified endpoint yet. PUT the endpoint and post the code that it is sent."
        )


class ReplayRunningError(FeedError):
    """One replay at a time."""

    code = "replay_running"

    def __init__(self) -> None:
        super().__init__("A replay of this subscription is running. Wait until its status is done.")

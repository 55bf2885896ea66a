"""What can go wrong by rule with webhooks. Codes are stable; messages say what to do."""

from services.feed.domain.errors import FeedError


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

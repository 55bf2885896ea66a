"""What can be wrong with what a subscription asks for; each error names what there is."""

from collections.abc import Sequence

from services.feed.domain.errors import FeedError


class EventTypeUnknownError(FeedError):
    """There is no such type, or it never leaves the platform."""

    code = "event_type_unknown"

    def __init__(self, unknown: Sequence[str], there: Sequence[str]) -> None:
        super().__init__(
            f"There are no events {_listed(unknown)} to subscribe to. Choose from {_listed(there)}; "
            "/contracts describes each."
        )


class EventTypeNotForKindError(FeedError):
    """An organisation of this kind never sees events of a type."""

    code = "event_type_not_for_kind"

    def __init__(self, types: Sequence[str], kind: str) -> None:
        super().__init__(
            f"An organisation of the kind {kind} never has events {_listed(types)}. Leave them out."
        )


class FieldUnknownError(FeedError):
    """A type has no such field."""

    code = "field_unknown"

    def __init__(self, event_type: str, unknown: Sequence[str], there: Sequence[str]) -> None:
        super().__init__(
            f"Events {event_type} have no fields {_listed(unknown)}. Choose from {_listed(there)}."
        )


def _listed(names: Sequence[str]) -> str:
    return ", ".join(names)

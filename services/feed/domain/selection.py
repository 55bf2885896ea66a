"""What can be asked for, and what is shown of an event to who asked for some fields only."""

from collections.abc import Collection, Mapping
from typing import Any, Final

from services.feed.domain.public_types import NEVER, PUBLIC
from services.feed.domain.selection_errors import (
    EventTypeNotForKindError,
    EventTypeUnknownError,
    FieldUnknownError,
)

#: In place of types: every one that there is, and that there will be.
EVERY_TYPE: Final = "*"

#: The fields that are wanted of some types; the others are shown whole.
Fields = Mapping[str, Collection[str]]


def types_for(kind: str) -> list[str]:
    """The types that a tenant of a kind may ask for, in the order of the table."""
    never = NEVER.get(kind, frozenset())
    return [name for name in PUBLIC if name not in never]


def require_selectable(kind: str, types: Collection[str], fields: Fields) -> None:
    """Refuse what a tenant of a kind cannot ask for.

    Raises EventTypeUnknownError, EventTypeNotForKindError or FieldUnknownError.
    """
    _require_types(kind, {*types, *fields} - {EVERY_TYPE})
    for event_type, names in fields.items():
        there = PUBLIC[event_type].fields
        if unknown := sorted(set(names) - there):
            raise FieldUnknownError(event_type, unknown, sorted(there))


def shown(fields: Fields, event_type: str, data: Mapping[str, Any]) -> Mapping[str, Any]:
    """What of an event's public data is wanted."""
    wanted = fields.get(event_type)
    if wanted is None:
        return data
    return {name: value for name, value in data.items() if name in wanted}


def _require_types(kind: str, types: Collection[str]) -> None:
    there = types_for(kind)
    if unknown := sorted(set(types) - PUBLIC.keys()):
        raise EventTypeUnknownError(unknown, there)
    if foreign := sorted(set(types).difference(there)):
        raise EventTypeNotForKindError(foreign, kind)

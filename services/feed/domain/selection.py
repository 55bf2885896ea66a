"""What a subscription asks for: types of events, and of some of them only some fields."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, Self

from services.feed.domain.public_types import NEVER, PUBLIC
from services.feed.domain.selection_errors import (
    EventTypeNotForKindError,
    EventTypeUnknownError,
    FieldUnknownError,
)

#: Every type that there is, and that there will be.
ALL: Final = "*"


@dataclass(frozen=True, slots=True)
class Selection:
    """Types, or all with None; and for some types the fields that are wanted, all for the others."""

    types: frozenset[str] | None
    fields: Mapping[str, frozenset[str]]

    @classmethod
    def of(
        cls, kind: str, types: Sequence[str], fields: Mapping[str, Collection[str]] | None = None
    ) -> Self:
        """What a tenant of a kind asks for.

        Raises EventTypeUnknownError, EventTypeNotForKindError or FieldUnknownError.
        """
        wanted = None if ALL in types else frozenset(types)
        _check_types(kind, wanted or frozenset())
        chosen = {name: frozenset(names) for name, names in (fields or {}).items()}
        _check_types(kind, chosen.keys())
        for name, names in chosen.items():
            if wanted is not None and name not in wanted:
                raise EventTypeUnknownError([name], sorted(wanted))
            if unknown := names - PUBLIC[name].fields:
                raise FieldUnknownError(name, sorted(unknown), sorted(PUBLIC[name].fields))
        return cls(wanted, chosen)

    def includes(self, event_type: str) -> bool:
        """Whether events of a type are wanted."""
        return self.types is None or event_type in self.types

    def shown(self, event_type: str, data: Mapping[str, Any]) -> dict[str, Any]:
        """What of an event's public data is wanted."""
        fields = self.fields.get(event_type)
        if fields is None:
            return dict(data)
        return {name: value for name, value in data.items() if name in fields}


def types_for(kind: str) -> list[str]:
    """The types that a tenant of a kind may ask for, in the order of the table."""
    never = NEVER.get(kind, frozenset())
    return [name for name in PUBLIC if name not in never]


def _check_types(kind: str, types: Collection[str]) -> None:
    there = types_for(kind)
    if unknown := sorted(set(types) - PUBLIC.keys()):
        raise EventTypeUnknownError(unknown, there)
    if foreign := sorted(set(types).difference(there)):
        raise EventTypeNotForKindError(foreign, kind)

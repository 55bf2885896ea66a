"""Lists in pages, each with an address of its own."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated
from urllib.parse import urlencode

from fastapi import Query

Offset = Annotated[int, Query(ge=0, le=1_000_000)]


@dataclass(frozen=True, slots=True)
class Page:
    """A page of a list: `shown` of what begins at `offset`; `query` is what else the address says."""

    path: str
    query: Mapping[str, str | None]
    offset: int
    shown: int
    has_more: bool
    size: int

    @property
    def first(self) -> int:
        """The number of the first that is shown."""
        return self.offset + 1 if self.shown else 0

    @property
    def last(self) -> int:
        """The number of the last that is shown."""
        return self.offset + self.shown

    @property
    def before(self) -> str | None:
        """The address of the page before; None at the beginning."""
        return self._at(max(self.offset - self.size, 0)) if self.offset else None

    @property
    def after(self) -> str | None:
        """The address of the next page; None at the end."""
        return self._at(self.offset + self.size) if self.has_more else None

    def _at(self, offset: int) -> str:
        return address(self.path, {**self.query, "offset": str(offset) if offset else None})


def address(path: str, query: Mapping[str, str | None]) -> str:
    """An address with what of the query is given."""
    given = {name: value for name, value in query.items() if value}
    return f"{path}?{urlencode(given)}" if given else path

"""What a service could not handle: groups of one cause, single letters, and keys that wait behind a failure."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Final

#: Letters that a release before grouping has left.
UNKNOWN_GROUP: Final = "unknown"


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """Letters of one type, error and place in the code, and the keys that wait for the same."""

    group_id: str
    type: str | None
    code: str | None
    place: str | None
    state: str
    letters: int
    parked_keys: int
    tenants: int
    first_at: datetime
    last_at: datetime
    releases: tuple[str, ...]
    note: str | None
    noted_by: str | None
    noted_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Letter:
    """A record that a service gave up. While a repair holds it, `repair_id` of `held_by` says so."""

    id: int
    topic: str
    partition: int
    offset: int
    key: str | None
    type: str | None
    tenant_id: str | None
    subject: str | None
    correlation_id: str | None
    traceparent: str | None
    error: str
    attempts: int
    failed_at: datetime
    discarded_at: datetime | None
    group_id: str | None
    release: str | None
    repair_id: str | None
    held_by: str | None

    @property
    def trace_id(self) -> str | None:
        """The id of its trace (W3C Trace Context), if it has one."""
        parts = (self.traceparent or "").split("-")
        return parts[1] if len(parts) == 4 else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Received:
    """A letter's headers and data, as the service received them."""

    headers: tuple[tuple[str, str | None], ...]
    data: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ParkedKey:
    """An aggregate whose records wait, because the first of them failed and is tried again at `due_at`."""

    topic: str
    key: str | None
    type: str | None
    tenant_id: str | None
    subject: str | None
    correlation_id: str | None
    records: int
    since: datetime
    due_at: datetime
    error: str
    attempts: int
    group_id: str | None
    release: str | None
    repair_id: str | None
    held_by: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Filter:
    """Which letters of a service are meant: those that match all that is given."""

    type: str | None = None
    tenant_id: str | None = None
    error: str | None = None
    topic: str | None = None
    group_id: str | None = None
    discarded: bool = False


def tenants_of(found: Iterable[Letter | ParkedKey]) -> list[str]:
    """The tenants that they belong to, as far as they say so."""
    return sorted({each.tenant_id for each in found if each.tenant_id})

"""What a tenant's system may hear, and which way it hears it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from hashlib import blake2b
from typing import Any, Self
from uuid import UUID

from services.feed.domain.errors import (
    InvalidSubscriptionError,
    NamesNotAskedForError,
    NotThatStatusError,
)
from services.feed.domain.selection import EVERY_TYPE, require_selectable, shown

FILTER_BYTES = 6


class Way(StrEnum):
    """How events get to the subscriber."""

    PULL = "pull"
    WEBHOOK = "webhook"
    KAFKA = "kafka"


class Status(StrEnum):
    """unverified becomes active; cooling and paused_auto come of failures, gone is an endpoint's own word."""

    UNVERIFIED = "unverified"
    ACTIVE = "active"
    COOLING = "cooling"
    PAUSED_AUTO = "paused_auto"
    PAUSED_BY_TENANT = "paused_by_tenant"
    GONE = "gone"


#: In these nothing is delivered until somebody resumes the subscription.
PAUSED = frozenset({Status.PAUSED_AUTO, Status.PAUSED_BY_TENANT})
_RUNNING = frozenset({Status.ACTIVE, Status.COOLING})


@dataclass(frozen=True, slots=True)
class Agreement:
    """An administrator agreed that names of the tenant's own people leave with its events."""

    by: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Selection:
    """What a subscription shows: types, and of a type named in `fields` only those data fields."""

    types: frozenset[str]
    fields: Mapping[str, Sequence[str]] | None = None

    @property
    def wanted(self) -> frozenset[str] | None:
        """The types to look for; None for every one."""
        return None if EVERY_TYPE in self.types else self.types

    def includes(self, type_: str) -> bool:
        """Whether events of a type are shown."""
        return EVERY_TYPE in self.types or type_ in self.types

    def shown(self, type_: str, data: Mapping[str, Any]) -> Mapping[str, Any]:
        """What is shown of the data of an event."""
        return shown(self.fields or {}, type_, data)

    @property
    def fingerprint(self) -> str:
        """The same for the same selection, whatever the order in which it was written down."""
        fields = sorted((name, *sorted(kept)) for name, kept in (self.fields or {}).items())
        content = repr((sorted(self.types), fields))
        return blake2b(content.encode(), digest_size=FILTER_BYTES).hexdigest()


@dataclass(frozen=True, slots=True)
class Subscription:
    """A subscription of a tenant's."""

    tenant_id: UUID
    subscription_id: UUID
    name: str
    way: Way
    selection: Selection
    status: Status
    status_since: datetime
    created_at: datetime
    created_by: str
    #: What follows this position is for the subscriber.
    start_position: int
    asks_for_names: bool = False
    agreement: Agreement | None = None
    status_reason: str | None = None
    version: int = 1

    def __post_init__(self) -> None:
        """Refuse names on Kafka, where what is written stays for 30 days. Raises InvalidSubscriptionError."""
        if self.way is Way.KAFKA and self.asks_for_names:
            raise InvalidSubscriptionError(
                "Names never travel by Kafka. Leave out named_people, or choose pull or webhook."
            )

    @property
    def shows_names(self) -> bool:
        """Whether names of the tenant's own people leave with its events."""
        return self.asks_for_names and self.agreement is not None

    def changed(
        self, name: str | None, selection: Selection | None, asks_for_names: bool | None
    ) -> Self:
        """Called or showing otherwise from now on; None leaves it as it is."""
        asks = self.asks_for_names if asks_for_names is None else asks_for_names
        return replace(
            self,
            name=self.name if name is None else name,
            selection=selection or self.selection,
            asks_for_names=asks,
            agreement=self.agreement if asks else None,
            version=self.version + 1,
        )

    def agreeing(self, agreement: Agreement | None) -> Self:
        """Naming people from now on, or with None no longer. Raises NamesNotAskedForError."""
        if agreement and not self.asks_for_names:
            raise NamesNotAskedForError
        return replace(self, agreement=agreement, version=self.version + 1)

    def paused(self, now: datetime) -> Self:
        """Nothing is delivered until it is resumed; it loses nothing that the log still keeps."""
        if self.way is Way.PULL:
            raise NotThatStatusError("You fetch the events of this subscription yourself.")
        if self.status not in _RUNNING:
            raise NotThatStatusError(
                f"The subscription is {self.status}: there is nothing to pause."
            )
        return self.turned(Status.PAUSED_BY_TENANT, now)

    def resumed(self, now: datetime) -> Self:
        """Deliveries go on where they stopped."""
        if self.status not in PAUSED:
            raise NotThatStatusError(f"The subscription is {self.status}, not paused.")
        return self.turned(Status.ACTIVE, now)

    def told(self) -> Self:
        """The same after the tenant was told something of it."""
        return replace(self, version=self.version + 1)

    def turned(self, status: Status, now: datetime, reason: str | None = None) -> Self:
        """In another status from now on."""
        return replace(
            self, status=status, status_since=now, status_reason=reason, version=self.version + 1
        )


def first_status(way: Way) -> Status:
    """A webhook has to be verified first."""
    return Status.UNVERIFIED if way is Way.WEBHOOK else Status.ACTIVE


def require_sound(selection: Selection, kind: str) -> None:
    """Refuse a selection that contradicts itself, or that a tenant of this kind cannot ask for.

    Raises InvalidSubscriptionError and what `require_selectable` raises.
    """
    fields = selection.fields or {}
    require_selectable(kind, selection.types, fields)
    if EVERY_TYPE in selection.types and len(selection.types) > 1:
        raise InvalidSubscriptionError(
            'types is either ["*"] for every type or a list of types, not both.'
        )
    strangers = fields.keys() - selection.types
    if strangers and EVERY_TYPE not in selection.types:
        raise InvalidSubscriptionError(
            f"fields names {', '.join(sorted(strangers))}, which types does not."
        )

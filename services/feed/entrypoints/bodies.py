"""What goes over HTTP."""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Annotated, Self
from uuid import UUID

from pydantic import Field

from services.feed.application.read_log import Place
from services.feed.contracts.public_events.base import PublicEvent
from services.feed.domain.public_types import PUBLIC
from services.feed.domain.subscription import Selection, Status, Subscription, Way
from shared.http.fields import Body, Key, Moment, Name, View

EventType = type[PublicEvent]
Types = Annotated[list[Key], Field(min_length=1, max_length=100)]
FieldNames = Annotated[list[Key], Field(max_length=100)]
Fields = Annotated[dict[Key, FieldNames], Field(max_length=100)]


class EventTypeView(View):
    """A type of event that may leave the platform; `schema` is the address of its JSON Schema."""

    type: str
    meaning: str
    fields: list[str]
    schema_: str = Field(serialization_alias="schema")
    deprecated_on: date | None
    ends_on: date | None
    replaced_by: str | None

    @classmethod
    def shown(cls, event: EventType) -> Self:
        """From the contract."""
        notice = event.DEPRECATED
        return cls(
            type=event.TYPE,
            meaning=event.meaning(),
            fields=sorted(PUBLIC[event.TYPE].fields),
            schema_=f"/contracts/schemas/{event.TYPE}.json",
            deprecated_on=notice.deprecated_on if notice else None,
            ends_on=notice.ends_on if notice else None,
            replaced_by=notice.replaced_by if notice else None,
        )


class SubscriptionBody(Body):
    """What a system of yours is to hear, and which way."""

    name: Name
    way: Way
    types: Types = Field(description='Types of events, or ["*"] for every one, also those to come.')
    fields: Fields | None = Field(
        default=None, description="Of a type named here only these fields of `data`; of others all."
    )
    named_people: bool = Field(
        default=False,
        description="Ask for the names of your own people in `data.person`; an administrator has to agree.",
    )
    start: Place | Moment = Field(
        default=Place.NOW,
        description="Where it begins: `now`, `oldest` for all that is kept, or a time (RFC 3339).",
    )

    def selection(self) -> Selection:
        """As the domain has it."""
        return Selection(frozenset(self.types), self.fields)


class SubscriptionPatch(Body):
    """What is to change; what is left out stays as it is. `types` and `fields` are replaced together."""

    name: Name | None = None
    types: Types | None = None
    fields: Fields | None = None
    named_people: bool | None = None

    def selection(self) -> Selection | None:
        """As the domain has it."""
        return Selection(frozenset(self.types), self.fields) if self.types else None


class SubscriptionView(View):
    """A subscription as it is now."""

    subscription_id: UUID
    name: str
    way: Way
    types: list[str]
    fields: Mapping[str, list[str]] | None
    named_people: bool
    named_people_agreed_at: datetime | None
    status: Status
    status_since: datetime
    status_reason: str | None
    created_at: datetime

    @classmethod
    def shown(cls, subscription: Subscription) -> Self:
        """From the domain."""
        selection, agreement = subscription.selection, subscription.agreement
        fields = {name: list(kept) for name, kept in (selection.fields or {}).items()}
        return cls(
            subscription_id=subscription.subscription_id,
            name=subscription.name,
            way=subscription.way,
            types=sorted(selection.types),
            fields=fields or None,
            named_people=subscription.asks_for_names,
            named_people_agreed_at=agreement.at if agreement else None,
            status=subscription.status,
            status_since=subscription.status_since,
            status_reason=subscription.status_reason,
            created_at=subscription.created_at,
        )


class CursorView(View):
    """A place in the log: what follows it has not been read."""

    cursor: str


class EventPage(View):
    """Events in order, and the cursor that follows them. With `more` there are further ones already."""

    events: list[dict[str, object]]
    cursor: str
    more: bool

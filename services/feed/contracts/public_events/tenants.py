"""Public events about an organisation, its people and its agreements."""

from datetime import date, datetime
from typing import ClassVar
from uuid import UUID

from pydantic import BaseModel, ConfigDict

from services.feed.contracts.public_events.base import AboutPerson, PublicEvent


class TenantTold(PublicEvent):
    """Base of what is told of an organisation: the whole of it, as it is from now on."""

    name: str
    kind: str
    official_key: str | None
    state: str
    regions: tuple[str, ...]
    status: str = "active"


class TenantActivatedV1(TenantTold):
    """The organisation may use the platform from now on."""

    TYPE: ClassVar[str] = "tenant.activated.v1"


class TenantChangedV1(TenantTold):
    """The organisation has another name or official key, or lies in other regions."""

    TYPE: ClassVar[str] = "tenant.changed.v1"


class TenantSuspendedV1(TenantTold):
    """The organisation may change nothing any more; what was begun comes to its end."""

    TYPE: ClassVar[str] = "tenant.suspended.v1"


class TenantResumedV1(TenantTold):
    """A suspension was lifted, or a notice withdrawn."""

    TYPE: ClassVar[str] = "tenant.resumed.v1"


class TenantLeavingV1(TenantTold):
    """The membership will end; until its last day nothing changes."""

    TYPE: ClassVar[str] = "tenant.leaving.v1"

    last_day: date


class TenantLeftV1(TenantTold):
    """The membership has ended; the data may be fetched until the last export day."""

    TYPE: ClassVar[str] = "tenant.left.v1"

    last_export_day: date


class TenantBrandedV1(PublicEvent):
    """The organisation looks so from now on, on pages and certificates."""

    TYPE: ClassVar[str] = "tenant.branded.v1"

    display_name: str
    primary_colour: str
    text_colour: str


class TenantLimitedV1(PublicEvent):
    """The organisation may use so much of the feed from now on."""

    TYPE: ClassVar[str] = "tenant.limited.v1"

    events_per_day: int
    subscriptions: int


class PersonRegisteredV1(AboutPerson):
    """The organisation employs a person, again perhaps, or changed that person's roles."""

    TYPE: ClassVar[str] = "person.registered.v1"

    person_id: UUID
    roles: tuple[str, ...]


class PersonLeftV1(AboutPerson):
    """A person has left; `person.registered.v1` follows should they come back."""

    TYPE: ClassVar[str] = "person.left.v1"

    person_id: UUID
    left_on: date


class PersonErasedV1(PublicEvent):
    """Nothing is kept of a person but the opaque id. Erase what you keep of this person."""

    TYPE: ClassVar[str] = "person.erased.v1"

    person_id: UUID


class AgreementPartyV1(BaseModel):
    """An organisation that takes part, as host, party or facilitator."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    tenant_id: UUID
    part: str


class SharedOfferV1(BaseModel):
    """An offer that a party shares."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    provider_id: UUID
    offer_id: UUID


class AgreementTold(PublicEvent):
    """Base of what is told of an agreement that runs: the whole of it."""

    agreement_id: UUID
    proposer_id: UUID
    parties: tuple[AgreementPartyV1, ...]
    offers: tuple[SharedOfferV1, ...]
    ends_at: datetime | None


class AgreementStartedV1(AgreementTold):
    """The parties' people may see and book what is shared, until `ends_at`."""

    TYPE: ClassVar[str] = "agreement.started.v1"


class AgreementChangedV1(AgreementTold):
    """A running agreement has other parties, offers or another end. Who is no party any more hears it a last time."""

    TYPE: ClassVar[str] = "agreement.changed.v1"


class AgreementEndedV1(PublicEvent):
    """Nothing is shared under the agreement any more."""

    TYPE: ClassVar[str] = "agreement.ended.v1"

    agreement_id: UUID
    proposer_id: UUID
    reason: str


class OperatorAccessTold(PublicEvent):
    """Base of what is told of an operator's access."""

    access_id: UUID
    operator: str
    may_change: bool
    until: datetime


class OperatorAccessGrantedV1(OperatorAccessTold):
    """Somebody of the cooperative may act for the organisation until a moment."""

    TYPE: ClassVar[str] = "operator_access.granted.v1"


class OperatorAccessEndedV1(OperatorAccessTold):
    """An operator's access was ended before its time; it ran `until`."""

    TYPE: ClassVar[str] = "operator_access.ended.v1"


EVENTS: tuple[type[PublicEvent], ...] = (
    TenantActivatedV1,
    TenantChangedV1,
    TenantSuspendedV1,
    TenantResumedV1,
    TenantLeavingV1,
    TenantLeftV1,
    TenantBrandedV1,
    TenantLimitedV1,
    PersonRegisteredV1,
    PersonLeftV1,
    PersonErasedV1,
    AgreementStartedV1,
    AgreementChangedV1,
    AgreementEndedV1,
    OperatorAccessGrantedV1,
    OperatorAccessEndedV1,
)

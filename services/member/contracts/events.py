"""Events of the member service. Change is additive; a breaking change is a V2 beside V1."""

from datetime import date, datetime
from typing import ClassVar
from uuid import UUID

from pydantic import BaseModel, ConfigDict

from services.member.contracts.topics import MEMBER_EVENTS, MEMBER_PEOPLE
from shared.envelope import Event, Tombstone


class TenantTold(Event):
    """Base of what is told of a tenant: the whole of what others need to know, as it is from now on.

    So the newest that a service has heard is all that it needs, whichever it is. `status` is active,
    suspended (may read its own, change nothing), leaving (may do everything until its last day) or
    left (may do nothing).
    """

    TOPIC: ClassVar[str] = MEMBER_EVENTS.name
    AGGREGATE: ClassVar[str] = "tenant_id"

    name: str
    kind: str
    official_key: str | None
    state: str
    regions: tuple[str, ...]
    status: str = "active"


class TenantActivatedV1(TenantTold):
    """A tenant may use the platform from now on. Aggregate: the tenant."""

    TYPE: ClassVar[str] = "tenant.activated.v1"


class TenantChangedV1(TenantTold):
    """A tenant has another name or official key, or lies in other regions. Aggregate: the tenant."""

    TYPE: ClassVar[str] = "tenant.changed.v1"


class TenantSuspendedV1(TenantTold):
    """A tenant may change nothing any more; what was begun comes to its end. Aggregate: the tenant."""

    TYPE: ClassVar[str] = "tenant.suspended.v1"


class TenantResumedV1(TenantTold):
    """A suspension was lifted, or a notice withdrawn. Aggregate: the tenant."""

    TYPE: ClassVar[str] = "tenant.resumed.v1"


class TenantLeavingV1(TenantTold):
    """A tenant's membership will end; until its last day nothing changes. Aggregate: the tenant."""

    TYPE: ClassVar[str] = "tenant.leaving.v1"

    last_day: date


class TenantLeftV1(TenantTold):
    """A tenant's membership has ended; until its last export day it may fetch its data. Aggregate: the tenant."""

    TYPE: ClassVar[str] = "tenant.left.v1"

    last_export_day: date


#: Every one of them, for who keeps what it was told last.
TENANT_EVENTS: tuple[type[TenantTold], ...] = (
    TenantActivatedV1,
    TenantChangedV1,
    TenantSuspendedV1,
    TenantResumedV1,
    TenantLeavingV1,
    TenantLeftV1,
)


class TenantDeletedV1(Event):
    """The data of a tenant that left is deleted; what the law keeps is kept. Aggregate: the tenant."""

    TYPE: ClassVar[str] = "tenant.deleted.v1"
    TOPIC: ClassVar[str] = MEMBER_EVENTS.name
    AGGREGATE: ClassVar[str] = "tenant_id"


class TenantBrandedV1(Event):
    """A tenant looks so from now on, on pages and certificates. Aggregate: the tenant.

    Text in `text_colour` on `primary_colour` has a contrast of 4.5:1 at least; `logo` is base64, at most 64 KiB.
    """

    TYPE: ClassVar[str] = "tenant.branded.v1"
    TOPIC: ClassVar[str] = MEMBER_EVENTS.name
    AGGREGATE: ClassVar[str] = "tenant_id"

    display_name: str
    primary_colour: str
    text_colour: str
    logo: str | None
    logo_type: str | None


class TenantLimitedV1(Event):
    """What a tenant may use of the feed from now on: events a day (UTC), and subscriptions. Aggregate: the tenant."""

    TYPE: ClassVar[str] = "tenant.limited.v1"
    TOPIC: ClassVar[str] = MEMBER_EVENTS.name
    AGGREGATE: ClassVar[str] = "tenant_id"

    events_per_day: int
    subscriptions: int


class PersonRegisteredV1(Event):
    """A tenant employs a person, again perhaps, or changed that person's roles. Aggregate: the person, an opaque id."""

    TYPE: ClassVar[str] = "person.registered.v1"
    TOPIC: ClassVar[str] = MEMBER_EVENTS.name
    AGGREGATE: ClassVar[str] = "person_id"

    person_id: UUID
    roles: tuple[str, ...]


class PersonLinkedV1(Event):
    """A person has an account; `account` is the subject of its tokens, an opaque id. Aggregate: the person."""

    TYPE: ClassVar[str] = "person.linked.v1"
    TOPIC: ClassVar[str] = MEMBER_EVENTS.name
    AGGREGATE: ClassVar[str] = "person_id"

    person_id: UUID
    account: str


class PersonLeftV1(Event):
    """A person has left the tenant; `person.registered.v1` follows should they come back. Aggregate: the person."""

    TYPE: ClassVar[str] = "person.left.v1"
    TOPIC: ClassVar[str] = MEMBER_EVENTS.name
    AGGREGATE: ClassVar[str] = "person_id"

    person_id: UUID
    left_on: date


class PersonErasedV1(Event):
    """Nothing is kept of a person but the opaque id; nobody is to keep more. Aggregate: the person."""

    TYPE: ClassVar[str] = "person.erased.v1"
    TOPIC: ClassVar[str] = MEMBER_EVENTS.name
    AGGREGATE: ClassVar[str] = "person_id"

    person_id: UUID


class PersonDescribedV1(Event):
    """What a person is called and how to write to them, for the services that print a name."""

    TYPE: ClassVar[str] = "person.described.v1"
    TOPIC: ClassVar[str] = MEMBER_PEOPLE.name
    AGGREGATE: ClassVar[str] = "person_id"

    person_id: UUID
    given_name: str
    family_name: str
    email: str


class OperatorAccessGrantedV1(Event):
    """An operator may act for a tenant until a moment. Aggregate: the access. `operator` is an opaque id."""

    TYPE: ClassVar[str] = "operator_access.granted.v1"
    TOPIC: ClassVar[str] = MEMBER_EVENTS.name
    AGGREGATE: ClassVar[str] = "access_id"

    access_id: UUID
    operator: str
    may_change: bool
    until: datetime


class OperatorAccessEndedV1(Event):
    """Somebody ended an operator's access before its time: it ran `until`. Aggregate: the access."""

    TYPE: ClassVar[str] = "operator_access.ended.v1"
    TOPIC: ClassVar[str] = MEMBER_EVENTS.name
    AGGREGATE: ClassVar[str] = "access_id"

    access_id: UUID
    operator: str
    may_change: bool
    until: datetime


class PersonForgottenV1(Tombstone):
    """A person's name and address are to be forgotten: a record without data, so no schema describes it."""

    TYPE: ClassVar[str] = "person.forgotten.v1"
    TOPIC: ClassVar[str] = MEMBER_PEOPLE.name
    AGGREGATE: ClassVar[str] = "person_id"


class AgreementPartyV1(BaseModel):
    """A member that takes part, as host, party or facilitator. Part of an event."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    tenant_id: UUID
    part: str


class SharedOfferV1(BaseModel):
    """An offer that a party shares. It counts only if that party provides it. Part of an event."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    provider_id: UUID
    offer_id: UUID


class AgreementStartedV1(Event):
    """The parties' people may see and book what is shared, until `ends_at`. Aggregate: the agreement."""

    TYPE: ClassVar[str] = "agreement.started.v1"
    TOPIC: ClassVar[str] = MEMBER_EVENTS.name
    AGGREGATE: ClassVar[str] = "agreement_id"

    agreement_id: UUID
    parties: tuple[AgreementPartyV1, ...]
    offers: tuple[SharedOfferV1, ...]
    ends_at: datetime | None


class AgreementChangedV1(Event):
    """A running agreement has other parties, offers or another end from now on; all of it stands here.

    `former_parties` were parties until now.
    """

    TYPE: ClassVar[str] = "agreement.changed.v1"
    TOPIC: ClassVar[str] = MEMBER_EVENTS.name
    AGGREGATE: ClassVar[str] = "agreement_id"

    agreement_id: UUID
    parties: tuple[AgreementPartyV1, ...]
    offers: tuple[SharedOfferV1, ...]
    ends_at: datetime | None
    former_parties: tuple[AgreementPartyV1, ...] = ()


class AgreementEndedV1(Event):
    """Nothing is shared under the agreement any more; `reason` is a stable code, `parties` are those it had."""

    TYPE: ClassVar[str] = "agreement.ended.v1"
    TOPIC: ClassVar[str] = MEMBER_EVENTS.name
    AGGREGATE: ClassVar[str] = "agreement_id"

    agreement_id: UUID
    reason: str
    parties: tuple[AgreementPartyV1, ...] = ()


EVENTS = (
    *TENANT_EVENTS,
    TenantDeletedV1,
    TenantBrandedV1,
    TenantLimitedV1,
    PersonRegisteredV1,
    PersonLinkedV1,
    PersonLeftV1,
    PersonErasedV1,
    PersonDescribedV1,
    AgreementStartedV1,
    AgreementChangedV1,
    AgreementEndedV1,
    OperatorAccessGrantedV1,
    OperatorAccessEndedV1,
)

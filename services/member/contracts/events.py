"""Events of the member service. Change is additive; a breaking change is a V2 beside V1."""

from typing import ClassVar
from uuid import UUID

from services.member.contracts.topics import MEMBER_EVENTS, MEMBER_PEOPLE
from shared.envelope import Event


class TenantActivatedV1(Event):
    """A tenant may use the platform from now on. Aggregate: the tenant."""

    TYPE: ClassVar[str] = "tenant.activated.v1"
    TOPIC: ClassVar[str] = MEMBER_EVENTS.name
    AGGREGATE: ClassVar[str] = "tenant_id"

    name: str
    kind: str
    official_key: str | None
    state: str
    regions: tuple[str, ...]


class PersonRegisteredV1(Event):
    """A tenant employs a person, or changed that person's roles. Aggregate: the person, an opaque id."""

    TYPE: ClassVar[str] = "person.registered.v1"
    TOPIC: ClassVar[str] = MEMBER_EVENTS.name
    AGGREGATE: ClassVar[str] = "person_id"

    person_id: UUID
    roles: tuple[str, ...]


class PersonDescribedV1(Event):
    """What a person is called and how to write to them, for the services that print a name."""

    TYPE: ClassVar[str] = "person.described.v1"
    TOPIC: ClassVar[str] = MEMBER_PEOPLE.name
    AGGREGATE: ClassVar[str] = "person_id"

    person_id: UUID
    given_name: str
    family_name: str
    email: str


EVENTS = (TenantActivatedV1, PersonRegisteredV1, PersonDescribedV1)

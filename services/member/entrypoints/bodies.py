"""The bodies of this service's HTTP contract."""

from collections import Counter
from collections.abc import Mapping
from datetime import date, datetime
from typing import Annotated, Self
from uuid import UUID, uuid4

from pydantic import AfterValidator, Field, StringConstraints, field_validator

from services.member.application.register_people import RegisterPerson
from services.member.domain.email import MAX_LENGTH, email_address
from services.member.domain.organisation import Kind, OfficialKey, Organisation
from services.member.domain.person import Description, Outcome, Person, Role
from services.member.domain.record import PersonRecord
from services.member.domain.statutes import MAX_SHARES
from services.member.domain.tenant import Party, Status, Tenant
from shared.http.fields import Body, Key, Name, View
from shared.http.fields import Description as LongText

MAX_PEOPLE = 1_000

Email = Annotated[str, StringConstraints(max_length=MAX_LENGTH), AfterValidator(email_address)]
OfficialKeyText = Annotated[
    str,
    StringConstraints(pattern="^([0-9]{8}|[0-9]{12})$"),
    Field(
        description="AGS (8 digits) or ARS (12 digits), as text; two thirds of them start with a zero"
    ),
]
StateCode = Annotated[Key, Field(description="ISO 3166, such as DE-RP or LU")]
Roles = Annotated[tuple[Role, ...], Field(min_length=1, max_length=len(Role))]


class ApplicationBody(Body):
    """An organisation that wants to become a member."""

    name: Name
    kind: Kind
    official_key: OfficialKeyText | None = None
    state: StateCode
    regions: Annotated[tuple[Key, ...], Field(max_length=20)] = ()
    contact_email: Email
    shares: Annotated[int, Field(ge=1, le=MAX_SHARES, description="Of 1,000 euros each")] = 1

    def organisation(self) -> Organisation:
        """The organisation in the domain's words."""
        return Organisation(
            name=self.name,
            kind=self.kind,
            official_key=OfficialKey(self.official_key) if self.official_key else None,
            state=self.state,
            regions=frozenset(self.regions),
        )


class RefusalBody(Body):
    """Why an application is turned down; the applicant reads it."""

    reason: Annotated[LongText, Field(min_length=1)]


class PersonBody(Body):
    """A person as the tenant knows them."""

    external_id: Annotated[
        Key, Field(description="Your own key for the person, such as a personnel number")
    ]
    given_name: Name
    family_name: Name
    email: Email
    roles: Roles = (Role.LEARNER,)
    user_name: Annotated[
        Key | None,
        Field(description="The name in your directory, as SCIM's userName; else the external_id"),
    ] = None

    def command(self) -> RegisterPerson:
        """The command, with an id should the person be new."""
        return RegisterPerson(
            person_id=uuid4(),
            external_id=self.external_id,
            description=Description(self.given_name, self.family_name, self.email),
            roles=frozenset(self.roles),
            user_name=self.user_name,
        )


class PeopleBody(Body):
    """Many people at once: all are taken, or none."""

    people: Annotated[tuple[PersonBody, ...], Field(min_length=1, max_length=MAX_PEOPLE)]

    @field_validator("people")
    @classmethod
    def _each_once(cls, people: tuple[PersonBody, ...]) -> tuple[PersonBody, ...]:
        count = Counter(person.external_id for person in people)
        repeated = [index for index, person in enumerate(people) if count[person.external_id] > 1]
        if repeated:
            items = ", ".join(map(str, repeated[:20]))
            raise ValueError(f"items {items} share an external_id; send each person once")
        return people


class PersonChangeBody(Body):
    """What shall be different about a person; what is left out stays."""

    given_name: Name | None = None
    family_name: Name | None = None
    email: Email | None = None
    roles: Roles | None = None
    external_id: Key | None = None
    user_name: Key | None = None
    job_family_id: UUID | None = None


class TenantView(View):
    """A member organisation."""

    tenant_id: UUID
    name: str
    kind: Kind
    official_key: str | None
    state: str
    regions: tuple[str, ...]
    contact_email: str
    status: Status
    reason: str | None
    applied_at: datetime
    decided_at: datetime | None
    active_at: datetime | None
    suspension_reason: str | None
    suspended_at: datetime | None
    notice_by: Party | None
    notice_reason: str | None
    notice_given_at: datetime | None
    last_day: date | None
    left_at: datetime | None
    last_export_day: date | None

    @classmethod
    def of(cls, source: object) -> Self:
        """The view of a tenant."""
        assert isinstance(source, Tenant)
        organisation = source.organisation
        return cls(
            tenant_id=source.tenant_id,
            name=organisation.name,
            kind=organisation.kind,
            official_key=organisation.official_key.digits if organisation.official_key else None,
            state=organisation.state,
            regions=tuple(sorted(organisation.regions)),
            contact_email=source.contact_email,
            status=source.status,
            reason=source.reason,
            applied_at=source.applied_at,
            decided_at=source.decided_at,
            active_at=source.active_at,
            suspension_reason=source.suspension.reason if source.suspension else None,
            suspended_at=source.suspension.since if source.suspension else None,
            notice_by=source.notice.by if source.notice else None,
            notice_reason=source.notice.reason if source.notice else None,
            notice_given_at=source.notice.given_at if source.notice else None,
            last_day=source.notice.last_day if source.notice else None,
            left_at=source.left_at,
            last_export_day=source.last_export_day,
        )


class ApplicationView(View):
    """An application with what became of it."""

    tenant: TenantView

    @classmethod
    def of(cls, source: object) -> Self:
        """The view of a tenant for its applicant and for operators."""
        assert isinstance(source, Tenant)
        return cls(tenant=TenantView.of(source))


class ApplicationCountsView(View):
    """How many applications there are of each status."""

    by_status: Mapping[Status, int]
    total: int


class PersonView(View):
    """A person."""

    person_id: UUID
    external_id: str | None
    given_name: str
    family_name: str
    email: str
    roles: tuple[Role, ...]
    user_name: str
    job_family_id: UUID | None
    has_left: bool
    leaves_on: date | None
    erase_on: date | None

    @classmethod
    def of(cls, source: object) -> Self:
        """The view of a person."""
        assert isinstance(source, Person)
        return cls(
            person_id=source.person_id,
            external_id=source.external_id,
            given_name=source.description.given_name,
            family_name=source.description.family_name,
            email=source.description.email,
            roles=tuple(sorted(source.roles)),
            user_name=source.account.user_name,
            job_family_id=source.job_family_id,
            has_left=source.has_left,
            leaves_on=source.leaves_on,
            erase_on=source.erase_on,
        )


class RegisteredView(View):
    """What registering a person came to."""

    person_id: UUID
    outcome: Outcome


class RegisteredItemView(RegisteredView):
    """What registering one of many came to; `index` is its place in the request."""

    index: int


class RegisteredPeopleView(View):
    """An answer for each item, in the order of the request."""

    people: tuple[RegisteredItemView, ...]


class RecordView(View):
    """Something that a person completed, with its certificate once there is one."""

    booking_id: UUID
    title: str | None
    completed_at: datetime | None
    credential_url: str | None

    @classmethod
    def of(cls, source: object) -> Self:
        """The view of a record."""
        assert isinstance(source, PersonRecord)
        completion, certificate = source.completion, source.certificate
        return cls(
            booking_id=source.booking_id,
            title=completion.title if completion else None,
            completed_at=completion.completed_at if completion else None,
            credential_url=certificate.url if certificate else None,
        )

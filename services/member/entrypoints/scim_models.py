"""What SCIM sees of people and units: the parts of RFC 7643 that are used here. The rest is not kept."""

from typing import Annotated, Any

from pydantic import Field
from scim2_models import (
    URN,
    AnyExtension,
    AuthenticationScheme,
    Bulk,
    CaseExact,
    ChangePassword,
    ComplexAttribute,
    EnterpriseUser,
    ETag,
    ExtensibleStringEnum,
    Filter,
    Mutability,
    Patch,
    Reference,
    Required,
    Resource,
    ResourceType,
    Returned,
    ScimPolicy,
    ScimProvider,
    ServiceProviderConfig,
    Sort,
    Uniqueness,
)

MAX_RESULTS = 500


class Name(ComplexAttribute):
    """What the person is called; certificates carry it."""

    family_name: str | None = None
    """The family name."""

    given_name: str | None = None
    """The given name."""


class Email(ComplexAttribute):
    """An address. The primary one is written to, else the one at work, else the first."""

    class Type(ExtensibleStringEnum):
        """Where it is read."""

        work = "work"
        home = "home"
        other = "other"

    value: str | None = None
    """The address."""

    type: Type | None = None
    """Where it is read."""

    primary: bool | None = None
    """Whether it is the one to write to."""


class PersonRole(ComplexAttribute):
    """What the person does with learning, beyond learning."""

    class Value(ExtensibleStringEnum):
        """The roles that there are."""

        leader = "leader"
        trainer = "trainer"
        hr = "hr"
        tenant_admin = "tenant-admin"
        auditor = "auditor"
        works_council = "works-council"

    value: Value | None = None
    """The role."""


class Membership(ComplexAttribute):
    """A unit that the person belongs to; it is changed at the group."""

    value: Annotated[str | None, Mutability.read_only, CaseExact.true] = None
    """The id of the group."""

    ref: Annotated[Reference["Group"] | None, Mutability.read_only] = Field(
        None, serialization_alias="$ref", validation_alias="$ref"
    )
    """The address of the group."""

    display: Annotated[str | None, Mutability.read_only] = None
    """The name of the group."""


class User(Resource[AnyExtension]):
    """A person."""

    __schema__ = URN("urn:ietf:params:scim:schemas:core:2.0:User")

    user_name: Annotated[str | None, Uniqueness.server, Required.true] = None
    """The person's name in the tenant's directory, the tenant's only one."""

    name: Name | None = None
    """What the person is called; certificates carry it."""

    display_name: str | None = None
    """The name to be shown."""

    active: Annotated[bool | None, Required.true] = None
    """Whether the person is there; false means that they have left. Who leaves it out says true."""

    emails: list[Email] | None = None
    """The person's addresses."""

    roles: list[PersonRole] | None = None
    """What the person does beyond learning. A replacement without it leaves the roles as they are."""

    groups: Annotated[list[Membership] | None, Mutability.read_only] = None
    """The units that the person belongs to."""


class Member(ComplexAttribute):
    """A person who belongs to the unit."""

    value: Annotated[str | None, Mutability.immutable, CaseExact.true] = None
    """The id of the person."""

    ref: Annotated[
        Reference["User"] | None,  # type: ignore[type-arg]  # it names the resource type
        Mutability.immutable,
    ] = Field(None, serialization_alias="$ref", validation_alias="$ref")
    """The address of the person."""

    display: Annotated[str | None, Mutability.read_only, Returned.request] = None
    """What the person is called."""


class Group(Resource[Any]):
    """An organisational unit."""

    __schema__ = URN("urn:ietf:params:scim:schemas:core:2.0:Group")

    display_name: Annotated[str | None, Required.true] = None
    """The name of the unit."""

    members: list[Member] | None = None
    """The people who belong to the unit itself."""


CONFIG = ServiceProviderConfig(
    patch=Patch(supported=True),
    bulk=Bulk(supported=False, max_operations=0, max_payload_size=0),
    filter=Filter(supported=True, max_results=MAX_RESULTS),
    change_password=ChangePassword(supported=False),
    sort=Sort(supported=True),
    etag=ETag(supported=True),
    authentication_schemes=[
        AuthenticationScheme(
            type=AuthenticationScheme.Type.oauthbearertoken,
            name="SCIM token",
            description="A token that the tenant's administrator makes at /v1/scim-tokens",
            primary=True,
        )
    ],
)

#: The users of a tenant's directory, with the parts of the enterprise extension.
ScimUser: Any = User[EnterpriseUser]

#: What directories send beyond the schema is left out, and Microsoft Entra's ways of patching are understood.
PROVIDER = ScimProvider(
    models=[User, EnterpriseUser, Group],
    resource_types=[ResourceType.from_resource(ScimUser), ResourceType.from_resource(Group)],
    config=CONFIG,
    policy=ScimPolicy(
        unknown=ScimPolicy.Unknown.ignore,
        remove_value_as_filter=ScimPolicy.RemoveValue.apply,
        unmatched_path_filter=ScimPolicy.UnmatchedPathFilter.create,
    ),
)

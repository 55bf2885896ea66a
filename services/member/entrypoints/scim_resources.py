"""People and units as SCIM resources, and back. A user is a person, a group is a unit: there is no second store."""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from scim2_models import EnterpriseUser, InvalidValueException, Meta
from scim2_models.resources.enterprise_user import Manager

from services.member.application.change_org_unit import KeepOrgUnit
from services.member.application.provision_person import ProvisionPerson
from services.member.domain.account import Account, EmailEntry
from services.member.domain.email import email_address
from services.member.domain.org_unit import OrgUnit
from services.member.domain.person import Description, Person, Role
from services.member.entrypoints.scim_models import (
    Email,
    Group,
    Member,
    Membership,
    Name,
    PersonRole,
    ScimUser,
)
from shared.envelope import Cause

MAX_TEXT = 200
MAX_KEY = 100
MAX_EMAILS = 10
MAX_MEMBERS = 50_000

_ENTERPRISE = ("employee_number", "cost_center", "organization", "division", "department")


def person_of(
    user: Any, tenant_id: UUID, person_id: UUID, cause: Cause, kept: Person | None
) -> ProvisionPerson:
    """The command that a user asks for; `kept` is the person as they are, if there is one.

    Raises InvalidValueException, or InvalidEmailError.
    """
    name = user.name or Name()
    account = Account(
        user_name=_key(user.user_name, "userName") or "",
        display_name=_text(user.display_name, "displayName"),
        emails=_emails(user.emails or []),
        enterprise=_enterprise(user[EnterpriseUser]),
    )
    if not account.user_name:
        raise InvalidValueException(detail="userName is empty. Send the name in your directory.")
    return ProvisionPerson(
        tenant_id=tenant_id,
        person_id=person_id,
        external_id=_key(user.external_id, "externalId"),
        description=Description(
            _text(name.given_name, "name.givenName") or "",
            _text(name.family_name, "name.familyName") or "",
            account.email,
        ),
        roles=_roles(user.roles or [], kept),
        account=account,
        is_active=user.active is not False,
        cause=cause,
    )


def user_of(person: Person, units: Sequence[tuple[UUID, str]]) -> Any:
    """The user that a person is."""
    account, description = person.account, person.description
    has_name = description.given_name or description.family_name
    user = ScimUser(
        id=str(person.person_id),
        external_id=person.external_id,
        user_name=account.user_name,
        name=Name(
            given_name=description.given_name or None, family_name=description.family_name or None
        )
        if has_name
        else None,
        display_name=account.display_name,
        active=not person.has_left,
        emails=[
            Email(value=each.value, type=each.type, primary=each.primary) for each in account.emails
        ]
        or None,
        roles=[PersonRole(value=each) for each in sorted(person.roles - {Role.LEARNER})] or None,
        groups=[
            Membership(value=str(unit_id), ref=f"Groups/{unit_id}", display=name)
            for unit_id, name in units
        ]
        or None,
        meta=_meta("User", person),
    )
    if account.enterprise:
        user[EnterpriseUser] = _extension(account)
    return user


def unit_of(group: Any, tenant_id: UUID, unit_id: UUID, kept: OrgUnit | None) -> KeepOrgUnit:
    """The command that a group asks for; where it lies and who leads it stays. Raises InvalidValueException."""
    members = group.members or []
    if len(members) > MAX_MEMBERS:
        raise InvalidValueException(detail=f"A group may have {MAX_MEMBERS:,} members. Divide it.")
    name = _text(group.display_name, "displayName")
    if not name:
        raise InvalidValueException(detail="displayName is empty. Send the name of the unit.")
    return KeepOrgUnit(
        tenant_id=tenant_id,
        unit_id=unit_id,
        name=name,
        external_id=_key(group.external_id, "externalId"),
        parent_id=kept.parent_id if kept else None,
        members=frozenset(_person_id(each) for each in members),
        leaders=kept.leaders if kept else frozenset(),
    )


def group_of(unit: OrgUnit, names: Mapping[UUID, str]) -> Group:
    """The group that a unit is; `names` are what its members are called."""
    return Group(
        id=str(unit.unit_id),
        external_id=unit.external_id,
        display_name=unit.name,
        members=[
            Member(
                value=str(person_id), ref=f"Users/{person_id}", display=names.get(person_id) or None
            )
            for person_id in sorted(unit.members)
        ]
        or None,
        meta=_meta("Group", unit),
    )


def _meta(resource_type: str, source: Person | OrgUnit) -> Meta:
    return Meta(
        resource_type=resource_type,
        created=source.created_at,
        last_modified=source.changed_at,
        version=f'W/"{source.version}"',
    )


def _emails(emails: Sequence[Email]) -> tuple[EmailEntry, ...]:
    if len(emails) > MAX_EMAILS:
        raise InvalidValueException(detail=f"A person may have {MAX_EMAILS} e-mail addresses.")
    return tuple(
        EmailEntry(
            email_address(each.value),
            _text(each.type and str(each.type), "emails.type"),
            each.primary,
        )
        for each in emails
        if each.value
    )


def _roles(roles: Sequence[PersonRole], kept: Person | None) -> frozenset[Role]:
    """Everybody learns; a person whom somebody else made no learner is none for that."""
    learner = frozenset({Role.LEARNER})
    if kept:
        learner &= kept.roles
    try:
        wanted = frozenset(Role(str(each.value)) for each in roles if each.value)
    except ValueError as error:
        known = ", ".join(role for role in Role)
        raise InvalidValueException(detail=f"roles.value must be one of {known}.") from error
    return wanted | learner or frozenset({Role.LEARNER})


def _enterprise(extension: Any) -> dict[str, str]:
    if extension is None:
        return {}
    texts = {name: _text(getattr(extension, name), name) for name in _ENTERPRISE}
    if extension.manager:
        texts["manager"] = _key(extension.manager.value, "manager.value")
    return {name: value for name, value in texts.items() if value}


def _extension(account: Account) -> EnterpriseUser:
    manager = account.enterprise.get("manager")
    return EnterpriseUser(
        **{name: account.enterprise.get(name) for name in _ENTERPRISE},
        manager=Manager(value=manager, ref=f"Users/{manager}") if manager else None,
    )


def _person_id(member: Member) -> UUID:
    try:
        return UUID(str(member.value))
    except ValueError as error:
        raise InvalidValueException(detail="members.value must be the id of a user.") from error


def _text(value: str | None, name: str, most: int = MAX_TEXT) -> str | None:
    """A text without surrounding space, or None for none. Raises InvalidValueException."""
    if value is None:
        return None
    stripped = value.strip()
    if len(stripped) > most:
        raise InvalidValueException(detail=f"{name} may have {most} characters. Shorten it.")
    if not all(each.isprintable() or each == "\u00a0" for each in stripped):
        raise InvalidValueException(detail=f"{name} contains a control character. Remove it.")
    return stripped or None


def _key(value: str | None, name: str) -> str | None:
    return _text(value, name, MAX_KEY)

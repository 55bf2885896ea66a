"""From what happened in the domain to the public events that tell of it."""

from collections.abc import Sequence

from services.member.contracts.events import (
    PersonDescribedV1,
    PersonRegisteredV1,
    TenantActivatedV1,
)
from services.member.domain.person import Change, Person
from services.member.domain.tenant import Tenant
from shared.envelope import Cause, Event, Outgoing


def tenant_activated(tenant: Tenant, cause: Cause) -> Outgoing:
    """A tenant may use the platform."""
    organisation = tenant.organisation
    event = TenantActivatedV1(
        name=organisation.name,
        kind=organisation.kind,
        official_key=organisation.official_key.digits if organisation.official_key else None,
        state=organisation.state,
        regions=tuple(sorted(organisation.regions)),
    )
    return Outgoing(event, tenant.tenant_id, str(tenant.tenant_id), tenant.version, cause)


def person_changed(person: Person, cause: Cause) -> Sequence[Outgoing]:
    """Everything about a person that was not told yet, in its order."""
    return [
        Outgoing(_event(person, change), person.tenant_id, str(person.person_id), version, cause)
        for change, version in person.changes
    ]


def _event(person: Person, change: Change) -> Event:
    if change is Change.REGISTERED:
        return PersonRegisteredV1(person_id=person.person_id, roles=tuple(sorted(person.roles)))
    return PersonDescribedV1(
        person_id=person.person_id,
        given_name=person.description.given_name,
        family_name=person.description.family_name,
        email=person.description.email,
    )

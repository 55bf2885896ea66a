"""What a person is called: added to the tenant's own events at delivery, where it agreed, and kept nowhere else."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, Final
from uuid import UUID

from services.feed.domain.view import View

PERSON_ID: Final = "person_id"
PERSON: Final = "person"
#: Who is erased is not named once more.
NEVER_NAMED: Final = frozenset({"person.erased.v1"})


@dataclass(frozen=True, slots=True)
class PersonName:
    """Name and address of one of a tenant's people."""

    given_name: str
    family_name: str
    email: str


@dataclass(frozen=True, slots=True)
class NamedPerson:
    """What is known of one of a tenant's people; without a name, that the name is erased."""

    tenant_id: UUID
    person_id: UUID
    name: PersonName | None


def named_person(event_type: str, view: str, data: Mapping[str, Any]) -> UUID | None:
    """Whose name belongs into an event's public data; nobody's, if the person is another tenant's."""
    person_id = data.get(PERSON_ID)
    if view != View.OWN or person_id is None or event_type in NEVER_NAMED:
        return None
    return UUID(person_id)


def with_name(data: Mapping[str, Any], name: PersonName | None) -> Mapping[str, Any]:
    """The data with the name beside the id; as it is, when none is known."""
    return {**data, PERSON: asdict(name)} if name else data

"""Valid things of the member service, with what a test cares about overridden."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any
from uuid import UUID, uuid4

from services.member.application.apply import Apply
from services.member.application.register_people import RegisterPerson
from services.member.domain.area import Areas, Region, State
from services.member.domain.organisation import Kind, OfficialKey, Organisation
from services.member.domain.person import Description, Role
from services.member.domain.tenant import Tenant

NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)
LATER = NOW + timedelta(hours=1)
DAY = timedelta(days=1)

AREAS = Areas(
    states={
        "DE-RP": State("DE-RP", "Rheinland-Pfalz", "07"),
        "DE-BW": State("DE-BW", "Baden-Württemberg", "08"),
        "DE-BY": State("DE-BY", "Bayern", "09"),
        "DE-HE": State("DE-HE", "Hessen", "06"),
        "LU": State("LU", "Luxemburg", None),
    },
    regions={
        "mrn": Region("mrn", "Metropolregion Rhein-Neckar", frozenset({"DE-BW", "DE-HE", "DE-RP"}))
    },
)

_keys = count(7_000_001)


def fresh_key() -> OfficialKey:
    """A key of Rheinland-Pfalz that no other test uses."""
    return OfficialKey(f"{next(_keys):08}")


def organisation(**changes: Any) -> Organisation:
    """A city like Ludwigshafen."""
    usual = Organisation(
        name="Ludwigshafen am Rhein",
        kind=Kind.MUNICIPALITY,
        official_key=fresh_key(),
        state="DE-RP",
        regions=frozenset({"mrn"}),
    )
    return replace(usual, **changes)


def application(**changes: Any) -> Apply:
    """The command of an applicant who acts for nobody yet; other fields are the organisation's."""
    own = {name: changes.pop(name) for name in list(changes) if name in Apply.__slots__}
    usual = Apply(
        tenant_id=uuid4(),
        organisation=organisation(**changes),
        contact_email="bildung@example.org",
        applicant=str(uuid4()),
        applicant_has_tenant=False,
    )
    return replace(usual, **own)


def tenant(**changes: Any) -> Tenant:
    """An application that nobody has decided."""
    command = application(**changes)
    return Tenant.apply(
        command.tenant_id, command.organisation, command.contact_email, command.applicant, NOW
    )


def active_tenant(**changes: Any) -> Tenant:
    """A tenant that may use the platform."""
    made = tenant(**changes)
    made.approve(NOW)
    made.organization_id = str(uuid4())
    made.activate(NOW)
    return made


def description(**changes: Any) -> Description:
    """What a person is called."""
    return replace(Description("Luisa", "Rheinufer", "luisa@example.org"), **changes)


def registration(external_id: str = "4711", **changes: Any) -> RegisterPerson:
    """The command for one person."""
    usual = RegisterPerson(uuid4(), external_id, description(), frozenset({Role.LEARNER}))
    return replace(usual, **changes)


def booking() -> UUID:
    """Some booking's id."""
    return uuid4()

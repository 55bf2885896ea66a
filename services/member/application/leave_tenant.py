"""A person leaves the tenant, at once or on a day to come, and may come back."""

from datetime import date
from uuid import UUID

from services.member.application import outgoing
from services.member.application.ports import UnitOfWork
from services.member.application.register_people import require_active
from services.member.domain.person import Person
from shared.envelope import Cause


async def leave_tenant(
    work: UnitOfWork, tenant_id: UUID, person_id: UUID, on: date, cause: Cause, today: date
) -> Person | None:
    """Remember the day; from then on the person has left. None when the tenant has no such person."""
    await require_active(work, tenant_id)
    person = await work.people.get(person_id)
    if person:
        person.leave(on, today)
        await _save(work, person, cause)
    return person


async def come_back(
    work: UnitOfWork, tenant_id: UUID, person_id: UUID, cause: Cause
) -> Person | None:
    """The person is there again, or does not leave; None when the tenant has no such person.

    Raises UserNameTakenError or ExternalIdTakenError when somebody else has the name by now, and
    TooManyPeopleError when others have come instead.
    """
    await require_active(work, tenant_id)
    person = await work.people.get(person_id)
    if person:
        person.come_back()
        await _save(work, person, cause)
    return person


async def _save(work: UnitOfWork, person: Person, cause: Cause) -> None:
    work.publish(*outgoing.person_changed(person, cause))
    await work.people.save([person])

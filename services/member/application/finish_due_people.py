"""A day has come: people leave who announced it, and are erased whose period ended."""

from collections.abc import Collection
from datetime import datetime
from uuid import UUID

from services.member.application import outgoing
from services.member.application.erase_people import erase_people
from services.member.application.ports import UnitOfWork
from services.member.domain.person import ErasureReason
from shared.envelope import Cause


async def finish_due_people(
    work: UnitOfWork, tenant_id: UUID, person_ids: Collection[UUID], now: datetime
) -> None:
    """Do what is due for these people, if it still is."""
    await work.tenants.lock(tenant_id)
    today = now.date()
    people = await work.people.get_many(person_ids)
    ended = [each for each in people if each.erase_on and each.erase_on <= today]
    leaving = [
        each for each in people if not each.has_left and each.leaves_on and each.leaves_on <= today
    ]
    for person in leaving:
        assert person.leaves_on, "chosen by it"
        person.leave(person.leaves_on, today)
        work.publish(*outgoing.person_changed(person, Cause(str(person.person_id))))
    await work.people.save(leaving)
    ids = [person.person_id for person in ended]
    await erase_people(work, tenant_id, ids, ErasureReason.RETENTION_ENDED, now)

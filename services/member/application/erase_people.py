"""People are erased: nothing is kept of them but that their ids were, and every other service hears it."""

from collections.abc import Collection
from datetime import datetime
from uuid import UUID

from services.member.application import outgoing
from services.member.application.ports import UnitOfWork
from services.member.domain.person import ErasureReason
from shared.envelope import Cause


async def erase_people(
    work: UnitOfWork,
    tenant_id: UUID,
    person_ids: Collection[UUID],
    reason: ErasureReason,
    now: datetime,
) -> Collection[UUID]:
    """Erase those of these people who are there, whatever the tenant's state; returns whom.

    What was published with their names goes from the archive in the same transaction; the tombstones
    that leave with it make the services that print a name forget it.
    """
    await work.tenants.lock(tenant_id)
    people = await work.people.get_many(person_ids)
    for person in people:
        person.erase(now.date())
        work.publish(*outgoing.person_changed(person, Cause(str(person.person_id))))
    erased = [person.person_id for person in people]
    if erased:
        await work.records.erase(erased)
        await work.people.erase(tenant_id, erased, reason, now)
    return erased

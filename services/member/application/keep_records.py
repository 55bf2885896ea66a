"""Other services tell what people completed and certified; this service keeps it for their tenants."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from services.member.application.ports import UnitOfWork
from services.member.domain.record import Certificate, Completion


@dataclass(frozen=True, slots=True)
class KeepRecord:
    """News of a booking."""

    tenant_id: UUID
    booking_id: UUID
    person_id: UUID
    news: Completion | Certificate


async def keep_records(work: UnitOfWork, commands: Sequence[KeepRecord]) -> None:
    """Keep the newest news of each booking, whatever the order in which they arrive; none of who is erased."""
    erased = await work.people.erased({command.person_id for command in commands})
    commands = [command for command in commands if command.person_id not in erased]
    records = await work.records.lock(
        {(command.tenant_id, command.booking_id): command.person_id for command in commands}
    )
    for command in commands:
        records[command.tenant_id, command.booking_id].learn(command.news)
    await work.records.save(records.values())

"""Member says how people are called, and when that is to be forgotten."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from services.certificate.application.ports import UnitOfWork
from services.certificate.domain.award import Recipient


@dataclass(frozen=True, slots=True)
class LearnPerson:
    """A person as described, or erased (None), with the announcement's sequence number."""

    tenant_id: UUID
    person_id: UUID
    recipient: Recipient | None
    sequence: int


async def learn_people(work: UnitOfWork, commands: Sequence[LearnPerson]) -> None:
    """Keep the newest state of each person; one that is erased stays so against older news."""
    await work.people.learn(
        [((each.tenant_id, each.person_id), each.recipient, each.sequence) for each in commands]
    )

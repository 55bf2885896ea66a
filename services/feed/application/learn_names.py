"""Member tells what people are called; the feed keeps it for the tenants that agreed, and for nobody else."""

from collections.abc import Sequence
from dataclasses import dataclass

from services.feed.application.ports import UnitOfWork
from services.feed.domain.person_name import NamedPerson


@dataclass(frozen=True, slots=True)
class LearnName:
    """A person as announced, with the announcement's sequence number."""

    person: NamedPerson
    sequence: int


async def learn_names(work: UnitOfWork, commands: Sequence[LearnName]) -> None:
    """Keep the newest name of each person of a tenant that agreed."""
    agreed = await work.names.agreed({command.person.tenant_id for command in commands})
    await work.names.learn(
        [
            (command.person, command.sequence)
            for command in commands
            if command.person.tenant_id in agreed
        ]
    )

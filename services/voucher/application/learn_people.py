"""Member registers people, who leave one day; this service keeps their roles, which programmes may ask for."""

from collections.abc import Sequence
from dataclasses import dataclass

from services.voucher.application.ports import UnitOfWork
from services.voucher.domain.person import Person


@dataclass(frozen=True, slots=True)
class LearnPerson:
    """A person as registered or gone, with the sequence number of that news."""

    person: Person
    sequence: int


async def learn_people(work: UnitOfWork, commands: Sequence[LearnPerson]) -> None:
    """Keep the newest state of each person."""
    await work.people.learn([(command.person, command.sequence) for command in commands])

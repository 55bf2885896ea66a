"""Member registers people, who leave one day; this service keeps their ids, to book for those who are there."""

from collections.abc import Sequence
from dataclasses import dataclass

from services.catalogue.application.ports import UnitOfWork
from services.catalogue.domain.member import Person


@dataclass(frozen=True, slots=True)
class LearnPerson:
    """A person as registered or gone, with the sequence number of that news."""

    person: Person
    sequence: int


async def learn_people(work: UnitOfWork, commands: Sequence[LearnPerson]) -> None:
    """Keep the newest state of each person."""
    await work.people.learn([(command.person, command.sequence) for command in commands])

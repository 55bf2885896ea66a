"""A person that a tenant employs, known to everybody else by an opaque id."""

from dataclasses import dataclass, field
from enum import StrEnum
from typing import Self
from uuid import UUID


class Role(StrEnum):
    """What a person does with learning."""

    LEARNER = "learner"
    LEADER = "leader"
    TRAINER = "trainer"
    HR = "hr"


class Change(StrEnum):
    """What others hear of: that a person is there with these roles, or what the person is called."""

    REGISTERED = "registered"
    DESCRIBED = "described"


class Outcome(StrEnum):
    """What registering a person came to."""

    CREATED = "created"
    UPDATED = "updated"
    UNCHANGED = "unchanged"


@dataclass(frozen=True, slots=True)
class Description:
    """A person's name and address. It never leaves this service but on the topic for names."""

    given_name: str
    family_name: str
    email: str


@dataclass(slots=True)
class Person:
    """A person by the tenant's own key `external_id`.

    `changes` wait to be told. Each kind is counted by itself, because each has a topic of its own:
    who reads one of them sees no number missing.
    """

    tenant_id: UUID
    person_id: UUID
    external_id: str
    description: Description
    roles: frozenset[Role]
    registrations: int = 0
    descriptions: int = 0
    changes: list[tuple[Change, int]] = field(default_factory=list)

    @classmethod
    def register(
        cls,
        tenant_id: UUID,
        person_id: UUID,
        external_id: str,
        description: Description,
        roles: frozenset[Role],
    ) -> Self:
        """A person who is new here."""
        person = cls(tenant_id, person_id, external_id, description, roles)
        person._note_registration()
        person._note_description()
        return person

    def update(self, description: Description, roles: frozenset[Role]) -> Outcome:
        """Take over what is different."""
        if roles == self.roles and description == self.description:
            return Outcome.UNCHANGED
        if roles != self.roles:
            self.roles = roles
            self._note_registration()
        if description != self.description:
            self.description = description
            self._note_description()
        return Outcome.UPDATED

    def _note_registration(self) -> None:
        self.registrations += 1
        self.changes.append((Change.REGISTERED, self.registrations))

    def _note_description(self) -> None:
        self.descriptions += 1
        self.changes.append((Change.DESCRIBED, self.descriptions))

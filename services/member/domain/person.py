"""A person that a tenant employs, known to everybody else by an opaque id."""

from dataclasses import dataclass, field, replace
from datetime import date, datetime
from enum import StrEnum
from typing import Self
from uuid import UUID

from services.member.domain.account import Account, EmailEntry


class Role(StrEnum):
    """What a person does with learning. Everybody may learn."""

    LEARNER = "learner"
    LEADER = "leader"
    TRAINER = "trainer"
    HR = "hr"
    TENANT_ADMIN = "tenant-admin"
    AUDITOR = "auditor"
    WORKS_COUNCIL = "works-council"


class Change(StrEnum):
    """What others hear of: who is there with which roles and account, who left or is erased, and what a person is called."""

    REGISTERED = "registered"
    LINKED = "linked"
    LEFT = "left"
    ERASED = "erased"
    DESCRIBED = "described"
    FORGOTTEN = "forgotten"

    @property
    def names_the_person(self) -> bool:
        """Whether it is told on the topic for names, which counts for itself."""
        return self in {Change.DESCRIBED, Change.FORGOTTEN}


class Outcome(StrEnum):
    """What registering a person came to."""

    CREATED = "created"
    UPDATED = "updated"
    UNCHANGED = "unchanged"


class ErasureReason(StrEnum):
    """Why a person is erased; a list of reasons, so that no name gets into one."""

    ASKED = "asked"
    RETENTION_ENDED = "retention_ended"
    MISTAKE = "mistake"
    TENANT_LEFT = "tenant_left"


@dataclass(frozen=True, slots=True)
class Description:
    """A person's name and address. It never leaves this service but on the topic for names."""

    given_name: str
    family_name: str
    email: str

    @property
    def is_complete(self) -> bool:
        """Whether a certificate could be addressed; a directory may know less of a person."""
        return bool((self.given_name or self.family_name) and self.email)


@dataclass(slots=True)
class Person:
    """A person by the tenant's own key `external_id`, or only by the user name in the tenant's directory.

    `changes` wait to be told. They are counted by topic: who reads one of them sees no number missing.
    `erase_on` is set when a directory deleted the person: gone for everybody, erased when the period ends.
    `subject` is the token subject of the person's account.
    """

    tenant_id: UUID
    person_id: UUID
    external_id: str | None
    description: Description
    roles: frozenset[Role]
    account: Account
    job_family_id: UUID | None = None
    leaves_on: date | None = None
    has_left: bool = False
    erase_on: date | None = None
    registrations: int = 0
    descriptions: int = 0
    subject: str | None = None
    version: int = 0
    created_at: datetime | None = None
    changed_at: datetime | None = None
    is_changed: bool = field(default=False, compare=False)
    changes: list[tuple[Change, int]] = field(default_factory=list)

    @classmethod
    def register(
        cls,
        tenant_id: UUID,
        person_id: UUID,
        external_id: str,
        description: Description,
        roles: frozenset[Role],
        user_name: str | None = None,
    ) -> Self:
        """A person who is new here; without a user name the tenant's key is taken for one."""
        account = Account(user_name or external_id, emails=_only(description.email))
        return cls.provision(tenant_id, person_id, external_id, description, roles, account)

    @classmethod
    def provision(
        cls,
        tenant_id: UUID,
        person_id: UUID,
        external_id: str | None,
        description: Description,
        roles: frozenset[Role],
        account: Account,
    ) -> Self:
        """A person whom the tenant's directory tells of."""
        person = cls(tenant_id, person_id, external_id, description, roles, account)
        person._touch()
        person._note(Change.REGISTERED)
        if description.is_complete:
            person._note(Change.DESCRIBED)
        return person

    def update(self, description: Description, roles: frozenset[Role]) -> Outcome:
        """Take over what is different."""
        if roles == self.roles and description == self.description:
            return Outcome.UNCHANGED
        if roles != self.roles:
            self.roles = roles
            self._touch()
            if not self.has_left:
                self._note(Change.REGISTERED)
        self._describe(description)
        return Outcome.UPDATED

    def know_as(self, external_id: str | None, account: Account) -> None:
        """Take over how the tenant's directory knows the person."""
        if (external_id, account) != (self.external_id, self.account):
            self.external_id, self.account = external_id, account
            self._touch()

    def rename(self, user_name: str) -> None:
        """Another name in the tenant's directory."""
        self.know_as(self.external_id, replace(self.account, user_name=user_name))

    def link(self, subject: str) -> None:
        """Have an account from now on."""
        self.subject = subject
        self._touch()
        self._note(Change.LINKED)

    def join(self, job_family_id: UUID | None) -> bool:
        """Do another job, or none that is known; returns whether that is new."""
        is_new = job_family_id != self.job_family_id
        if is_new:
            self.job_family_id = job_family_id
            self._touch()
        return is_new

    def leave(self, on: date, today: date) -> None:
        """Leave the tenant, now or at a day to come. Who has left stays so."""
        if self.has_left or (on > today and on == self.leaves_on):
            return
        self.leaves_on = on
        self._touch()
        if on <= today:
            self.has_left = True
            self._note(Change.LEFT)

    def come_back(self) -> None:
        """Be there again, or not leave after all; what was to be erased is kept."""
        if self.leaves_on is None:
            return
        had_left, self.has_left, self.leaves_on, self.erase_on = self.has_left, False, None, None
        self._touch()
        if had_left:
            self._note(Change.REGISTERED)

    def remove(self, today: date, erase_on: date) -> None:
        """The tenant's directory has deleted the person: they leave, and are erased after the period."""
        self.leave(today, today)
        self.erase_on = erase_on
        self._touch()

    def erase(self, today: date) -> None:
        """Nothing is to be kept; others hear it, and whoever printed a name forgets it."""
        self.leave(today, today)
        self._touch()
        self._note(Change.FORGOTTEN)
        self._note(Change.ERASED)

    def _describe(self, description: Description) -> None:
        if description == self.description:
            return
        was_complete = self.description.is_complete
        if description.email not in {each.value for each in self.account.emails}:
            self.account = replace(self.account, emails=_only(description.email))
        self.description = description
        self._touch()
        if description.is_complete:
            self._note(Change.DESCRIBED)
        elif was_complete:
            self._note(Change.FORGOTTEN)

    def _touch(self) -> None:
        if not self.is_changed:
            self.version += 1
            self.is_changed = True

    def _note(self, change: Change) -> None:
        if change.names_the_person:
            self.descriptions += 1
            self.changes.append((change, self.descriptions))
        else:
            self.registrations += 1
            self.changes.append((change, self.registrations))


def _only(email: str) -> tuple[EmailEntry, ...]:
    return (EmailEntry(email, "work", primary=True),) if email else ()

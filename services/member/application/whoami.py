"""Who calls, as the tenant knows them: the person behind an account, linked at the first call."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from services.member.application import outgoing
from services.member.application.ports import UnitOfWork
from services.member.domain.audit import Action, Entry
from services.member.domain.person import Person
from shared.envelope import Cause


@dataclass(frozen=True, slots=True)
class Account:
    """An account that acts for a tenant. `email` is the address that the identity provider has verified."""

    tenant_id: UUID
    subject: str
    email: str | None


async def whoami(work: UnitOfWork, account: Account, now: datetime) -> Person | None:
    """The person behind an account; None when the tenant has none, who has left is none, or it cannot tell who of several it is.

    An account without a person is linked to the one without an account who has its address.
    """
    person = await work.people.by_subject(account.tenant_id, account.subject)
    if person and person.has_left:
        return None
    if person or account.email is None:
        return person
    found = await work.people.by_email(account.tenant_id, account.email)
    if len(found) != 1:
        return None
    if found[0].subject is None:
        await link_account(work, found[0], account.subject, now)
    # Another call may have linked this account meanwhile; or the person has another one.
    return await work.people.by_subject(account.tenant_id, account.subject)


async def link_account(work: UnitOfWork, found: Person, subject: str, now: datetime) -> None:
    """Let an account be a person's, unless another call has linked the person meanwhile; it is written down and told."""
    await work.tenants.lock(found.tenant_id)
    person = await work.people.get(found.person_id)
    if person is None or person.subject is not None:
        return
    person.link(subject)
    if not await work.people.link(person):
        return
    work.publish(*outgoing.person_changed(person, Cause(str(person.person_id))))
    await work.people.save([person])
    entry = Entry(person.tenant_id, now, subject, Action.ACCOUNT_LINKED, str(person.person_id))
    await work.audit.add(entry)

"""A tenant takes a credential back: the bit in its status list says so from then on."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from services.certificate.application import outgoing
from services.certificate.application.ports import UnitOfWork
from services.certificate.domain.award import Award


@dataclass(frozen=True, slots=True)
class RevokeCredential:
    """The issuer's decision. The reason is published, so it names nobody."""

    credential_id: UUID
    reason: str
    traceparent: str | None


async def revoke_credential(
    work: UnitOfWork, command: RevokeCredential, now: datetime
) -> Award | None:
    """The award, revoked; None when there is no such credential. A repetition changes nothing."""
    award = await work.awards.lock_credential(command.credential_id)
    if award is None:
        return None
    revoked = award.revoke(command.reason, now)
    if revoked != award:
        await _set_bit(work, revoked)
        await work.awards.save([revoked])
        work.publish(outgoing.credential_revoked(revoked, command.traceparent))
    return revoked


async def _set_bit(work: UnitOfWork, award: Award) -> None:
    assert award.list_id, "a credential has a status list"
    assert award.status_index is not None, "a credential has a place in it"
    status_list = await work.status_lists.lock(award.tenant_id, award.list_id)
    assert status_list, "a credential's status list is kept"
    await work.status_lists.save(status_list.revoke(award.status_index))

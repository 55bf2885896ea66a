"""Status lists are signed when they are asked for: again only after a change, or before they run out."""

from datetime import datetime
from uuid import UUID

from services.certificate.application.ports import UnitOfWork


async def publish_status_list(
    work: UnitOfWork, tenant_id: UUID, list_id: int, now: datetime
) -> bytes | None:
    """The signed list, or None when there is no such list."""
    current = await work.status_lists.get(tenant_id, list_id)
    if current is None or (published := current.published(now)):
        return published if current else None
    return await _sign(work, tenant_id, list_id, now)


async def _sign(work: UnitOfWork, tenant_id: UUID, list_id: int, now: datetime) -> bytes | None:
    status_list = await work.status_lists.lock(tenant_id, list_id)
    assert status_list, "a status list is kept"
    if published := status_list.published(now):
        return published  # somebody else has signed it while this one waited for the lock
    issuer = (await work.issuers.get_many([tenant_id]))[tenant_id]
    signed = await work.signer.sign_status_list(status_list, issuer, now)
    await work.status_lists.save(status_list.publish(signed, now))
    return signed

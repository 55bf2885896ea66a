"""Member announces tenants; each becomes an issuer with a key of its own, made once."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from services.certificate.application import outgoing
from services.certificate.application.ports import UnitOfWork
from services.certificate.domain.status_list import FIRST_LIST, StatusList, empty_bits
from shared.envelope import Cause

FIRST_KEY = "key-1"


@dataclass(frozen=True, slots=True)
class CreateIssuer:
    """A tenant as announced, with the announcement's sequence number."""

    tenant_id: UUID
    name: str
    sequence: int
    cause: Cause
    status: str = "active"


async def create_issuers(work: UnitOfWork, commands: Sequence[CreateIssuer], now: datetime) -> None:
    """Keep the newest of each tenant; make a key and a status list for those that have none."""
    await work.issuers.learn(
        [
            (work.addresses.issuer(each.tenant_id, each.name), each.status, each.sequence)
            for each in commands
        ]
    )
    causes = {command.tenant_id: command.cause for command in commands}
    known = await work.issuers.get_many(causes.keys())
    # Sorted, so that two workers with the same tenants wait for each other instead of deadlocking.
    keys = [work.signer.make_key(each, FIRST_KEY) for each in sorted(causes) if each not in known]
    added = await work.issuers.add_keys(keys, now)
    for key in keys:
        if key.tenant_id in added:
            await work.status_lists.open(StatusList(key.tenant_id, FIRST_LIST, empty_bits()))
            work.publish(outgoing.issuer_created(key, work.addresses, causes[key.tenant_id]))

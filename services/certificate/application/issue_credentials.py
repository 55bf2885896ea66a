"""Awards whose person and issuer's key are known become signed credentials."""

import secrets
from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import datetime
from uuid import UUID, uuid4

from services.certificate.application import outgoing
from services.certificate.application.ports import UnitOfWork
from services.certificate.domain.addresses import Addresses
from services.certificate.domain.award import Award, Recipient
from services.certificate.domain.credential import Credential, StatusPlace, build_credential
from services.certificate.domain.issuer import Issuer
from services.certificate.domain.status_list import (
    FIRST_LIST,
    LIST_CAPACITY,
    StatusList,
    choose_index,
    empty_bits,
)

SALT_BYTES = 16


async def issue_credentials(work: UnitOfWork, now: datetime, limit: int) -> int:
    """Issue what is ready, up to a number; returns how many were issued."""
    ready = await work.awards.lock_ready(limit)
    issuers = await work.issuers.get_many({award.tenant_id for award in ready})
    for tenant_id, awards in _by_tenant(ready):
        await _issue(work, issuers[tenant_id], awards, now)
    return len(ready)


def _by_tenant(awards: Iterable[Award]) -> Iterable[tuple[UUID, list[Award]]]:
    groups: dict[UUID, list[Award]] = defaultdict(list)
    for award in awards:
        groups[award.tenant_id].append(award)
    return groups.items()


async def _issue(work: UnitOfWork, issuer: Issuer, awards: Sequence[Award], now: datetime) -> None:
    recipients = await work.people.get_many({(each.tenant_id, each.person_id) for each in awards})
    list_id, taken = await _places(work, issuer.profile.tenant_id)
    issued, documents = [], []
    for award in awards:
        recipient = recipients.get((award.tenant_id, award.person_id))
        index = choose_index(secrets.randbelow, taken)
        taken.add(index)
        changed = award.issue(
            recipient=recipient,
            key_id=issuer.key.key_id,
            credential_id=uuid4(),
            list_id=list_id,
            status_index=index,
            now=now,
        )
        assert recipient, "an award without a recipient is not issued"
        issued.append(changed)
        documents.append(_document(changed, issuer, recipient, work.addresses))
    signed = await work.signer.sign(documents, issuer, now)
    await work.credentials.add(
        [Credential.of(award, document) for award, document in zip(issued, signed, strict=True)]
    )
    await work.awards.save(issued)
    work.publish(*(outgoing.credential_issued(award, work.addresses) for award in issued))


async def _places(work: UnitOfWork, tenant_id: UUID) -> tuple[int, set[int]]:
    """The list that the tenant fills now, a new one when it is full, and the places taken in it."""
    newest = await work.status_lists.newest(tenant_id)
    taken = await work.awards.places(tenant_id, newest) if newest else set()
    if newest and len(taken) < LIST_CAPACITY:
        return newest, taken
    list_id = newest + 1 if newest else FIRST_LIST
    await work.status_lists.open(StatusList(tenant_id, list_id, empty_bits()))
    return list_id, set()


def _document(
    award: Award, issuer: Issuer, recipient: Recipient, addresses: Addresses
) -> dict[str, object]:
    assert award.credential_id, "an issued award has a credential"
    assert award.list_id, "an issued award has a status list"
    assert award.status_index is not None, "an issued award has a place in it"
    assert award.issued_at, "an issued award has a time of issue"
    return build_credential(
        credential_url=addresses.credential(award.tenant_id, award.credential_id),
        issuer=issuer.profile,
        provider=addresses.issuer(award.provider.tenant_id, award.provider.name),
        achievement=award.achievement,
        email=recipient.email,
        salt=secrets.token_hex(SALT_BYTES),
        valid_from=award.issued_at,
        status=StatusPlace(
            addresses.status_list(award.tenant_id, award.list_id), award.status_index
        ),
    )

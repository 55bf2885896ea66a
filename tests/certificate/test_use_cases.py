from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta
from itertools import permutations
from typing import Any
from uuid import UUID, uuid4

import pytest

from services.certificate.application.create_issuers import create_issuers
from services.certificate.application.issue_credentials import issue_credentials
from services.certificate.application.learn_people import learn_people
from services.certificate.application.publish_status_list import publish_status_list
from services.certificate.application.record_awards import record_awards
from services.certificate.application.revoke_credential import RevokeCredential, revoke_credential
from services.certificate.application.verify_credential import Check, verify_credential
from services.certificate.contracts.events import (
    CredentialIssuedV1,
    CredentialRevokedV1,
    IssuerCreatedV1,
)
from services.certificate.domain.award import Award, AwardState, Provider
from services.certificate.domain.credential import Credential
from services.certificate.domain.errors import CertificateError
from services.certificate.domain.status_list import LIST_CAPACITY, RENEWAL, VALIDITY, get_bit
from tests.certificate.builders import activated, an_award, completed, described
from tests.certificate.fakes import FakeUnitOfWork
from tests.certificate.samples import BASE, NOW, OTHER_TENANT, TENANT

PERSON = UUID(int=3)


async def tell(work: FakeUnitOfWork, what: str, booking_id: UUID) -> None:
    """What consumer.py does with one event."""
    if what == "activated":
        await create_issuers(work, [activated()], NOW)
    elif what == "described":
        await learn_people(work, [described(PERSON)])
    else:
        await record_awards(work, [completed(booking_id=booking_id)])
    await issue_credentials(work, NOW, 100)


async def issued_one() -> tuple[FakeUnitOfWork, Award]:
    work, booking_id = FakeUnitOfWork(), uuid4()
    for what in ("activated", "described", "completed"):
        await tell(work, what, booking_id)
    (award,) = work.awards.kept.values()
    return work, award


def told(work: FakeUnitOfWork, kind: type) -> list[Any]:
    return [each for each in work.published if isinstance(each.event, kind)]


@pytest.mark.parametrize("order", permutations(["activated", "described", "completed"]))
async def test_whatever_comes_last_issues_the_credential_once(order: tuple[str, ...]) -> None:
    work, booking_id = FakeUnitOfWork(), uuid4()
    for position, what in enumerate(order):
        assert not told(work, CredentialIssuedV1), position
        await tell(work, what, booking_id)
    for what in (*order, *order):
        await tell(work, what, booking_id)
    (outgoing,) = told(work, CredentialIssuedV1)
    (award,) = work.awards.kept.values()
    assert award.state is AwardState.ISSUED
    assert outgoing.event.booking_id == booking_id
    assert outgoing.event.url == f"{BASE}/tenants/{TENANT}/credentials/{award.credential_id}"
    assert (outgoing.aggregate, outgoing.sequence) == (str(award.credential_id), 1)
    assert (outgoing.cause.correlation_id, outgoing.cause.causation_id) == (
        str(booking_id),
        "completion",
    )
    assert len(work.credentials.kept) == len(told(work, IssuerCreatedV1)) == work.signer.made == 1


async def test_an_issuer_keeps_its_key_and_takes_its_newest_name() -> None:
    work = FakeUnitOfWork()
    await create_issuers(
        work,
        [activated(), activated(name="Quadratestadt", sequence=3), activated(sequence=2)],
        NOW,
    )
    issuer = (await work.issuers.get_many([TENANT]))[TENANT]
    assert issuer.profile.name == "Quadratestadt"
    (outgoing,) = told(work, IssuerCreatedV1)
    assert (outgoing.aggregate, outgoing.sequence, outgoing.tenant_id) == (str(TENANT), 1, TENANT)
    assert outgoing.event.verification_method == f"{issuer.profile.did}#{issuer.key.key_id}"


async def test_a_batch_is_issued_together_with_places_of_their_own() -> None:
    work = FakeUnitOfWork()
    await create_issuers(work, [activated(), activated(OTHER_TENANT)], NOW)
    people = [uuid4() for _ in range(20)]
    both = [(tenant_id, person_id) for person_id in people for tenant_id in (TENANT, OTHER_TENANT)]
    await learn_people(work, [described(p, tenant_id=t) for t, p in both])
    commands = [completed(tenant_id=t, person_id=p) for t, p in both]
    await record_awards(work, [*commands, *commands[:7]])
    assert await issue_credentials(work, NOW, 30) == 30
    assert await issue_credentials(work, NOW, 30) == 10
    assert await issue_credentials(work, NOW, 30) == 0
    for tenant_id in (TENANT, OTHER_TENANT):
        assert len(await work.awards.places(tenant_id, 1)) == 20
    assert len({json.loads(c.document)["by"] for c in work.credentials.kept.values()}) == 2


async def test_the_credential_says_what_was_completed() -> None:
    work, award = await issued_one()
    (credential,) = work.credentials.kept.values()
    document = json.loads(credential.document)
    achievement = document["credentialSubject"]["achievement"]
    assert achievement["tag"] == ["Datenschutz", "Recht"]
    assert achievement["creditsAvailable"] == 1.5
    assert achievement["creator"]["name"] == "Volkshochschule Ludwigshafen"
    assert achievement["creator"]["id"] != document["issuer"]["id"]
    assert document["credentialStatus"]["statusListIndex"] == str(award.status_index)
    assert "Aylin" not in repr(document)
    assert "aylin" not in repr(document)


@pytest.mark.parametrize(
    ("minutes", "hours"), [(0, None), (1, 0.02), (50, 0.83), (90, 1.5), (480, 8)]
)
async def test_minutes_become_hours(minutes: int, hours: float | None) -> None:
    work = FakeUnitOfWork()
    await record_awards(work, [completed(duration_minutes=minutes)])
    (award,) = work.awards.kept.values()
    kept = award.achievement.hours
    assert (None if kept is None else float(kept)) == hours


@pytest.mark.parametrize(
    "change",
    [{"name": " "}, {"criteria": ""}, {"competences": ("",)}, {"duration_minutes": -5}],
)
async def test_a_completion_without_texts_is_no_award(change: dict[str, Any]) -> None:
    with pytest.raises(CertificateError) as refused:
        await record_awards(FakeUnitOfWork(), [completed(**change)])
    assert refused.value.code == "achievement_invalid"


def test_a_provider_needs_a_name() -> None:
    with pytest.raises(CertificateError) as refused:
        Provider(TENANT, " ")
    assert refused.value.code == "award_invalid"


async def test_an_erased_person_gets_no_credential_until_described_anew() -> None:
    work = FakeUnitOfWork()
    await create_issuers(work, [activated()], NOW)
    await learn_people(work, [described(PERSON, sequence=2, recipient=None)])
    await learn_people(work, [described(PERSON, sequence=1)])
    await record_awards(work, [completed()])
    assert await issue_credentials(work, NOW, 10) == 0
    await learn_people(work, [described(PERSON, sequence=3)])
    assert await issue_credentials(work, NOW, 10) == 1


async def test_a_full_list_is_followed_by_another() -> None:
    work, award = await issued_one()
    filler = {
        index: replace(award, award_id=UUID(int=index), status_index=index)
        for index in range(LIST_CAPACITY)
    }
    work.awards.kept |= {each.award_id: each for each in filler.values()}
    await record_awards(work, [completed()])
    await issue_credentials(work, NOW, 10)
    assert await work.status_lists.newest(TENANT) == 2
    assert len(await work.awards.places(TENANT, 2)) == 1


async def test_revoking_sets_the_bit_and_is_told_once() -> None:
    work, award = await issued_one()
    assert award.credential_id
    assert award.status_index is not None
    before = await publish_status_list(work, TENANT, 1, NOW)
    for reason in ("issued by mistake", "again"):
        command = RevokeCredential(award.credential_id, reason, None)
        revoked = await revoke_credential(work, command, NOW)
        assert revoked
        assert revoked.revocation_reason == "issued by mistake"
    (outgoing,) = told(work, CredentialRevokedV1)
    assert outgoing.event.reason == "issued by mistake"
    assert (outgoing.sequence, outgoing.cause.correlation_id) == (2, str(award.booking_id))
    status_list = await work.status_lists.get(TENANT, 1)
    assert status_list
    assert get_bit(status_list.bits, award.status_index)
    assert sum(byte.bit_count() for byte in status_list.bits) == 1
    assert await publish_status_list(work, TENANT, 1, NOW) != before


async def test_what_is_not_there_is_not_revoked() -> None:
    work = FakeUnitOfWork()
    assert await revoke_credential(work, RevokeCredential(uuid4(), "reason", None), NOW) is None
    assert await publish_status_list(work, TENANT, 1, NOW) is None


async def test_a_status_list_is_signed_again_only_before_it_runs_out() -> None:
    work, _ = await issued_one()
    first = await publish_status_list(work, TENANT, 1, NOW)
    soon = NOW + VALIDITY - RENEWAL
    assert await publish_status_list(work, TENANT, 1, soon) == first
    later = await publish_status_list(work, TENANT, 1, soon + timedelta(seconds=1))
    assert later is not None
    assert later != first


async def test_a_credential_is_verified_by_its_bytes_and_its_bit() -> None:
    work, award = await issued_one()
    assert award.credential_id
    assert (await verify_credential(work, award)).valid
    kept = work.credentials.kept[award.credential_id]
    work.credentials.kept[award.credential_id] = Credential(
        kept.tenant_id, kept.credential_id, kept.award_id, b'{"by": "somebody else"}'
    )
    forged = await verify_credential(work, award)
    assert (forged.valid, forged.revoked) == (False, False)
    assert Check("signature", passed=False) in forged.checks
    await revoke_credential(work, RevokeCredential(award.credential_id, "reason", None), NOW)
    assert (await verify_credential(work, award)).revoked


def test_awards_of_different_bookings_differ() -> None:
    one, other = an_award(), an_award()
    assert one.award_id != other.award_id
    assert an_award(booking_id=one.booking_id).award_id == one.award_id

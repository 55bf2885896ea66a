"""One suite for the ports in memory and on PostgreSQL, and what only PostgreSQL guards."""

import asyncio
from collections.abc import AsyncIterator, Callable, Collection
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import replace
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError, IntegrityError
from sqlalchemy.ext.asyncio import AsyncEngine

from services.certificate.adapters.invariants import violated_invariants
from services.certificate.adapters.keys import KeyVault
from services.certificate.adapters.unit_of_work import PostgresUnitOfWork
from services.certificate.application.create_issuers import create_issuers
from services.certificate.application.issue_credentials import issue_credentials
from services.certificate.application.learn_people import learn_people
from services.certificate.application.ports import UnitOfWork
from services.certificate.application.record_awards import record_awards
from services.certificate.application.revoke_credential import RevokeCredential, revoke_credential
from services.certificate.domain.award import Award, AwardState, Waiting, award_id_for
from services.certificate.domain.credential import Credential
from services.certificate.domain.status_list import StatusList, empty_bits
from shared.database.engine import transaction
from shared.database.isolation import verify_isolation
from shared.database.unit_of_work import UnitsOfWork
from tests.certificate.builders import (
    ADDRESSES,
    BRAND,
    RECIPIENT,
    activated,
    an_award,
    completed,
    described,
)
from tests.certificate.fakes import FakeUnitOfWork
from tests.certificate.samples import MASTER_KEY, NOW

Open = Callable[[Collection[UUID]], AbstractAsyncContextManager[UnitOfWork]]


@pytest.fixture(params=["memory", "postgres"])
def opened(request: pytest.FixtureRequest) -> Any:
    if request.param == "postgres":
        return request.getfixturevalue("units")
    work = FakeUnitOfWork()

    @asynccontextmanager
    async def open_fake(_tenants: Collection[UUID]) -> AsyncIterator[UnitOfWork]:
        yield work

    return open_fake


async def learn(work: UnitOfWork, tenant_id: UUID, name: str, version: int) -> None:
    await work.issuers.learn([(ADDRESSES.issuer(tenant_id, name), "active", version)])


async def test_an_issuer_has_its_newest_name_and_its_first_key(opened: Open) -> None:
    tenant_id = uuid4()
    vault = KeyVault(MASTER_KEY)
    first, second = (vault.generate(tenant_id, "key-1") for _ in range(2))
    async with opened([tenant_id]) as work:
        await learn(work, tenant_id, "Mannheim", 2)
        assert await work.issuers.get_many([tenant_id]) == {}
        assert await work.issuers.add_keys([], NOW) == set()
        assert await work.issuers.add_keys([first], NOW) == {tenant_id}
        assert await work.issuers.add_keys([second], NOW) == set()
    async with opened([tenant_id]) as work:
        await learn(work, tenant_id, "An older name", 1)
        issuer = (await work.issuers.get_many([tenant_id]))[tenant_id]
        assert (issuer.profile.name, issuer.key) == ("Mannheim", first)
        assert await work.issuers.keys(tenant_id) == [first]
        assert await work.issuers.keys(uuid4()) == []


async def test_brands_are_learned_and_forgotten_whatever_the_order(opened: Open) -> None:
    tenant_id, other = uuid4(), uuid4()
    plain = replace(BRAND, logo=None)
    async with opened([tenant_id, other]) as work:
        await work.brands.learn([])
        await work.brands.learn([(tenant_id, BRAND, 2), (other, plain, 1)])
        await work.brands.learn([(tenant_id, plain, 1)])
        assert await work.brands.get(tenant_id) == BRAND
        assert await work.brands.get(other) == plain
        assert await work.brands.get(uuid4()) is None
        await work.brands.learn([(tenant_id, None, 4)])
        await work.brands.learn([(tenant_id, BRAND, 3)])
        assert await work.brands.get(tenant_id) is None


async def test_an_issuer_has_an_image_while_it_has_a_logo(opened: Open) -> None:
    tenant_id = uuid4()
    async with opened([tenant_id]) as work:
        await create_issuers(work, [activated(tenant_id)], NOW)
        for brand, image in (
            (replace(BRAND, logo=None), None),
            (BRAND, ADDRESSES.logo(tenant_id)),
            (None, None),
        ):
            await work.brands.learn([(tenant_id, brand, 1)])
            issuer = (await work.issuers.get_many([tenant_id]))[tenant_id]
            assert issuer.profile.image == image


async def test_people_are_learned_and_erased_whatever_the_order(opened: Open) -> None:
    tenant_id, person_id = uuid4(), uuid4()
    key = (tenant_id, person_id)
    async with opened([tenant_id]) as work:
        await work.people.learn([(key, RECIPIENT, 1), ((tenant_id, uuid4()), RECIPIENT, 1)])
        assert await work.people.get_many([key]) == {key: RECIPIENT}
        assert await work.people.get_many([]) == {}
        await work.people.learn([(key, None, 3)])
        await work.people.learn([(key, RECIPIENT, 2)])
        assert await work.people.get_many([key, (uuid4(), person_id)]) == {}


async def make_issuer(opened: Open, tenant_id: UUID, people: Collection[UUID] = ()) -> None:
    async with opened([tenant_id]) as work:
        await create_issuers(work, [activated(tenant_id)], NOW)
        await learn_people(work, [described(each, tenant_id=tenant_id) for each in people])


async def test_awards_are_kept_once_and_found_when_ready(opened: Open) -> None:
    tenant_id, person_id = uuid4(), uuid4()
    late = an_award(tenant_id=tenant_id, person_id=person_id, completed_at=NOW + timedelta(days=1))
    early = an_award(tenant_id=tenant_id, person_id=person_id)
    stranger = an_award(tenant_id=tenant_id, person_id=uuid4())
    async with opened([tenant_id]) as work:
        await work.awards.add([late, early, stranger, early])
        assert await work.awards.lock_ready(10) == []
    await make_issuer(opened, tenant_id, [person_id])
    async with opened([tenant_id]) as work:
        assert await work.awards.lock_ready(10) == [early, late]
        assert await work.awards.lock_ready(1) == [early]


def issued(award: Award, index: int) -> Award:
    return award.issue(
        recipient=RECIPIENT,
        key_id="key-1",
        credential_id=uuid4(),
        list_id=1,
        status_index=index,
        now=NOW,
    )


async def test_an_issued_award_survives_being_stored(opened: Open) -> None:
    tenant_id, person_id = uuid4(), uuid4()
    pending = an_award(tenant_id=tenant_id, person_id=person_id)
    await make_issuer(opened, tenant_id, [person_id])
    award = issued(pending, 7)
    assert award.credential_id
    async with opened([tenant_id]) as work:
        await work.awards.add([pending])
        await work.credentials.add([Credential.of(award, b"signed")])
        await work.awards.save([award])
        await work.awards.add([pending])
    async with opened([tenant_id]) as work:
        assert await work.awards.lock_credential(award.credential_id) == award
        assert await work.awards.lock_credential(uuid4()) is None
        assert await work.awards.lock_ready(10) == []
        assert await work.awards.places(tenant_id, 1) == {7}
        assert await work.awards.places(tenant_id, 2) == set()
        assert await work.credentials.get(award.credential_id) == Credential.of(award, b"signed")
        assert await work.credentials.get(uuid4()) is None
        revoked = award.revoke("reason", NOW)
        await work.awards.save([revoked])
        assert await work.awards.lock_credential(award.credential_id) == revoked


async def test_status_lists_are_opened_once_and_changed(opened: Open) -> None:
    tenant_id = uuid4()
    async with opened([tenant_id]) as work:
        assert await work.status_lists.newest(tenant_id) is None
        for list_id in (1, 2):
            await work.status_lists.open(StatusList(tenant_id, list_id, empty_bits()))
        changed = StatusList(tenant_id, 1, empty_bits()).revoke(5).publish(b"signed", NOW)
        await work.status_lists.save(changed)
        await work.status_lists.open(StatusList(tenant_id, 1, empty_bits()))
    async with opened([tenant_id]) as work:
        assert await work.status_lists.newest(tenant_id) == 2
        assert await work.status_lists.get(tenant_id, 1) == changed
        assert await work.status_lists.lock(tenant_id, 1) == changed
        assert await work.status_lists.get(tenant_id, 3) is None


Units = UnitsOfWork[PostgresUnitOfWork]


async def complete(units: Units, tenant_id: UUID, count: int) -> list[Award]:
    person_id = uuid4()
    await make_issuer(units, tenant_id, [person_id])
    async with units([tenant_id]) as work:
        commands = [completed(tenant_id=tenant_id, person_id=person_id) for _ in range(count)]
        await record_awards(work, commands)
        await issue_credentials(work, NOW, 100)
    async with units([tenant_id]) as work:
        return list(await work.queries.credentials(None, None, 100, 0))


async def test_the_database_isolates(engine: AsyncEngine) -> None:
    async with engine.connect() as connection:
        await verify_isolation(connection)


async def test_two_workers_make_one_key(units: Units) -> None:
    tenant_id = uuid4()
    await asyncio.gather(*(make_issuer(units, tenant_id) for _ in range(4)))
    async with units([tenant_id]) as work:
        assert len(await work.issuers.keys(tenant_id)) == 1
        told = text("SELECT count(*) FROM outbox_event WHERE tenant_id = :tenant_id")
        told_times = await work.connection.execute(told, {"tenant_id": tenant_id})
        assert told_times.scalar_one() == 1


async def test_no_two_tenants_share_a_key(units: Units) -> None:
    one, other = uuid4(), uuid4()
    await make_issuer(units, one)
    await make_issuer(units, other)
    async with units([one, other]) as work:
        (first,) = await work.issuers.keys(one)
        (second,) = await work.issuers.keys(other)
        assert first.public_key_multibase != second.public_key_multibase
        same = {"key": first.public_key_multibase, "tenant_id": other}
        change = text(
            "UPDATE issuer_key SET public_key_multibase = :key WHERE tenant_id = :tenant_id"
        )
        with pytest.raises(IntegrityError):
            await work.connection.execute(change, same)
        await work.connection.rollback()


async def test_two_workers_issue_each_award_once(units: Units) -> None:
    tenant_id, person_id = uuid4(), uuid4()
    await make_issuer(units, tenant_id, [person_id])
    commands = [completed(tenant_id=tenant_id, person_id=person_id) for _ in range(12)]

    async def handle(limit: int) -> int:
        async with units([tenant_id]) as work:
            await record_awards(work, commands)
            return await issue_credentials(work, NOW, limit)

    counts = await asyncio.gather(*(handle(5) for _ in range(4)))
    async with units([tenant_id]) as work:
        rest = await issue_credentials(work, NOW, 100)
        found = await work.queries.credentials(None, None, 100, 0)
    assert sum(counts) + rest == len(found) == 12
    assert len({award.status_index for award in found}) == 12


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE credential SET document = 'x' WHERE credential_id = :id",
        "DELETE FROM credential WHERE credential_id = :id",
    ],
)
async def test_signed_bytes_never_change(units: Units, statement: str) -> None:
    tenant_id = uuid4()
    (award,) = await complete(units, tenant_id, 1)
    with pytest.raises(DBAPIError, match="never changes"):
        async with units([tenant_id]) as work:
            await work.connection.execute(text(statement), {"id": award.credential_id})


async def test_a_place_is_given_once(units: Units) -> None:
    tenant_id = uuid4()
    one, other = await complete(units, tenant_id, 2)
    with pytest.raises(IntegrityError):
        async with units([tenant_id]) as work:
            await work.connection.execute(
                text("UPDATE award SET status_index = :index WHERE award_id = :id"),
                {"index": one.status_index, "id": other.award_id},
            )


async def test_another_tenant_sees_nothing(units: Units) -> None:
    tenant_id = uuid4()
    (award,) = await complete(units, tenant_id, 1)
    assert award.credential_id
    for others in ([uuid4()], []):
        async with units(others) as work:
            assert await work.credentials.get(award.credential_id) is None
            assert await work.queries.credential(award.credential_id) is None
            assert await work.issuers.keys(tenant_id) == []
            assert await work.people.get_many([(tenant_id, award.person_id)]) == {}
            assert await work.status_lists.get(tenant_id, 1) is None


async def test_a_person_of_another_tenant_is_somebody_else(units: Units) -> None:
    tenant_id, other, person_id = uuid4(), uuid4(), uuid4()
    await make_issuer(units, tenant_id)
    await make_issuer(units, other, [person_id])
    async with units([tenant_id, other]) as work:
        await record_awards(work, [completed(tenant_id=tenant_id, person_id=person_id)])
        assert await issue_credentials(work, NOW, 10) == 0


async def test_queries_say_what_an_award_waits_for(units: Units) -> None:
    tenant_id, booking_id = uuid4(), uuid4()
    async with units([tenant_id]) as work:
        await record_awards(work, [completed(tenant_id=tenant_id, booking_id=booking_id)])
        (progress,) = await work.queries.awards(AwardState.PENDING, 10, 0)
        assert progress.award.award_id == award_id_for(booking_id)
        assert progress.waiting_for == {Waiting.RECIPIENT, Waiting.ISSUER_KEY}
    await make_issuer(units, tenant_id)
    async with units([tenant_id]) as work:
        (progress,) = await work.queries.awards(None, 10, 0)
        assert progress.waiting_for == {Waiting.RECIPIENT}
        assert await work.queries.awards(AwardState.ISSUED, 10, 0) == []
        assert await work.queries.credentials(None, booking_id, 10, 0) == []


async def test_the_invariants_hold_and_notice(units: Units, engine: AsyncEngine) -> None:
    tenant_id = uuid4()
    awards = await complete(units, tenant_id, 3)
    async with units([tenant_id]) as work:
        for award in awards[:2]:
            assert award.credential_id
            await revoke_credential(
                work, RevokeCredential(award.credential_id, "reason", None), NOW
            )
    async with transaction(engine, [tenant_id]) as connection:
        assert await violated_invariants(connection) == []
        broken = {
            "UPDATE status_list SET bits = decode(repeat('00', 16384), 'hex')": "the bits that are",
            "UPDATE award SET state = 'revoked', revoked_at = now(), revocation_reason = 'x'": (
                "the bits that are"
            ),
            "UPDATE award SET credential_id = NULL, key_id = NULL, list_id = NULL, "
            "status_index = NULL, issued_at = NULL, state = 'pending', revoked_at = NULL, "
            "revocation_reason = NULL": "an issued award has exactly one",
        }
        for change, name in broken.items():
            savepoint = await connection.begin_nested()
            await connection.execute(text(change))
            assert any(each.startswith(name) for each in await violated_invariants(connection))
            await savepoint.rollback()

"""Stories over HTTP on the whole platform: real processes, real tokens, real Kafka."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any
from uuid import UUID, uuid4

import pytest
import pytest_asyncio
from sqlalchemy import text

from deploy.demo.independent import NotVerifiedError, verify_independently
from deploy.demo.verification import fetch
from deploy.local.stack import Stack
from deploy.names import SERVICES
from services.voucher.contracts.events import VoucherRefusedV1, VoucherReservedV1
from services.voucher.contracts.topics import VOUCHER_EVENTS
from shared.database.engine import transaction
from shared.envelope import Envelope
from tests.conftest import EngineFor
from tests.support.kafka import Publisher, publishing, read_all
from tests.support.waiting import until
from tests.system.http.case import (
    Case,
    Tenant,
    Tenants,
    application,
    competence_model,
    offer,
    online_date,
    person,
    until_known,
)
from tests.system.http.conftest import Processes


@pytest_asyncio.fixture(loop_scope="session")
async def publisher(platform: Stack) -> AsyncIterator[Publisher]:
    """Publishes as voucher."""
    async with publishing(platform, "voucher") as each:
        yield each


@pytest_asyncio.fixture(autouse=True, loop_scope="session")
async def _nothing_is_buried(engine_for: EngineFor, case: Case) -> AsyncIterator[None]:
    """No story leaves an event that a service could not handle."""

    async def letters() -> dict[str, int]:
        found = {}
        for service in SERVICES:
            async with transaction(engine_for(service)) as connection:
                rows = await connection.execute(text("SELECT count(*) FROM dead_letter"))
                found[service] = rows.scalar_one()
        return found

    before = await letters()
    yield
    assert await letters() == before


async def test_from_application_to_certificate(case: Case, tenants: Tenants) -> None:
    town = await _become_member(case)
    people = await _register_people(town)
    offer_id = await _publish_module(tenants.provider)
    programme_id = await tenants.funder.open_programme(vouchers=2)
    await until_known(case, town, programme_id)
    bookings = [await town.book(offer_id, each, programme_id) for each in people[:2]]
    confirmed = [await town.booking_once(each, "confirmed") for each in bookings]
    for booking in confirmed:
        voucher = await town.voucher_once(booking["booking_id"], "reserved")
        assert voucher["voucher_id"] == booking["voucher_id"]
        assert voucher["programme_id"] == programme_id
    late = await town.book(offer_id, people[2], programme_id)
    declined = await town.booking_once(late, "declined")
    assert (declined["reason"], declined["voucher_id"]) == ("exhausted", None)
    assert (await town.voucher_once(late, "refused"))["reason"] == "exhausted"

    [participant] = await _complete(tenants.provider, offer_id, bookings[:1])
    assert participant["person_id"] == people[0]
    await town.voucher_once(bookings[0], "redeemed")
    await tenants.funder.pool_once(programme_id, granted=2, reserved=1, redeemed=1)
    [use] = await tenants.funder.client.get("voucher", f"/v1/programmes/{programme_id}/use")
    assert use.pop("tenant_id") == town.tenant_id
    assert use == {"reserved": 1, "redeemed": 1, "refused": 1, "released": 0, "expired": 0}

    credential = await _credential_of(town, bookings[0])
    assert credential["person_id"] == people[0]
    [(document, did)] = await fetch(case.http, [credential["url"]])
    verify_independently(document, did)
    with pytest.raises(NotVerifiedError):
        verify_independently(document.replace(b"Digitale", b"Geniale "), did)
    public = await case.http.get(f"{credential['url']}/verification")
    assert (public.json()["valid"], public.json()["revoked"]) == (True, False)
    await _has_record(town, people[0], credential["url"])


async def _become_member(case: Case) -> Tenant:
    """The way in, step by step, as an applicant and an operator see it."""
    account = await case.accounts.make("worms")
    applicant, operator = case.client(account), case.client("operator")
    body = application(name="Worms")
    applied = await applicant.post("member", "/v1/applications", body)
    tenant_id = applied["tenant"]["tenant_id"]
    path = f"/v1/applications/{tenant_id}"
    assert applied["tenant"]["status"] == "applied"
    listed = await operator.pages("member", "/v1/applications", status="applied")
    assert tenant_id in {each["tenant"]["tenant_id"] for each in listed}
    approved = await operator.post("member", f"{path}/approval")
    assert approved["tenant"]["status"] in {"approved", "active"}
    await until(
        lambda: applicant.get("member", path),
        lambda found: bool(found["tenant"]["status"] == "active"),
    )
    onboarding = await applicant.get("member", f"{path}/onboarding")
    assert {each["state"] for each in onboarding["steps"] if each["needed"]} == {"done"}
    applicant.forget_token()
    own = await applicant.get("member", "/v1/tenant")
    assert (own["name"], own["official_key"]) == ("Worms", body["official_key"])
    return Tenant(tenant_id, account, applicant)


async def _register_people(town: Tenant) -> list[str]:
    """One alone, two at once, and all of them again, which changes nothing."""
    bodies = [person(external_id=f"P-{n}") for n in range(3)]
    one = await town.client.post("member", "/v1/people", bodies[0])
    more = await town.client.post("member", "/v1/people/bulk", {"people": bodies[1:]})
    assert [one["outcome"], *(each["outcome"] for each in more["people"])] == ["created"] * 3
    again = await town.client.post("member", "/v1/people/bulk", {"people": bodies})
    assert [each["outcome"] for each in again["people"]] == ["unchanged"] * 3
    ids = [one["person_id"], *(each["person_id"] for each in more["people"])]
    assert [each["person_id"] for each in again["people"]] == ids
    assert [each["person_id"] for each in await town.client.get("member", "/v1/people")] == ids
    return ids


async def _publish_module(provider: Tenant) -> str:
    """An offer that teaches a competence of the provider's model."""
    model = await provider.client.post("catalogue", "/v1/competence-models", competence_model())
    competence_id = model["fields"][0]["competences"][0]["competence_id"]
    return await provider.publish(offer(competences=[competence_id]))


async def _complete(
    provider: Tenant, offer_id: str, booking_ids: list[str]
) -> list[dict[str, Any]]:
    """The provider records completions, twice; returns who completed, as the provider sees it."""
    body = {"booking_ids": booking_ids}
    path = f"/v1/offers/{offer_id}"
    first = await provider.client.post("catalogue", f"{path}/completions", body)
    again = await provider.client.post("catalogue", f"{path}/completions", body)
    assert {each["outcome"] for each in first} == {"completed"}
    assert {each["outcome"] for each in again} == {"unchanged"}
    found: list[dict[str, Any]] = await provider.client.get(
        "catalogue", f"{path}/bookings", status="completed"
    )
    return found


async def _credential_of(town: Tenant, booking_id: str) -> dict[str, Any]:
    """The only credential for a booking, once it is issued."""
    [credential] = await until(
        lambda: town.client.get("certificate", "/v1/credentials", booking_id=booking_id), bool
    )
    found: dict[str, Any] = credential
    return found


async def _has_record(town: Tenant, person_id: str, url: str) -> None:
    """The person's own record comes to name the certificate."""
    [record] = await until(
        lambda: town.client.get("member", f"/v1/people/{person_id}/record"),
        lambda records: bool(records and records[0]["credential_url"] and records[0]["title"]),
    )
    assert (record["credential_url"], record["title"]) == (url, offer()["title"])


async def test_a_voucher_given_back_goes_to_whoever_asks_next(tenants: Tenants) -> None:
    funder, town = tenants.funder, tenants.town
    offer_id = await tenants.provider.publish(offer())
    programme_id = await funder.open_programme(vouchers=1)
    first = await town.book_anybody(offer_id, programme_id)
    await town.booking_once(first, "confirmed")
    waiting = await town.register()
    refused = await town.book(offer_id, waiting, programme_id)
    assert (await town.booking_once(refused, "declined"))["reason"] == "exhausted"
    for _ in range(2):
        await town.cancel(first)
    await funder.pool_once(programme_id, granted=1, available=1)
    await town.voucher_once(first, "released")
    again = await town.book(offer_id, waiting, programme_id)
    await town.booking_once(again, "confirmed")
    await funder.pool_once(programme_id, granted=1, reserved=1)
    lines = await funder.client.get("voucher", f"/v1/programmes/{programme_id}/ledger")
    assert [(line["debit"], line["credit"]) for line in lines] == [
        ("granted", "available"),
        ("available", "reserved"),
        ("reserved", "available"),
        ("available", "reserved"),
    ]


async def test_a_place_given_up_goes_to_the_first_who_waits(tenants: Tenants) -> None:
    funder, town = tenants.funder, tenants.town
    offer_id = await tenants.provider.publish(online_date(capacity=1))
    programme_id = await funder.open_programme(vouchers=3)
    first = await town.book_anybody(offer_id, programme_id)
    await town.booking_once(first, "confirmed")
    waiting = []
    for _ in range(2):
        waiting.append(await town.book_anybody(offer_id, programme_id))
        await town.booking_once(waiting[-1], "waitlisted")
    await town.cancel(first)
    await town.booking_once(waiting[0], "confirmed")
    assert (await town.booking(waiting[1]))["status"] == "waitlisted"
    await funder.pool_once(programme_id, granted=3, available=1, reserved=2)


async def test_an_answer_after_the_cancellation_leaves_the_booking_cancelled(
    platform: Stack, engine_for: EngineFor, tenants: Tenants, processes: Processes
) -> None:
    funder, town = tenants.funder, tenants.town
    offer_id = await tenants.provider.publish(online_date(capacity=1))
    programme_id = await funder.open_programme(vouchers=1)
    worker = processes["voucher-worker"]
    worker.stop()
    booking_id = await town.book_anybody(offer_id, programme_id)
    await town.cancel(booking_id)
    worker.start()
    await worker.ready()
    await town.voucher_once(booking_id, "released")
    answers = await read_all(
        platform,
        VOUCHER_EVENTS.name,
        lambda seen: len(_about(booking_id, seen)) == 2,
    )
    reserved, released = _about(booking_id, answers)
    assert [reserved.type, released.type] == ["voucher.reserved.v1", "voucher.released.v1"]
    await _handled(engine_for, "catalogue", reserved)
    booking = await town.booking(booking_id)
    assert (booking["status"], booking["voucher_id"]) == ("cancelled", None)
    assert booking["confirmed_at"] is None
    await funder.pool_once(programme_id, granted=1, available=1)
    next_one = await town.book_anybody(offer_id, programme_id)
    await town.booking_once(next_one, "confirmed")


async def test_contradicting_answers_change_nothing_once_a_booking_is_settled(
    engine_for: EngineFor, tenants: Tenants, publisher: Publisher
) -> None:
    funder, town = tenants.funder, tenants.town
    offer_id = await tenants.provider.publish(offer())
    programme_id = await funder.open_programme(vouchers=2)
    bookings = [await town.book_anybody(offer_id, programme_id) for _ in range(2)]
    confirmed, cancelled = [await town.booking_once(each, "confirmed") for each in bookings]
    await town.cancel(cancelled["booking_id"])
    await funder.pool_once(programme_id, granted=2, available=1, reserved=1)
    before = [await town.booking(each) for each in bookings]
    late = [
        await publisher.publish(event, UUID(town.tenant_id), event.voucher_id)
        for event in (_refusal_of(confirmed), _grant_of(cancelled))
    ]
    for each in late:
        await _handled(engine_for, "catalogue", each)
    assert [await town.booking(each) for each in bookings] == before
    assert [each["status"] for each in before] == ["confirmed", "cancelled"]
    await funder.pool_once(programme_id, granted=2, available=1, reserved=1)


async def test_everybody_at_once_gets_no_more_than_there_is(tenants: Tenants) -> None:
    funder, town = tenants.funder, tenants.town
    offer_id = await tenants.provider.publish(online_date(capacity=3))
    programme_id = await funder.open_programme(vouchers=5)
    people = await asyncio.gather(*(town.register() for _ in range(8)))
    bookings = await asyncio.gather(*(town.book(offer_id, each, programme_id) for each in people))

    async def statuses() -> list[str]:
        found = [await town.booking(each) for each in bookings]
        return sorted(each["status"] for each in found)

    seen = await until(statuses, lambda seen: "requested" not in seen)
    assert seen == ["confirmed"] * 3 + ["declined"] * 3 + ["waitlisted"] * 2
    await funder.pool_once(programme_id, granted=5, reserved=5)


def _about(booking_id: str, events: list[Envelope]) -> list[Envelope]:
    """The different events that name a booking, in their order."""
    return list({each.id: each for each in events if booking_id.encode() in each.data}.values())


async def _handled(engine_for: EngineFor, service: str, event: Envelope) -> None:
    """Wait until a service has handled an event."""

    async def known() -> bool:
        async with transaction(engine_for(service)) as connection:
            query = text("SELECT EXISTS (SELECT FROM inbox WHERE event_id = :id)")
            return bool((await connection.execute(query, {"id": event.id})).scalar_one())

    await until(known, bool)


def _grant_of(booking: dict[str, Any]) -> VoucherReservedV1:
    return VoucherReservedV1(
        voucher_id=uuid4(),
        booking_id=booking["booking_id"],
        person_id=booking["person_id"],
        programme_id=booking["programme_id"],
        expires_at=booking["requested_at"],
    )


def _refusal_of(booking: dict[str, Any]) -> VoucherRefusedV1:
    return VoucherRefusedV1(
        voucher_id=uuid4(),
        booking_id=booking["booking_id"],
        person_id=booking["person_id"],
        programme_id=booking["programme_id"],
        reason="exhausted",
        explanation="All vouchers of the programme are taken.",
    )

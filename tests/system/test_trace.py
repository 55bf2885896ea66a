"""One trace for one booking: from the request through every service to the credential."""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator
from socket import socket
from time import monotonic

import httpx
import pytest
import pytest_asyncio
from sqlalchemy import text

from deploy.local.stack import Stack
from deploy.names import SERVICES
from shared.database.engine import transaction
from shared.telemetry.setup import LAST_SPANS_SECONDS
from tests.conftest import EngineFor
from tests.support.accounts import keycloak_accounts
from tests.support.collector import Collector, Seen, collecting
from tests.support.processes import Process, running
from tests.support.waiting import until
from tests.system.http.case import Case, Tenants, offer, person

PERSON = {
    "given_name": "Walburga",
    "family_name": "Zwiebelturm",
    "email": "w.zwiebelturm@example.org",
}
#: What must stand in no span, in whatever case it is written.
PERSONAL = ("walburga", "zwiebelturm", "@example.org")

REQUESTED = ("publish", "booking.requested.v1", "catalogue-api")
RESERVING = ("process", "booking.requested.v1", "voucher-worker")
RESERVED = ("publish", "voucher.reserved.v1", "voucher-worker")
CONFIRMING = ("process", "voucher.reserved.v1", "catalogue-worker")
CONFIRMED = ("publish", "booking.confirmed.v1", "catalogue-worker")
COMPLETED = ("publish", "participation.completed.v1", "catalogue-api")
REDEEMING = ("process", "participation.completed.v1", "voucher-worker")
REDEEMED = ("publish", "voucher.redeemed.v1", "voucher-worker")
ISSUING = ("process", "participation.completed.v1", "certificate-worker")
ISSUED = ("publish", "credential.issued.v1", "certificate-worker")
RECORDING = ("process", "participation.completed.v1", "member-worker")
KEEPING = ("process", "credential.issued.v1", "member-worker")
PROVING = ("process", "credential.issued.v1", "voucher-worker")
BOOKING = ("POST /v1/bookings", "", "catalogue-api")
COMPLETING = ("POST /v1/offers/{offer_id}/completions", "", "catalogue-api")

#: Each step with the one that it follows from.
PARENTS = {
    REQUESTED: BOOKING,
    RESERVING: REQUESTED,
    RESERVED: RESERVING,
    CONFIRMING: RESERVED,
    CONFIRMED: CONFIRMING,
    COMPLETED: BOOKING,
    REDEEMING: COMPLETED,
    REDEEMED: REDEEMING,
    ISSUING: COMPLETED,
    ISSUED: ISSUING,
    RECORDING: COMPLETED,
    KEEPING: ISSUED,
    PROVING: ISSUED,
}

#: What leaves the platform is handled by the feed too.
PARENTS |= {
    ("process", step[1], "feed-worker"): step
    for step in (REQUESTED, RESERVED, CONFIRMED, COMPLETED, REDEEMED, ISSUED)
}


@pytest.fixture
def collector(monkeypatch: pytest.MonkeyPatch) -> Iterator[Collector]:
    with collecting() as each:
        monkeypatch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", each.address)
        yield each


@pytest_asyncio.fixture(loop_scope="session")
async def case(platform: Stack, engine_for: EngineFor, collector: Collector) -> AsyncIterator[Case]:
    """The whole platform, traced."""
    for service in SERVICES:
        async with transaction(engine_for(service)) as connection:
            await connection.execute(text("DELETE FROM outbox_pending"))
    processes = [Process(platform, each, kind) for each in SERVICES for kind in ("api", "worker")]
    with running(*processes):
        await asyncio.gather(*(each.ready() for each in processes))
        async with (
            httpx.AsyncClient(trust_env=False, timeout=30) as http,
            keycloak_accounts(platform, http) as accounts,
        ):
            yield Case(http, accounts, platform.ports)


async def _book_and_complete(case: Case) -> str:
    """The whole way of a booking; returns its id."""
    tenants = await Tenants.join(case)
    town, provider = tenants.town, tenants.provider
    offer_id = await provider.publish(offer())
    programme_id = await tenants.funder.open_programme(vouchers=10)
    registered = await town.client.post("member", "/v1/people", person(**PERSON))
    booking_id = await town.book(offer_id, registered["person_id"], programme_id)
    await town.booking_once(booking_id, "confirmed")
    path = f"/v1/offers/{offer_id}/completions"
    await provider.client.post("catalogue", path, {"booking_ids": [booking_id]})
    await town.voucher_once(booking_id, "redeemed")
    await until(
        lambda: town.client.get("certificate", "/v1/credentials", booking_id=booking_id), bool
    )
    return booking_id


async def test_a_booking_is_one_trace_from_its_request_to_its_credential(
    case: Case, collector: Collector
) -> None:
    booking_id = await _book_and_complete(case)

    async def trace() -> list[Seen]:
        return collector.trace_of(REQUESTED, booking_id)

    found = await until(trace, lambda seen: {each.step for each in seen} >= set(PARENTS))
    by_id = {each.span_id: each for each in found}
    steps = {each.step: each for each in found}
    assert len({each.trace_id for each in found}) == 1
    assert len(found) == len(by_id) == len(steps), "nothing is told twice"
    assert set(steps) == {BOOKING, *PARENTS}
    assert {step: by_id[steps[step].parent_id].step for step in PARENTS} == PARENTS
    assert steps[BOOKING].parent_id == "", "the trace begins with the request"

    async def completing() -> list[Seen]:
        return [each for each in collector.spans if each.step == COMPLETING]

    [completion] = await until(completing, bool)
    assert completion.trace_id != steps[BOOKING].trace_id, "the provider's request is another story"
    assert steps[COMPLETED].links == (completion.span_id,), "which its event names"
    for each in collector.spans:
        assert not [word for word in PERSONAL if word in each.text.lower()], each.text


async def test_a_process_that_is_stopped_sends_its_last_spans(
    platform: Stack, migrated: Callable[[str], None], collector: Collector
) -> None:
    migrated("catalogue")
    api = Process(platform, "catalogue", "api")
    with running(api):
        await api.ready()
        async with httpx.AsyncClient(trust_env=False) as http:
            await http.get(f"{api.address}/v1/bookings/x")
        api.stop()
        names = [each.name for each in collector.spans]
    assert names == ["GET /v1/bookings/{booking_id}"], "and none of /health/ready"


async def test_a_collector_that_does_not_answer_holds_nobody_up(
    platform: Stack, migrated: Callable[[str], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    migrated("catalogue")
    with socket() as silent:
        silent.bind(("127.0.0.1", 0))
        silent.listen()
        address = f"http://127.0.0.1:{silent.getsockname()[1]}"
        monkeypatch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", address)
        api = Process(platform, "catalogue", "api")
        with running(api):
            await api.ready()
            async with httpx.AsyncClient(trust_env=False, timeout=2) as http:
                await http.get(f"{api.address}/v1/bookings/x")
            began = monotonic()
            api.stop()
    assert monotonic() - began < LAST_SPANS_SECONDS + 3

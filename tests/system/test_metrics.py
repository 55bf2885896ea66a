"""What an operator's dashboard reads of a real worker and a real api, while something goes wrong."""

from collections.abc import AsyncIterator
from uuid import uuid4

import httpx
import pytest_asyncio
from prometheus_client.parser import text_string_to_metric_families
from sqlalchemy import text

from deploy.local.stack import Stack
from services.catalogue.contracts.events import BookingRequestedV1
from services.catalogue.contracts.topics import CATALOGUE_EVENTS
from shared.database.engine import transaction
from shared.envelope import Envelope
from tests.conftest import EngineFor
from tests.support.kafka import publishing
from tests.support.processes import Process, running
from tests.support.waiting import until
from tests.system.voucher_case import VoucherCase, set_up

TOPIC = CATALOGUE_EVENTS.name
LAG = f"consumer_lag topic={TOPIC}"
WAITING = ("parked_keys", "parked_records", "dead_letters_waiting")


class Dashboard:
    """Reads a process's /metrics; a sample's name is followed by its own labels."""

    def __init__(self, process: Process, http: httpx.AsyncClient) -> None:
        self._process, self._http = process, http

    async def raw(self) -> str:
        answer = await self._http.get(f"{self._process.address}/metrics")
        assert answer.headers["content-type"].startswith("text/plain")
        return answer.raise_for_status().text

    async def read(self) -> dict[str, float]:
        return {
            " ".join([sample.name, *_own(sample.labels)]): sample.value
            for family in text_string_to_metric_families(await self.raw())
            for sample in family.samples
        }


def _own(labels: dict[str, str]) -> list[str]:
    return [f"{name}={value}" for name, value in sorted(labels.items()) if name[:5] != "otel_"]


@pytest_asyncio.fixture(loop_scope="session")
async def http() -> AsyncIterator[httpx.AsyncClient]:
    async with httpx.AsyncClient(trust_env=False) as each:
        yield each


@pytest_asyncio.fixture(loop_scope="session")
async def case(platform: Stack, engine_for: EngineFor) -> VoucherCase:
    return await set_up(engine_for("voucher"), vouchers=10)


async def test_what_waits_and_what_was_given_up_is_seen_at_a_worker(
    platform: Stack, case: VoucherCase, http: httpx.AsyncClient
) -> None:
    stranger = uuid4()  # no service has heard of this tenant: its events are tried again
    _, event = case.requested(case.tenants[0])
    worker = Process(platform, "voucher")
    board = Dashboard(worker, http)
    await _forget(case)
    async with publishing(platform, "catalogue") as publisher:
        with running(worker):
            await worker.ready()
            await until(board.read, lambda seen: [seen.get(name) for name in WAITING] == [0, 0, 0])
            parked = await publisher.publish(event, stranger, event.booking_id)
            await publisher.publish(event, stranger, event.booking_id, sequence=2)
            await publisher.send_raw(TOPIC, parked.key.encode(), b"{not json", _headers(parked))
            try:
                after = await until(
                    board.read,
                    lambda seen: (
                        [seen[name] for name in WAITING] == [1, 2, 1]
                        and seen.get(LAG) == 0
                        and seen.get("events_retried_total", 0) > 0
                    ),
                )
            finally:
                await _forget(case)
            await until(board.read, lambda seen: [seen[name] for name in WAITING] == [0, 0, 0])
            raw = await board.raw()
    assert after["dead_letters_total"] == 1
    assert after["events_parked_total"] == 2
    personal = (stranger, event.booking_id, event.person_id, event.programme_id)
    assert not [each for each in personal if str(each) in raw], "labels hold no tenant, no person"


async def test_a_worker_that_is_held_up_is_behind_and_catches_up(
    platform: Stack, case: VoucherCase, http: httpx.AsyncClient
) -> None:
    worker = Process(platform, "voucher")
    board = Dashboard(worker, http)
    async with publishing(platform, "catalogue") as publisher:
        with running(worker):
            await worker.ready()
            await until(board.read, lambda seen: seen.get(LAG) == 0)
            async with transaction(case.engine) as connection:
                await connection.execute(text("LOCK TABLE inbox"))
                for n in range(8):
                    tenant_id, event = case.requested(case.tenants[n % 2])
                    await publisher.publish(event, tenant_id, event.booking_id)
                await publisher.flush()
                await until(board.read, lambda seen: seen[LAG] == 8, seconds=25)
            seen = await until(board.read, lambda seen: seen[LAG] == 0)
    handled = f"type={BookingRequestedV1.TYPE}"
    assert seen[f"events_handled_total {handled}"] == 8
    assert 1 <= seen[f"event_critical_time_seconds_count {handled}"] <= 8
    assert seen[f"event_critical_time_seconds_bucket le=0.005 {handled}"] == 0
    assert await case.counts() == {"reserved": 8}


async def test_requests_are_measured_at_an_api(platform: Stack, http: httpx.AsyncClient) -> None:
    api = Process(platform, "voucher", "api")
    with running(api):
        await api.ready()
        await http.get(f"{api.address}/v1/programmes/{uuid4()}")
        seen = await Dashboard(api, http).read()
    labels = "method=GET route=/v1/programmes/{programme_id} status=401"
    assert seen[f"http_server_duration_seconds_count {labels}"] == 1


def _headers(envelope: Envelope) -> list[tuple[str, bytes]]:
    return [(name, value.encode()) for name, value in envelope.headers().items()]


async def _forget(case: VoucherCase) -> None:
    """What is parked would become a dead letter in the middle of another test, or of this one."""
    async with transaction(case.engine) as connection:
        for table in ("parked", "dead_letter"):
            await connection.execute(text(f"DELETE FROM {table}"))

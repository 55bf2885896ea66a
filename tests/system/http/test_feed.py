"""Outside subscribers follow the platform's main job with the published documents and their own credentials."""

import asyncio
import random
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from deploy.clients.programs import prepare
from deploy.local.stack import Stack
from tests.chaos.killing import Killer
from tests.chaos.plan import Kill
from tests.support.subscribers import (
    Subscriber,
    following,
    in_order_and_without_strange_doubles,
)
from tests.support.waiting import until
from tests.system.http.case import Case, Tenant, Tenants, offer
from tests.system.http.conftest import Processes
from tests.system.http.outsider import Outsider

SEED = 20_261_121
ROUNDS = 2
PEOPLE = 6

Strike = Callable[[], Awaitable[None]]


@pytest.fixture(scope="module", autouse=True)
def _prepared() -> None:
    prepare(print)


class MainJob:
    """Vouchers become bookings, and bookings certificates, of the town's people."""

    def __init__(self, tenants: Tenants, offer_id: str, programme_id: str) -> None:
        self._tenants, self._offer_id, self._programme_id = tenants, offer_id, programme_id
        self.completed: list[str] = []
        self.cancelled: list[str] = []

    @classmethod
    async def open(cls, tenants: Tenants) -> "MainJob":
        offer_id = await tenants.provider.publish(offer())
        return cls(tenants, offer_id, await tenants.funder.open_programme(vouchers=100))

    async def play(self, people: int) -> None:
        """People book; one of them cancels, the others complete."""
        town, provider = self._tenants.town, self._tenants.provider
        booked = await asyncio.gather(
            *(town.book_anybody(self._offer_id, self._programme_id) for _ in range(people))
        )
        for booking_id in booked:
            await until(
                lambda booking_id=booking_id: town.booking(booking_id),  # type: ignore[misc]
                lambda found: bool(found["status"] == "confirmed"),
            )
        await town.cancel(booked[0])
        path = f"/v1/offers/{self._offer_id}/completions"
        await provider.client.post("catalogue", path, {"booking_ids": booked[1:]})
        self.cancelled.append(booked[0])
        self.completed += booked[1:]


async def _certificates(tenant: Tenant) -> set[str]:
    found = await tenant.client.pages("certificate", "/v1/credentials")
    return {f"{each['person_id']} {each['url']}" for each in found}


async def _knows_all_of(job: MainJob, reader: Subscriber) -> None:
    """Wait until the job's last effects have reached a reader."""

    def so_far(things: dict[str, Any]) -> Counter[str]:
        bookings = {*job.completed, *job.cancelled}
        return Counter(
            each["type"] for each in things.values() if each["data"].get("booking_id") in bookings
        )

    expected = Counter(
        {
            "participation.completed.v1": len(job.completed),
            "voucher.redeemed.v1": len(job.completed),
            "credential.issued.v1": len(job.completed),
            "booking.cancelled.v1": len(job.cancelled),
            "voucher.released.v1": len(job.cancelled),
        }
    )

    async def things() -> dict[str, Any]:
        return reader.things

    await until(things, lambda known: so_far(known) == expected)


async def test_three_ways_end_with_the_same_state_also_from_the_snapshot(
    case: Case, tenants: Tenants, tmp_path: Path, unused_tcp_port_factory: Any
) -> None:
    outsider = await Outsider.equip(case, tenants.town, tmp_path)
    kafka_id = await outsider.subscribe("kafka")
    pull = outsider.reader("python", "pull", await outsider.subscribe("pull"))
    kafka = outsider.reader("java", "kafka", kafka_id)
    receiving = outsider.receiving("typescript", unused_tcp_port_factory())
    async with receiving as webhook:
        with following(pull, kafka):
            pull.start("follow")
            kafka.start()
            job = await MainJob.open(tenants)
            await job.play(PEOPLE)
            await _knows_all_of(job, pull)
            for reader in (pull, webhook, kafka):
                await reader.agrees_with(pull)
                assert in_order_and_without_strange_doubles(reader.received) == []
                printed = set(reader.output("certificates").splitlines())
                assert printed == await _certificates(tenants.town)
            async with _late_readers(outsider, kafka_id, unused_tcp_port_factory()) as late:
                await job.play(2)
                await _knows_all_of(job, pull)
                for reader in (webhook, kafka, *late):
                    await reader.agrees_with(pull, besides=_told_before)


def _told_before(thing: dict[str, Any]) -> bool:
    """What tenants share with everybody: a snapshot has it, though it was told before any reader began."""
    shared = {"offer.published.v1", "competence_model.published.v1", "programme.opened.v1"}
    return thing["type"] in shared


@asynccontextmanager
async def _late_readers(
    outsider: Outsider, kafka_id: str, port: int
) -> AsyncIterator[list[Subscriber]]:
    """One for each way that begins now, with the snapshot."""
    pull_id = await outsider.subscribe("pull", start="now")
    pull = outsider.reader("typescript", "pull", pull_id, start="snapshot")
    kafka = outsider.reader("python", "kafka", kafka_id, start="snapshot", KAFKA_GROUP="late")
    async with outsider.receiving("java", port, start="snapshot", since="now") as webhook:
        with following(pull, kafka):
            pull.start("follow")
            kafka.start()
            yield [pull, kafka, webhook]


async def test_a_funder_and_a_provider_hear_of_their_own_without_anybodys_name(
    case: Case, tenants: Tenants, tmp_path: Path
) -> None:
    job = await MainJob.open(tenants)
    readers = {}
    for tenant in (tenants.funder, tenants.provider):
        outsider = await Outsider.equip(case, tenant, tmp_path / tenant.account)
        readers[tenant.account] = outsider.reader(
            "python", "pull", await outsider.subscribe("pull", start="now")
        )
    funder, provider = readers[tenants.funder.account], readers[tenants.provider.account]
    with following(funder, provider):
        funder.start("follow")
        provider.start("follow")
        await job.play(3)
        redeemed, completed = "voucher.redeemed.v1", "participation.completed.v1"
        await until(lambda: _seen(funder), lambda seen: seen[redeemed] == len(job.completed))
        await until(lambda: _seen(provider), lambda seen: seen[completed] == len(job.completed))
    of_vouchers = [each for each in funder.received if each["type"].startswith("voucher.")]
    assert {each["view"] for each in of_vouchers} == {"funder"}
    text = str(funder.received)
    assert not any(booking_id in text for booking_id in (*job.completed, *job.cancelled))
    assert not any("person_id" in each["data"] for each in of_vouchers)


async def _seen(reader: Subscriber) -> Counter[str]:
    return Counter(each["type"] for each in reader.received)


def _killing(reader: Subscriber, *arguments: str) -> Strike:
    async def kill() -> None:
        reader.kill()
        reader.start(*arguments)

    return kill


@pytest.fixture
def killing_the_platform(processes: Processes, platform: Stack) -> list[Strike]:
    killer = Killer(platform)

    async def kill_worker() -> None:
        processes["feed-worker"].kill()
        processes["feed-worker"].start()

    async def kill_broker() -> None:
        await killer.strike(Kill(0, 0, "broker", "kafka"))
        await killer.recovered()

    return [kill_worker, kill_broker]


async def test_after_kills_of_worker_broker_and_subscribers_nothing_is_missing(
    case: Case,
    tenants: Tenants,
    killing_the_platform: list[Strike],
    tmp_path: Path,
    unused_tcp_port: int,
) -> None:
    outsider = await Outsider.equip(case, tenants.town, tmp_path)
    kafka = outsider.reader("python", "kafka", await _kafka_subscription(outsider))
    pull = outsider.reader("python", "pull", await outsider.subscribe("pull", start="now"))
    async with outsider.receiving("python", unused_tcp_port, since="now") as webhook:
        readers = [_killing(pull, "follow"), _killing(webhook), _killing(kafka)]
        strikes = [*killing_the_platform, *readers] * ROUNDS
        chance = random.Random(SEED)
        chance.shuffle(strikes)
        with following(pull, kafka):
            pull.start("follow")
            kafka.start()
            job = await MainJob.open(tenants)
            for strike in strikes:
                playing = asyncio.create_task(job.play(3))
                await asyncio.sleep(chance.uniform(0, 1))
                await strike()
                await playing
            await _knows_all_of(job, pull)
            await _have_sent_at_once(outsider)
            await webhook.agrees_with(pull, seconds=120)
            told = await _ids(pull)
            await until(lambda: _ids(kafka), lambda ids: told <= ids, seconds=120)
    assert await _ids(webhook) == told, f"seed {SEED}"
    for reader in (pull, webhook, kafka):
        assert in_order_and_without_strange_doubles(reader.received) == [], f"seed {SEED}"


async def _have_sent_at_once(outsider: Outsider) -> None:
    """What met a receiver that was down twice is sent again after five minutes; or when its tenant resumes."""
    for each in await outsider.tenant.client.get("feed", "/v1/subscriptions"):
        if each["way"] == "webhook":
            path = f"/v1/subscriptions/{each['subscription_id']}"
            for step in ("pause", "resumption"):
                await outsider.tenant.client.post("feed", f"{path}/{step}")


async def _ids(reader: Subscriber) -> set[str]:
    return {each["id"] for each in reader.received}


async def _kafka_subscription(outsider: Outsider) -> str:
    """There is one a tenant; an earlier test has made it."""
    found = await outsider.tenant.client.get("feed", "/v1/subscriptions")
    of_kafka = [each["subscription_id"] for each in found if each["way"] == "kafka"]
    return of_kafka[0] if of_kafka else await outsider.subscribe("kafka")

"""What is watched while the run goes on: the limit of vouchers, and redeliveries to consumers."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field

import httpx
from prometheus_client.parser import text_string_to_metric_families

from deploy.local.ports import HOST, Ports
from deploy.names import SERVICES
from tests.chaos.load import Scene
from tests.chaos.patient import PatientClient

EVERY_SECONDS = 1.0
DUPLICATES = "events_duplicate"


@dataclass
class Watch:
    """Pools that held too much, and how often a consumer got an event that it had handled."""

    looked: int = 0
    over_limit: list[str] = field(default_factory=list)
    _counts: dict[str, list[float]] = field(default_factory=dict)

    @property
    def redeliveries(self) -> int:
        """At least so many: a killed worker takes its last second's count along."""
        return int(sum(map(_increase, self._counts.values())))

    def see_pool(self, pool: dict[str, int], limit: int) -> None:
        """Check where the vouchers of the programme are now."""
        self.looked += 1
        held = pool["reserved"] + pool["redeemed"]
        if held > limit or pool["available"] < 0 or pool["granted"] != limit:
            self.over_limit.append(f"of {limit} vouchers the pool said {pool}")

    def see_count(self, worker: str, count: float) -> None:
        """Note a worker's counter, which begins anew with its process."""
        self._counts.setdefault(worker, []).append(count)


def _increase(counts: list[float]) -> float:
    pairs = zip([0.0, *counts], counts, strict=False)
    return sum(now - before if now >= before else now for before, now in pairs)


@asynccontextmanager
async def watching(scene: Scene, client: PatientClient, ports: Ports) -> AsyncIterator[Watch]:
    """Watch until the block ends, and look once more then."""
    watch = Watch()
    task = asyncio.create_task(_watch(watch, scene, client, ports))
    try:
        yield watch
        await _look(watch, scene, client, ports)
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task


async def _watch(watch: Watch, scene: Scene, client: PatientClient, ports: Ports) -> None:
    while True:
        await _look(watch, scene, client, ports)
        await asyncio.sleep(EVERY_SECONDS)


async def _look(watch: Watch, scene: Scene, client: PatientClient, ports: Ports) -> None:
    async with httpx.AsyncClient(trust_env=False, timeout=1.0) as http:
        for service in SERVICES:
            with suppress(httpx.HTTPError):  # it is down
                url = f"http://{HOST}:{ports[f'{service}_worker']}/metrics"
                watch.see_count(service, _duplicates((await http.get(url)).text))
    path = f"/v1/programmes/{scene.programme_id}"
    programme = await client.get(scene.funder.account, "voucher", path)
    watch.see_pool(programme["pool"], scene.vouchers)


def _duplicates(exposition: str) -> float:
    return sum(
        sample.value
        for family in text_string_to_metric_families(exposition)
        if family.name.endswith(DUPLICATES)
        for sample in family.samples
        if sample.name.endswith("_total")
    )

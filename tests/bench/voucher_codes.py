"""Codes that clerks of sixty-four offices redeem over HTTP on one hot pool: at full load, and at half of it."""

import asyncio
import json
import statistics
import time
from collections import Counter
from collections.abc import Sequence
from datetime import timedelta
from urllib.parse import urlsplit
from uuid import UUID

import httpx

from deploy.local.stack import Stack
from shared.clock import utc_now
from tests.bench.disk import watching_disk
from tests.bench.report import Row
from tests.bench.serving import answers, serving
from tests.bench.voucher_world import World
from tests.isolation.world import bearer
from tests.support.waiting import until
from tests.system.voucher_case import VoucherCase

CODES_OF_OFFICE = 160
CONNECTIONS = 64
WARM, FULL, HALF, RUNS = 500, 3_000, 2_000, 3
BOUND_MILLISECONDS = 50.0

#: A code with the office and the person that it is given to.
Paper = tuple[UUID, UUID, str]


async def measure(stack: Stack, world: World) -> Row:
    """The 99th percentile of the time from when a request is due until its answer, at half of full load."""
    codes = CODES_OF_OFFICE * len(world.offices)
    [case] = await world.programmes(1, vouchers=codes)
    with serving(stack, "voucher") as (address, _):
        async with httpx.AsyncClient(base_url=address, trust_env=False, timeout=60) as http:
            await until(lambda: answers(http), bool)
            papers = iter(await _printed(http, case, world))
        clerks = _Clerks(address)
        await clerks.redeem([next(papers) for _ in range(WARM)])
        started = time.perf_counter()
        await clerks.redeem([next(papers) for _ in range(FULL)])
        full = FULL / (time.perf_counter() - started)
        p99s = []
        with watching_disk(stack.layout.root) as disk:
            for _ in range(RUNS):
                times = await clerks.redeem([next(papers) for _ in range(HALF)], a_second=full / 2)
                p99s.append(statistics.quantiles(times, n=100)[98] * 1_000)
    refused = {status: count for status, count in clerks.statuses.items() if status != "201"}
    assert not refused, f"of {clerks.statuses.total()} redemptions {refused} were refused"
    assert (await case.programme()).pool.reserved == clerks.statuses["201"]
    unit = (
        f"ms, 99 of 100 at half of {full:.0f} requests/s; none of {clerks.statuses.total():,} rejected; "
        f"the disk alone kept a write waiting {disk.p99_milliseconds:.0f} ms, 99 of 100, in the same seconds; "
        "peer is the bound"
    )
    return Row.of("redeem-p99-ms", p99s, [BOUND_MILLISECONDS] * RUNS, unit)


async def _printed(http: httpx.AsyncClient, case: VoucherCase, world: World) -> Sequence[Paper]:
    """A sheet for the people of each office; one code of each office comes after the other."""
    sheets = []
    for office in case.tenants:
        people = await world.employ(office.tenant_id, CODES_OF_OFFICE)
        codes = await _sheet(http, case, office.tenant_id)
        given = zip(people, codes, strict=True)
        sheets.append([(office.tenant_id, person_id, code) for person_id, code in given])
    return [paper for row in zip(*sheets, strict=True) for paper in row]


async def _sheet(http: httpx.AsyncClient, case: VoucherCase, tenant_id: UUID) -> list[str]:
    body = {
        "programme_id": str(case.programme_id),
        "title": "Bench",
        "codes": CODES_OF_OFFICE,
        "expires_at": (utc_now() + timedelta(days=30)).isoformat(),
    }
    answer = await http.post("/v1/code-sheets", json=body, headers=bearer("hr", "hr", tenant_id))
    assert answer.is_success, answer.text
    codes: list[str] = answer.json()["codes"]
    return codes


class _Clerks:
    """A few connections that stay open, over which codes are redeemed."""

    def __init__(self, address: str) -> None:
        target = urlsplit(address)
        assert target.hostname and target.port
        self._host, self._port = target.hostname, target.port
        self.statuses: Counter[str] = Counter()

    async def redeem(self, papers: Sequence[Paper], *, a_second: float = 0) -> list[float]:
        """Seconds until each answer: as fast as they come, or from when each is due at this rate."""
        due = iter(enumerate(papers))
        started, times = time.perf_counter(), []

        async def clerk() -> None:
            reader, writer = await asyncio.open_connection(self._host, self._port)
            for number, paper in due:
                begun = time.perf_counter()
                if a_second:
                    begun = started + number / a_second
                    await asyncio.sleep(begun - time.perf_counter())
                writer.write(_request(paper))
                self.statuses[await _status(reader)] += 1
                times.append(time.perf_counter() - begun)
            writer.close()

        async with asyncio.TaskGroup() as clerks:
            for _ in range(CONNECTIONS):
                clerks.create_task(clerk())
        return times


def _request(paper: Paper) -> bytes:
    tenant_id, person_id, code = paper
    body = json.dumps({"code": code, "person_id": str(person_id)})
    headers = {
        **bearer("hr", "hr", tenant_id),
        "Host": "voucher",
        "Content-Type": "application/json",
        "Content-Length": str(len(body)),
        "Idempotency-Key": code,
    }
    lines = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
    return f"POST /v1/codes/redemptions HTTP/1.1\r\n{lines}\r\n{body}".encode()


async def _status(reader: asyncio.StreamReader) -> str:
    head = (await reader.readuntil(b"\r\n\r\n")).lower()
    await reader.readexactly(int(head.partition(b"content-length:")[2].partition(b"\r\n")[0]))
    return head.split(b" ", 2)[1].decode()

"""A database that is restored to an earlier moment: the feed notices by itself, and nothing is missing."""

import asyncio
import os
import subprocess
from collections.abc import AsyncIterator
from pathlib import Path
from uuid import UUID, uuid4

import pytest_asyncio

from deploy.local.stack import Stack
from services.feed.adapters.queries import PostgresQueries
from services.feed.bootstrap import _foundation, create_api
from services.feed.settings import FeedSettings
from services.member.contracts.events import TenantActivatedV1
from services.voucher.contracts.events import VoucherReservedV1
from shared.clock import utc_now
from tests.feed.http import Subscriber, client_of
from tests.support import platform
from tests.support.kafka import Publisher, publishing
from tests.support.processes import Process, running
from tests.support.waiting import until

BEFORE, AFTER = 5, 5


@pytest_asyncio.fixture(loop_scope="session")
async def stack() -> AsyncIterator[Stack]:
    """A PostgreSQL of its own, to be stopped and restored."""
    with platform.test_stack(("postgres", "kafka")) as own:
        await asyncio.to_thread(platform.migrate, own, "feed")
        yield own


class Data:
    """The files of a PostgreSQL, copied while it is stopped."""

    def __init__(self, stack: Stack) -> None:
        self._stack = stack
        folders = (stack.layout.outside, stack.layout.root)
        self._data = next(
            each / "postgres" / "data" for each in folders if (each / "postgres" / "data").exists()
        )
        self._copy = self._data.with_name("copy")

    def keep(self) -> None:
        self._stack.supervisor.stop_programs(["postgres"])
        _copy(self._data, self._copy)
        self._stack.start()

    def restore(self) -> None:
        """As an archive recovery does it: PostgreSQL ends it on a timeline of its own."""
        self._stack.supervisor.stop_programs(["postgres"])
        _copy(self._copy, self._data)
        owner = self._data.stat()
        for name, words in (
            ("recovery.signal", ""),
            ("postgresql.auto.conf", "restore_command = '/bin/false'\n"),
        ):
            file = self._data / name
            file.write_text(words)
            os.chown(file, owner.st_uid, owner.st_gid)
        self._stack.start()


def _copy(source: Path, target: Path) -> None:
    subprocess.run(["/bin/rm", "-rf", str(target)], check=True)
    subprocess.run(["/bin/cp", "-a", str(source), str(target)], check=True)


async def test_what_a_restore_took_comes_again_and_cursors_are_told(stack: Stack) -> None:
    tenant_id, data = uuid4(), Data(stack)
    worker = Process(stack, "feed")
    async with publishing(stack, "member") as member, publishing(stack, "voucher") as voucher:
        with running(worker):
            await worker.ready()
            await _activate(member, tenant_id)
            sent = [await _reserve(voucher, tenant_id) for _ in range(BEFORE)]
            await _logged(stack, tenant_id, 1 + BEFORE)
            subscriber, early = await _follow(stack, tenant_id, None)
        await asyncio.to_thread(data.keep)
        with running(worker):
            await worker.ready()
            sent += [await _reserve(voucher, tenant_id) for _ in range(AFTER)]
            await _logged(stack, tenant_id, 1 + BEFORE + AFTER)
            subscriber, late = await _follow(stack, tenant_id, subscriber)
            await asyncio.to_thread(data.restore)
            # The worker that lived through it ends by itself; what starts it again is the supervisor.
            await asyncio.to_thread(worker.wait)
            worker.start()
            await worker.ready()
            await _logged(stack, tenant_id, 1 + BEFORE + AFTER)
            got = await _read(stack, tenant_id, subscriber, early, late)
    assert sorted(got) == sorted(sent[BEFORE:])


async def _activate(publisher: Publisher, tenant_id: UUID) -> None:
    event = TenantActivatedV1(
        name="Worms", kind="municipality", official_key=None, state="DE-RP", regions=()
    )
    await publisher.publish(event, tenant_id, tenant_id)
    await publisher.flush()


async def _reserve(publisher: Publisher, tenant_id: UUID) -> str:
    voucher_id = uuid4()
    event = VoucherReservedV1(
        voucher_id=voucher_id,
        booking_id=uuid4(),
        person_id=uuid4(),
        programme_id=uuid4(),
        expires_at=utc_now(),
    )
    envelope = await publisher.publish(event, tenant_id, voucher_id)
    await publisher.flush()
    return str(envelope.id)


def _settings(stack: Stack) -> FeedSettings:
    environment = stack.service_environment("feed")
    return FeedSettings.model_validate({name.lower(): value for name, value in environment.items()})


async def _logged(stack: Stack, tenant_id: UUID, count: int) -> None:
    foundation = _foundation(_settings(stack))
    async with foundation.running():

        async def readable() -> int:
            async with foundation.reader.reads(PostgresQueries)([tenant_id]) as queries:
                page = await queries.page(tenant_id, after=0, types=None, limit=1_000)
            return len(page.entries)

        await until(readable, lambda found: found == count)


async def _follow(
    stack: Stack, tenant_id: UUID, known: Subscriber | None
) -> tuple[Subscriber, str]:
    """A subscriber's cursor after all that there is."""
    app = create_api(_settings(stack))
    async with app.router.lifespan_context(app), client_of(app) as http:
        subscriber = Subscriber(http, tenant_id)
        if known:
            subscriber.subscription_id = known.subscription_id
        else:
            await subscriber.subscribe()
        return subscriber, (await subscriber.events())["cursor"]


async def _read(
    stack: Stack, tenant_id: UUID, known: Subscriber, early: str, late: str
) -> list[str]:
    """What follows an early cursor, and what follows a late one, which is the same: the ids."""
    app = create_api(_settings(stack))
    async with app.router.lifespan_context(app), client_of(app) as http:
        subscriber = Subscriber(http, tenant_id, subscription_id=known.subscription_id)
        answer = await subscriber.own("GET", "/events", after=late)
        assert (answer.status_code, answer.json()["code"]) == (409, "cursor_before_restore")
        again = await subscriber.events(answer.json()["cursor"])
        page = await subscriber.events(early)
        assert again["events"] == page["events"]
        return [each["id"] for each in page["events"]]

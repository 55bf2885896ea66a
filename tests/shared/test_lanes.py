"""Lanes: relays share them, one lane is one relay's at a time, and a dead relay's are taken over."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from uuid import UUID

import asyncpg
import pytest
import pytest_asyncio

from deploy.local.stack import Stack
from shared.outbox import lanes
from shared.outbox.lanes import Lanes, LanesLostError
from shared.outbox.tables import LANES
from tests.conftest import EngineFor

ALL = list(range(LANES))


@dataclass
class Relay:
    """What a relay has to do with lanes."""

    connection: asyncpg.Connection
    lanes: Lanes = field(default_factory=Lanes)

    @property
    def owner(self) -> UUID:
        return self.lanes.owner

    async def claim(self) -> list[int]:
        await self.lanes.claim(self.connection)
        return self.lanes.held

    async def renew(self) -> None:
        await self.lanes.renew(self.connection)

    async def release(self) -> None:
        await self.lanes.release(self.connection)


@pytest_asyncio.fixture(loop_scope="session")
async def relays(stack: Stack, engine_for: EngineFor) -> AsyncIterator[list[Relay]]:
    """Three relays of voucher, each with a session of its own, and nobody else's lanes."""
    engine_for("voucher")
    url = stack.service_environment("voucher")["DATABASE_URL"].replace("+asyncpg", "")
    async with AsyncExitStack() as open_sessions:
        found = []
        for _ in range(3):
            session = await asyncpg.connect(url)
            open_sessions.push_async_callback(session.close)
            found.append(Relay(session))
        await found[0].connection.execute(
            "UPDATE outbox_lane SET owner = NULL, leased_until = '-infinity';"
            "DELETE FROM outbox_relay"
        )
        yield found
        for relay in found:
            if not relay.connection.is_closed():
                await relay.release()


async def _lease_ends(relay: Relay) -> None:
    """Its leases run out, which otherwise takes their time."""
    ended = "now() - interval '1 s'"
    for statement in (
        f"UPDATE outbox_lane SET leased_until = {ended} WHERE owner = $1",
        f"UPDATE outbox_relay SET alive_until = {ended} WHERE owner = $1",
    ):
        await relay.connection.execute(statement, relay.owner)


async def _dies(relay: Relay) -> None:
    await _lease_ends(relay)
    await relay.connection.close()


async def test_one_relay_has_every_lane(relays: list[Relay]) -> None:
    assert await relays[0].claim() == ALL
    assert await relays[0].claim() == ALL


async def test_a_lane_is_never_two_relays_at_a_time(relays: list[Relay]) -> None:
    first, second, third = relays
    for _ in range(3):
        for relay in relays:
            await relay.claim()
        held = [await _held(relay) for relay in relays]
        assert sum(map(len, held)) == len(set().union(*held))
    assert first.owner != second.owner != third.owner


async def _held(relay: Relay) -> set[int]:
    rows = await relay.connection.fetch(
        "SELECT lane FROM outbox_lane WHERE owner = $1 AND leased_until > now()", relay.owner
    )
    return {row["lane"] for row in rows}


async def test_a_second_relay_gets_its_half_from_the_first(relays: list[Relay]) -> None:
    first, second, _ = relays
    await first.claim()
    assert await second.claim() == [], "the first one's leases still hold"
    first_half = await first.claim()
    second_half = await second.claim()
    assert (len(first_half), len(second_half)) == (LANES // 2, LANES // 2)
    assert sorted(first_half + second_half) == ALL


async def test_three_relays_share_fairly(relays: list[Relay]) -> None:
    for _ in range(3):
        shares = [await relay.claim() for relay in relays]
    assert sorted(lane for share in shares for lane in share) == ALL
    assert max(map(len, shares)) - min(map(len, shares)) <= 2


async def test_a_renewed_lane_stays_its_relays(relays: list[Relay]) -> None:
    first, second, _ = relays
    for _ in range(2):
        await first.claim(), await second.claim()
    held = await _held(second)
    await first.claim()
    assert set(await second.claim()) == held


async def test_a_dead_relays_lanes_are_taken_over(relays: list[Relay]) -> None:
    first, second, _ = relays
    for _ in range(2):
        await first.claim(), await second.claim()
    await _dies(second)
    assert await first.claim() == ALL


async def test_a_dead_relays_lanes_are_left_to_it_until_the_lease_ends(
    relays: list[Relay],
) -> None:
    first, second, _ = relays
    for _ in range(2):
        await first.claim(), await second.claim()
    await second.connection.close()
    assert len(await first.claim()) == LANES // 2


async def test_a_lease_that_ran_out_is_still_its_owners_while_nobody_took_it(
    relays: list[Relay],
) -> None:
    first = relays[0]
    await first.claim()
    await first.connection.execute("UPDATE outbox_lane SET leased_until = now() - interval '1 s'")
    assert await first.claim() == ALL


async def test_what_is_released_is_free_at_once(relays: list[Relay]) -> None:
    first, second, _ = relays
    for _ in range(2):
        await first.claim(), await second.claim()
    await first.release()
    assert await second.claim() == ALL


async def test_a_renewal_keeps_every_lane_and_tells_that_another_wants_its_share(
    relays: list[Relay],
) -> None:
    first, second, _ = relays
    await first.claim()
    await first.renew()
    assert first.lanes.is_share_fair
    await second.claim()
    await first.renew()
    assert (first.lanes.held, first.lanes.is_share_fair) == (ALL, False)


async def test_a_renewal_tells_that_there_are_lanes_to_be_had(relays: list[Relay]) -> None:
    first, second, _ = relays
    for _ in range(2):
        await first.claim(), await second.claim()
    await second.release()
    await first.renew()
    assert not first.lanes.is_share_fair


async def test_a_renewal_tells_that_a_lane_is_lost(relays: list[Relay]) -> None:
    first, second, _ = relays
    await first.claim()
    await _lease_ends(first)
    await second.claim()
    with pytest.raises(LanesLostError):
        await first.renew()


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """The one time in it is what a relay's clock says."""
    now = [1_000.0]
    monkeypatch.setattr(lanes, "monotonic", lambda: now[0])
    return now


async def test_a_relay_stops_to_send_before_its_lease_ends(
    relays: list[Relay], clock: list[float]
) -> None:
    first, latest = relays[0], lanes.LEASE_SECONDS - lanes.MARGIN_SECONDS
    assert not first.lanes.may_send(), "it has no lane yet"
    await first.claim()
    clock[0] += latest - 0.1
    assert first.lanes.may_send()
    clock[0] += 0.2
    assert not first.lanes.may_send()
    await first.renew()
    assert first.lanes.may_send()


async def test_a_lease_is_counted_from_before_the_database_was_asked(
    relays: list[Relay], monkeypatch: pytest.MonkeyPatch
) -> None:
    first, times = relays[0], iter([1_000.0, 2_000.0, 3_000.0])
    monkeypatch.setattr(lanes, "monotonic", lambda: next(times))
    await first.claim()
    assert not first.lanes.may_send(), "the answer took a thousand seconds"


async def test_what_is_released_is_sent_no_more(relays: list[Relay]) -> None:
    await relays[0].claim()
    await relays[0].release()
    assert not relays[0].lanes.may_send()


def test_a_relay_renews_in_time() -> None:
    latest = lanes.LEASE_SECONDS - lanes.MARGIN_SECONDS
    assert latest >= lanes.RENEW_SECONDS + 1.0
    assert lanes.LEASE_SECONDS + lanes.RENEW_SECONDS < 10.0, "a dead one's lanes are taken by then"

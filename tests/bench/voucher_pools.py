"""One hot pool beside pgbench on the same row, and two hundred pools beside one."""

from dataclasses import dataclass, field

from deploy.local.stack import Stack
from tests.bench import pgbench
from tests.bench.report import Row
from tests.bench.voucher_path import reserved_a_second
from tests.bench.voucher_world import World
from tests.support.kafka import settings_of

REQUESTS, POOLS, RUNS = 20_000, 200, 3
FUNDS = 1_000_000
UNIT = "reservations/s"


@dataclass(slots=True)
class Pools:
    """Reservations a second, run by run."""

    pgbench: list[float] = field(default_factory=list)
    one: list[float] = field(default_factory=list)
    many: list[float] = field(default_factory=list)

    @property
    def rows(self) -> list[Row]:
        """Over pgbench, and many over one."""
        transactions = f"{UNIT}; peer is pgbench, one transaction each, {pgbench.CLIENTS} clients"
        return [
            Row.of("hot-pool", self.one, self.pgbench, transactions),
            Row.of("many-pools", self.many, self.one, f"{UNIT} on {POOLS} pools; peer is one pool"),
        ]


async def measure(stack: Stack, world: World) -> Pools:
    """Each run on programmes of its own."""
    found, settings = Pools(), settings_of(stack, "voucher")
    for _ in range(RUNS):
        [hot] = await world.programmes(1, vouchers=FUNDS)
        found.pgbench.append(await pgbench.reserved_a_second(settings, hot))
        found.one.append(await _ours(stack, world, pools=1))
        found.many.append(await _ours(stack, world, pools=POOLS))
    return found


async def _ours(stack: Stack, world: World, *, pools: int) -> float:
    cases = await world.programmes(pools, vouchers=FUNDS)
    return await reserved_a_second(stack, cases, REQUESTS)

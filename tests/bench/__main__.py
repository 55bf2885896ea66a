"""`make bench`: the relay and the hot pool beside their peers, on a platform of their own."""

import uvloop

from deploy.local.stack import Stack
from shared.database.engine import create_engine
from tests.bench import relay, voucher_pools
from tests.bench.report import Row, publish
from tests.bench.voucher_world import World
from tests.support.kafka import settings_of
from tests.support.platform import migrate, test_stack


def main() -> None:
    """Start what is needed, measure, print and keep."""
    with test_stack(("postgres", "kafka", "valkey")) as stack:
        migrate(stack, "voucher")
        rows = uvloop.run(_measure(stack))
    publish("bench", rows)


async def _measure(stack: Stack) -> list[Row]:
    settings = settings_of(stack, "voucher")
    engine = create_engine(settings)
    world = World(engine)
    await world.know()
    pools = await voucher_pools.measure(stack, world)
    await engine.dispose()
    return [await relay.measure(settings), *pools.rows]


if __name__ == "__main__":
    main()

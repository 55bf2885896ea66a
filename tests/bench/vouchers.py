"""`make bench-vouchers`: reservations, redemptions and proofs of use, beside pgbench and openedx-ledger."""

import logging

import uvloop

from deploy.local.stack import Stack
from shared.database.engine import create_engine
from tests.bench import voucher_codes, voucher_growth, voucher_pools
from tests.bench.openedx import peer
from tests.bench.report import Row, publish
from tests.bench.voucher_world import World
from tests.support.kafka import settings_of
from tests.support.platform import migrate, test_stack


def main() -> None:
    """Start what is needed, measure, print and keep."""
    logging.disable(logging.WARNING)
    peer.prepare()
    with test_stack(("postgres", "kafka", "valkey")) as stack:
        migrate(stack, "voucher")
        rows = uvloop.run(_measure(stack))
    publish("vouchers", rows)


async def _measure(stack: Stack) -> list[Row]:
    engine = create_engine(settings_of(stack, "voucher"))
    world = World(engine)
    await world.know()
    pools = await voucher_pools.measure(stack, world)
    rows = [*pools.rows, await voucher_codes.measure(stack, world)]
    rows += await voucher_growth.measure(stack, world, at_none=pools.one)
    await engine.dispose()
    return rows


if __name__ == "__main__":
    main()

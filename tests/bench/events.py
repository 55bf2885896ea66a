"""`make bench-events`: the event backbone beside its peers, all in one run, on platforms of its own."""

import logging

import uvloop

from deploy.local.stack import Stack
from tests.bench import exactly_once, fairness, peers, relay
from tests.bench.report import Row, publish
from tests.support.kafka import settings_of
from tests.support.platform import migrate, test_stack

PARTS = ("postgres", "kafka", "valkey")


def main() -> None:
    """Start what is needed, measure, print and keep."""
    logging.disable(logging.WARNING)  # faststream tells of each start
    # Real workers refuse a database with tables of the peers in it.
    with test_stack(PARTS) as stack:
        migrate(stack, "catalogue")
        migrate(stack, "voucher")
        waited = uvloop.run(fairness.measure(stack))
    with test_stack(PARTS) as stack:
        migrate(stack, "voucher")
        rows = uvloop.run(_measure(stack))
    publish("events", [*rows, waited])


async def _measure(stack: Stack) -> list[Row]:
    settings = settings_of(stack, "voucher")
    rows = [await relay.idle(stack, settings), await exactly_once.measure(stack)]
    async with relay.empty_outbox(settings) as outbox:
        rows += [
            await relay.over_raw(outbox),
            await peers.over_faststream_outbox(outbox, stack),
            await relay.hot(outbox),
            await relay.million(outbox),
        ]
    return [*rows, await relay.two_workers(stack, settings)]


if __name__ == "__main__":
    main()

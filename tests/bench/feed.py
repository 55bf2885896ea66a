"""`make bench-feed`: from an event to its readers, each part on a platform of its own."""

import logging

import uvloop

from tests.bench import feed_endpoints, feed_latency, feed_projection, feed_streams
from tests.bench.report import Row, publish
from tests.support.platform import migrate, test_stack

PARTS = ("postgres", "kafka", "valkey")


def main() -> None:
    """Start what is needed, measure, print and keep."""
    logging.disable(logging.WARNING)
    rows: list[Row] = []
    with test_stack(PARTS) as stack:
        migrate(stack, "catalogue")
        migrate(stack, "feed")
        rows.append(uvloop.run(feed_projection.measure(stack)))
    with test_stack(PARTS) as stack:
        migrate(stack, "catalogue")
        migrate(stack, "feed")
        rows += uvloop.run(feed_latency.measure(stack))
        rows.append(uvloop.run(feed_endpoints.measure(stack)))
        rows.append(uvloop.run(feed_streams.measure(stack)))
    publish("feed", rows)


if __name__ == "__main__":
    main()

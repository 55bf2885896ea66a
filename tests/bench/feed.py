"""`make bench-feed`: the feed's way from an event to its readers; writes var/bench/feed.json."""

import logging

import uvloop

from tests.bench import feed_projection
from tests.bench.report import publish
from tests.support.platform import migrate, test_stack


def main() -> None:
    """Start what is needed, measure, print and keep."""
    logging.disable(logging.WARNING)
    with test_stack(("postgres", "kafka", "valkey")) as stack:
        migrate(stack, "voucher")
        migrate(stack, "feed")
        rows = [uvloop.run(feed_projection.measure(stack))]
    publish("feed", rows)


if __name__ == "__main__":
    main()

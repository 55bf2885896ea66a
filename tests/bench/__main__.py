"""`make bench`: the relay and the hot pool beside their peers, on a platform of their own."""

import uvloop

from tests.bench import relay, reservations
from tests.bench.report import publish
from tests.support.kafka import settings_of
from tests.support.platform import migrate, test_stack


def main() -> None:
    """Start what is needed, measure, print and keep."""
    with test_stack(("postgres", "kafka", "valkey")) as stack:
        migrate(stack, "voucher")
        rows = [
            uvloop.run(relay.measure(settings_of(stack, "voucher"))),
            uvloop.run(reservations.measure(stack)),
        ]
    publish("bench", rows)


if __name__ == "__main__":
    main()

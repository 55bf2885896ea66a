"""`make bench-console`: how soon an operator sees, and what that costs the services."""

import logging

import uvloop

from deploy.local.stack import EVERYTHING
from tests.bench import console_load, console_views
from tests.bench.report import publish
from tests.support.platform import test_stack


def main() -> None:
    """Start the whole platform, measure, print and keep."""
    logging.disable(logging.WARNING)
    with test_stack(EVERYTHING) as stack:
        rows = uvloop.run(console_views.measure(stack))
        rows += uvloop.run(console_load.measure(stack))
    publish("console", rows)


if __name__ == "__main__":
    main()

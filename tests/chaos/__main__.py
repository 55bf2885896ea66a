"""`make chaos`: the main job under load while components are killed at random; `make chaos seed=123` again."""

import argparse
import asyncio
import random
import sys

from rich.console import Console

from deploy.local.stack import INFRASTRUCTURE, Stack
from tests.chaos.plan import Plan
from tests.chaos.report import publish
from tests.chaos.run import Run, play, services
from tests.support.platform import test_stack

KILLS = 50
VISITS = 1_000
VISITS_PER_SECOND = 7.0


def main() -> int:
    """Draw the plan, play it on a platform of its own, and say what came of it."""
    options = _parser().parse_args()
    plan = Plan.draw(
        options.seed,
        visits=options.visits,
        kills=options.kills,
        visits_per_second=VISITS_PER_SECOND,
    )
    console = Console()
    console.print(f"Seed {plan.seed}: {len(plan.kills)} kills; the platform starts.")
    with test_stack(INFRASTRUCTURE) as infrastructure:
        return publish(asyncio.run(_run(infrastructure, plan, console)), console)


async def _run(infrastructure: Stack, plan: Plan, console: Console) -> Run:
    async with services(infrastructure) as stack:
        return await play(stack, plan, console.print)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m tests.chaos", description=__doc__)
    parser.add_argument("--seed", type=int, default=random.randrange(1_000_000))
    parser.add_argument("--kills", type=int, default=KILLS)
    parser.add_argument("--visits", type=int, default=VISITS)
    return parser


if __name__ == "__main__":
    sys.exit(main())

"""One run: the scene is set, visits come and components die as planned, everything settles, and is checked."""

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass

import httpx

from deploy.local.stack import EVERYTHING, Stack
from deploy.names import SERVICES
from tests.chaos import invariants
from tests.chaos.evidence import Evidence
from tests.chaos.killing import Death, Killer
from tests.chaos.load import Load, Scene
from tests.chaos.patient import PatientClient
from tests.chaos.plan import Plan
from tests.chaos.settling import collect
from tests.chaos.watching import Watch, watching
from tests.support.accounts import keycloak_accounts
from tests.system.http.case import Case

AT_ONCE = 200
TIMEOUT_SECONDS = 30.0

#: Told what happens, for whoever waits.
Say = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Run:
    """A run that is over: its plan, what happened, and what is on record."""

    plan: Plan
    deaths: list[Death]
    ended_by_themselves: dict[str, int]
    evidence: Evidence
    answers: dict[str, int]
    watch: Watch
    seconds: dict[str, float]

    @property
    def violations(self) -> dict[str, list[str]]:
        """The invariants that do not hold."""
        return invariants.violations(self.evidence)


@asynccontextmanager
async def services(stack: Stack) -> AsyncIterator[Stack]:
    """The stack with every service's processes under its supervisord, until the block ends."""
    whole = Stack(stack.layout.root, stack.ports, EVERYTHING)
    names = [f"{service}-{kind}" for service in SERVICES for kind in ("api", "worker")]
    try:
        await asyncio.to_thread(whole.start)
        yield whole
    finally:
        await asyncio.to_thread(whole.supervisor.stop_programs, names)


async def play(stack: Stack, plan: Plan, say: Say) -> Run:
    """Play a plan on a stack whose services run."""
    async with _case(stack) as case:
        client = PatientClient(case.http, case.accounts, stack.ports)
        began = time.monotonic()
        scene = await Scene.set(case, plan.vouchers)
        load = Load(scene, client, await scene.people(case, plan.visits))
        say(f"The scene is set: {len(plan.visits)} visits, {plan.vouchers} vouchers.")
        under_fire = time.monotonic()
        killer = Killer(stack)
        async with watching(scene, client, stack.ports) as watch:
            await _perform(plan, load, killer, say)
            over = time.monotonic()
            evidence = await collect(stack, scene, load.outcomes, watch)
    seconds = {
        "setting the scene": under_fire - began,
        "visits and kills": over - under_fire,
        "settling and reading": time.monotonic() - over,
    }
    return Run(
        plan=plan,
        deaths=killer.deaths,
        ended_by_themselves=killer.ended_by_themselves,
        evidence=evidence,
        answers=dict(client.tally),
        watch=watch,
        seconds=seconds,
    )


async def _perform(plan: Plan, load: Load, killer: Killer, say: Say) -> None:
    """Begin the visits in their order, each kill in its place; wait until all of it is over."""
    places = asyncio.Semaphore(AT_ONCE)

    async def visit(number: int) -> None:
        try:
            await load.play(plan.visits[number])
        finally:
            places.release()

    async with asyncio.TaskGroup() as group:
        for each in plan.visits:
            await asyncio.sleep(each.pause)  # when people come, not a wait for something
            await places.acquire()
            group.create_task(visit(each.number))
            for kill in plan.kills_after(each.number + 1):
                await killer.strike(kill)
                say(f"{kill.number:3} of {len(plan.kills)}: {kill.component} is killed")
    await killer.recovered()


@asynccontextmanager
async def _case(stack: Stack) -> AsyncIterator[Case]:
    limits = httpx.Limits(max_connections=AT_ONCE)
    async with (
        httpx.AsyncClient(trust_env=False, timeout=TIMEOUT_SECONDS, limits=limits) as http,
        keycloak_accounts(stack, http) as accounts,
    ):
        yield Case(http, accounts, stack.ports)

"""The voucher service under a real supervisord, with releases to roll out and requests to judge them by."""

import asyncio
import shutil
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Any, Final

import httpx
from pydantic import TypeAdapter

from deploy.local import releases
from deploy.local.layout import REPOSITORY
from deploy.local.stack import Stack
from services.console.adapters.supervisor import SupervisorDeployments
from services.console.application.change_deployments import ChangeDeployments
from services.console.application.measuring import of_all
from services.console.application.roll_out import Driver
from services.console.domain.operator import APPROVER, OPERATOR, Operator
from services.console.domain.rollout import Rollout, Rules
from services.console.domain.status import Status
from services.console.domain.verdict import Sample
from shared.clock import utc_now
from shared.database.engine import create_engine, transaction
from shared.http.operations.status import StatusView
from shared.operations.status import status
from shared.settings import Settings
from tests.support.waiting import until

OLGA: Final = Operator("1", "Olga", frozenset({OPERATOR}))
OTTO: Final = Operator("2", "Otto", frozenset({APPROVER}))
RULES: Final = Rules(
    readiness=timedelta(seconds=40),
    soak=timedelta(seconds=8),
    measure_every=timedelta(seconds=2),
)
PACE_SECONDS: Final = 0.05
LISTEN_SECONDS: Final = 0.5
STATUS: Final = TypeAdapter(Status)
ROLLOUT_SECONDS: Final = 120.0
#: What a planted fault replaces: without a token it fails instead of saying so.
SOUND, FAILING = 'raise _unauthorized("Send an access', 'raise RuntimeError("Send an access'


class LocalVoucher:
    """What a test of a rollout does and sees."""

    def __init__(self, stack: Stack) -> None:
        self._stack = stack
        self._engine = create_engine(
            Settings(database_url=stack.service_environment("voucher")["DATABASE_URL"])
        )
        self._status: Status | None = None
        self.deployments = self.console()
        self.acts = ChangeDeployments(self.deployments, utc_now)

    def console(self) -> SupervisorDeployments:
        """As another console would see it."""
        layout = self._stack.layout
        return SupervisorDeployments(layout.root, layout.socket, ("voucher",))

    def release(self, name: str, *, old: str = "", new: str = "", file: str = "") -> str:
        """A release made of what is checked out, with one thing changed in it."""
        tree = self._stack.layout.releases / name
        for part in releases.PARTS:
            shutil.copytree(REPOSITORY / part, tree / part, dirs_exist_ok=True)
        if file:
            source = (tree / file).read_text()
            assert old in source
            (tree / file).write_text(source.replace(old, new))
        releases.add_tree(self._stack.layout, tree, name, f"for a test: {name}")
        return name

    async def listen(self) -> None:
        """Hear what the service says of itself, as the console's poller would, without the way there."""
        while True:
            self._status = await self._told()
            await asyncio.sleep(LISTEN_SECONDS)

    async def lately(self) -> Sample:
        """What a rollout that began now would be compared with."""
        return of_all(await self._told())

    async def _told(self) -> Status:
        async with transaction(self._engine) as connection:
            told = StatusView.tell("voucher", await status(connection))
        return STATUS.validate_python(told.model_dump())

    async def current(self) -> Rollout:
        """The rollout as it is kept."""
        found = (await self.deployments.read("voucher")).book.current
        assert found
        return found

    async def running(self) -> Mapping[str, tuple[str, ...]]:
        """The releases of the processes that run, by role."""
        return {each.role: each.releases() for each in await self.deployments.roles()}

    async def reaches(self, *phases: str) -> Rollout:
        """Wait until the rollout is there."""
        return await until(self.current, lambda seen: seen.phase in phases, seconds=ROLLOUT_SECONDS)

    @asynccontextmanager
    async def driven(self, holder: str = "console-1", rules: Rules = RULES) -> AsyncIterator[None]:
        """A console drives rollouts meanwhile."""
        driver = Driver(self.console(), lambda _: self._status, rules, utc_now, holder)
        async with _meanwhile(self.listen()), _meanwhile(driver.run(("voucher",))):
            yield

    @asynccontextmanager
    async def asked(self) -> AsyncIterator[None]:
        """Somebody asks the service twenty times a second meanwhile, without a token."""
        address = f"http://127.0.0.1:{self._stack.ports['voucher']}/v1/programmes"
        async with httpx.AsyncClient(trust_env=False) as client, _meanwhile(_ask(client, address)):
            yield

    async def aclose(self) -> None:
        """Close what is open."""
        await self._engine.dispose()


async def _ask(client: httpx.AsyncClient, address: str) -> None:
    while True:
        try:
            await client.get(address)
        except httpx.TransportError:
            await asyncio.sleep(PACE_SECONDS)
        await asyncio.sleep(PACE_SECONDS)


@asynccontextmanager
async def _meanwhile(work: Any) -> AsyncIterator[None]:
    task = asyncio.create_task(work)
    try:
        yield
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)

"""Running a service's real process in a test, and ending it gently or not at all gently."""

import asyncio
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx

from deploy.local.stack import Stack

REPOSITORY = Path(__file__).parents[2]
START_SECONDS = 60.0
STOP_SECONDS = 20.0
POLL_SECONDS = 0.05


class Process:
    """`python -m services.NAME api|worker`, as the local start runs it."""

    def __init__(
        self,
        stack: Stack,
        service: str,
        process: str = "worker",
        *,
        port: int = 0,
        **environment: str,
    ) -> None:
        self._environment = {
            **os.environ,
            **stack.service_environment(service, process),
            **environment,
        }
        if port:
            self._environment["HTTP_PORT"] = str(port)
        self._command = [sys.executable, "-m", f"services.{service}", process]
        self._log = stack.layout.root / f"{service}-{process}-{self._environment['HTTP_PORT']}.log"
        self._running: subprocess.Popen[bytes] | None = None

    @property
    def address(self) -> str:
        """Where it answers."""
        return f"http://127.0.0.1:{self._environment['HTTP_PORT']}"

    def start(self) -> None:
        """Start it; its log is kept beside the stack's."""
        with self._log.open("ab") as log:
            self._running = subprocess.Popen(
                self._command, env=self._environment, cwd=REPOSITORY, stdout=log, stderr=log
            )

    async def ready(self) -> None:
        """Wait until it can do its work."""
        async with httpx.AsyncClient(trust_env=False) as client, asyncio.timeout(START_SECONDS):
            while not await self._answers(client):
                self._assert_running()
                await asyncio.sleep(POLL_SECONDS)

    async def logged(self, words: str) -> None:
        """Wait until it has said so in its log."""
        async with asyncio.timeout(START_SECONDS):
            while words not in self._log.read_text():
                self._assert_running()
                await asyncio.sleep(POLL_SECONDS)

    def _assert_running(self) -> None:
        assert self._running, "start it first"
        assert self._running.poll() is None, self._log.read_text()[-2_000:]

    async def _answers(self, client: httpx.AsyncClient) -> bool:
        try:
            return (await client.get(f"{self.address}/health/ready")).status_code == httpx.codes.OK
        except httpx.HTTPError:
            return False

    def kill(self) -> None:
        """End it as a power cut would."""
        self._signal(signal.SIGKILL)
        self.wait()

    def freeze(self) -> None:
        """Have it stand still as a hanging process does; `thaw` before it is to end."""
        self._signal(signal.SIGSTOP)

    def thaw(self) -> None:
        """Have it go on."""
        self._signal(signal.SIGCONT)

    def stop(self) -> None:
        """Ask it to end, and wait until it has."""
        self.ask_to_end()
        self.wait()

    def ask_to_end(self) -> None:
        """Do not wait for it."""
        self._signal(signal.SIGTERM)

    def pause(self) -> None:
        """Have it stand still, as a machine that stalls."""
        self._signal(signal.SIGSTOP)

    def resume(self) -> None:
        """Let it go on where it stood."""
        self._signal(signal.SIGCONT)

    def wait(self) -> None:
        """Until it has ended."""
        if self._running:
            self._running.wait(STOP_SECONDS)

    def _signal(self, how: signal.Signals) -> None:
        if self._running and self._running.poll() is None:
            self._running.send_signal(how)


@contextmanager
def running(*processes: Process) -> Iterator[None]:
    """Start processes, and end them whatever happens, all at once."""
    try:
        for process in processes:
            process.start()
        yield
    finally:
        for process in processes:
            process.ask_to_end()
        for process in processes:
            process.wait()


@contextmanager
def paused(*processes: Process) -> Iterator[None]:
    """Have processes stand still for a while."""
    try:
        for process in processes:
            process.pause()
        yield
    finally:
        for process in processes:
            process.resume()

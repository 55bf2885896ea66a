"""The subscribers of `clients/` as processes of their own, with an outsider's settings and nothing else."""

import json
import os
import signal
import subprocess
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from deploy.clients.programs import command
from deploy.local.layout import REPOSITORY
from tests.support.waiting import until

STOP_SECONDS = 20.0
#: What a program needs of this machine to start at all.
MACHINE = ("PATH", "HOME", "LANG", "TMPDIR")


class Subscriber:
    """One program of one language, with a folder of its own for what it keeps."""

    def __init__(self, language: str, program: str, folder: Path, **settings: str) -> None:
        self._language, self._program, self.folder = language, program, folder
        machine = {name: os.environ[name] for name in MACHINE if name in os.environ}
        self._environment = {**machine, **settings, "STATE_FOLDER": str(folder)}
        folder.mkdir(parents=True)
        self._log = folder / "program.log"
        self._running: subprocess.Popen[bytes] | None = None

    def start(self, *arguments: str) -> None:
        """Start it; its log lies in its folder."""
        words = command(self._language, self._program, *arguments)
        with self._log.open("ab") as log:
            self._running = subprocess.Popen(
                words, env=self._environment, cwd=REPOSITORY, stdout=log, stderr=log
            )

    def run(self, *arguments: str) -> int:
        """Start it, and wait until it has ended by itself."""
        self.start(*arguments)
        assert self._running
        return self._running.wait(60)

    def kill(self) -> None:
        """End it as a power cut would."""
        if self._running:
            self._running.send_signal(signal.SIGKILL)
            self._running.wait(STOP_SECONDS)
            self._running = None

    def output(self, program: str) -> str:
        """What another program of the same language says about the same folder."""
        words = command(self._language, program)
        return subprocess.run(
            words, env=self._environment, cwd=REPOSITORY, capture_output=True, text=True, check=True
        ).stdout

    @property
    def log(self) -> str:
        """What it said."""
        return self._log.read_text()

    @property
    def cursor(self) -> str | None:
        """How far it has read the log."""
        cursor: str | None = self._state()["cursor"]
        return cursor

    @property
    def things(self) -> dict[str, Any]:
        """What it knows, by source and subject."""
        things: dict[str, Any] = self._state()["things"]
        return things

    @property
    def received(self) -> list[dict[str, Any]]:
        """Every delivery, doubles included; a last line that a kill cut short does not count."""
        file = self.folder / "received.ndjson"
        lines = file.read_text().splitlines(keepends=True) if file.exists() else []
        return [json.loads(line) for line in lines if line.endswith("\n")]

    async def knows(self, expected: dict[str, Any], *, seconds: float = 60.0) -> None:
        """Wait until it knows just this."""

        async def things() -> dict[str, Any]:
            assert self._running, "start it first"
            assert self._running.poll() is None, self.log[-2_000:]
            return self.things

        await until(things, lambda known: known == expected, seconds=seconds)

    async def agrees_with(
        self,
        other: "Subscriber",
        *,
        seconds: float = 60.0,
        besides: Callable[[dict[str, Any]], bool] = lambda _thing: False,
    ) -> None:
        """Wait until it knows just what another knows by then, and perhaps things besides."""

        async def differing() -> list[str]:
            own, others = self.things, other.things
            return [
                key
                for key in own.keys() | others.keys()
                if own.get(key) != others.get(key) and (key in others or not besides(own[key]))
            ]

        await until(differing, lambda keys: not keys, seconds=seconds)

    def _state(self) -> dict[str, Any]:
        file = self.folder / "state.json"
        nothing: dict[str, Any] = {"cursor": None, "things": {}}
        return json.loads(file.read_text()) if file.exists() else nothing


@contextmanager
def following(*subscribers: Subscriber) -> Iterator[None]:
    """End subscribers whatever happens."""
    try:
        yield
    finally:
        for subscriber in subscribers:
            subscriber.kill()


def in_order_and_without_strange_doubles(deliveries: Iterable[dict[str, Any]]) -> list[str]:
    """What is wrong with deliveries: a double with another content, or a thing's events out of order."""
    seen: dict[str, dict[str, Any]] = {}
    newest: dict[tuple[str, str], int] = {}
    wrong = []
    for event in deliveries:
        if event["id"] in seen:
            if seen[event["id"]] != event:
                wrong.append(f"{event['id']} came with two contents")
            continue
        seen[event["id"]] = event
        thing, sequence = (event["source"], event["subject"]), int(event["sequence"])
        if sequence <= newest.get(thing, 0):
            wrong.append(f"{event['type']} of {event['subject']} came after a later one")
        newest[thing] = sequence
    return wrong

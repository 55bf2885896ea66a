"""The local platform of `make up`: supervisord keeps its processes, and links say which release each runs."""

import asyncio
import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from http.client import HTTPConnection, HTTPException
from pathlib import Path
from typing import Any, Final

from services.console.adapters.local_notes import LocalNotes
from services.console.adapters.rollout_notes import read_book, read_release, write_book
from services.console.adapters.slots import Slot, Step, next_step
from services.console.adapters.supervisor_rpc import SupervisorRpc
from services.console.application.deployments import ROLES, Kept, Replica, Role, StaleBookError
from services.console.domain.release import Release
from services.console.domain.rollout import Migrating
from services.console.domain.rollout_book import Book

MOST_REPLICAS: Final = 2
PROBE_SECONDS: Final = 2.0
_UP: Final = frozenset({"STARTING", "RUNNING", "BACKOFF", "STOPPING"})
_HOST: Final = "127.0.0.1"


class SupervisorDeployments:
    """`root` is the platform's folder: `run` has a link a program, `releases` what can be rolled out."""

    def __init__(self, root: Path, socket: Path, services: Sequence[str]) -> None:
        self._root, self._services = root, services
        self._rpc = SupervisorRpc(socket)
        self._notes = LocalNotes(root / "rollouts")

    async def roles(self) -> Sequence[Role]:
        """What runs, of every service."""
        return await asyncio.to_thread(self._roles)

    async def releases(self) -> Mapping[str, Release]:
        """What `make release` has made, and what is checked out."""
        return await asyncio.to_thread(self._releases)

    async def migrate(self, service: str, release: str, key: str) -> Migrating:
        """Start a release's migration unless it was started under this key; how it does."""
        return await asyncio.to_thread(self._migrate, service, release, key)

    async def bring(self, service: str, release: str) -> bool:
        """The next step in each role; whether nothing is left to be done."""
        brought = await asyncio.gather(
            *(asyncio.to_thread(self._bring, service, role, release) for role in ROLES)
        )
        return all(brought)

    async def read(self, service: str) -> Kept:
        """The service's book."""
        notes = await asyncio.to_thread(self._notes.read, service)
        return Kept(read_book(notes.book), str(notes.version))

    async def write(self, service: str, book: Book, mark: str) -> None:
        """Keep the book. Raises StaleBookError."""
        await asyncio.to_thread(self._write, service, book, mark)

    async def lease(self, service: str, holder: str, now: datetime) -> bool:
        """Whether the holder alone may move this service's rollout on now."""
        return await asyncio.to_thread(self._lease, service, holder, now)

    async def restart(self, service: str, role: str) -> None:
        """One process after the other; a role with one process pauses for a moment."""
        await asyncio.to_thread(self._restart, service, role)

    async def scale(self, service: str, role: str, replicas: int) -> None:
        """One process or two; the second is of the release that the first runs."""
        await asyncio.to_thread(self._scale, service, role, replicas)

    async def aclose(self) -> None:
        """Nothing is open."""

    def _roles(self) -> list[Role]:
        found, names = self._rpc.processes(), self._names()
        return [
            self._role(service, role, found, names)
            for service in self._services
            for role in ROLES
            if _first(service, role) in found
        ]

    def _role(
        self, service: str, role: str, found: Mapping[str, Any], names: Mapping[Path, str]
    ) -> Role:
        programs = (_first(service, role), _second(service, role))
        slots = {each: self._slot(each, found, names) for each in programs}
        return Role(
            service=service,
            role=role,
            release=slots[programs[0]].release,
            wanted=self._notes.read(service).wanted.get(role, 1),
            most=MOST_REPLICAS,
            replicas=tuple(
                Replica(name, slot.release, slot.is_ready)
                for name, slot in slots.items()
                if slot.is_up
            ),
        )

    def _slot(self, program: str, found: Mapping[str, Any], names: Mapping[Path, str]) -> Slot:
        is_up = found[program]["statename"] in _UP
        folder = (self._root / "run" / program).resolve()
        is_ready = is_up and _answers_ready(self._port(program))
        return Slot(names.get(folder, folder.name), is_up=is_up, is_ready=is_ready)

    def _port(self, program: str) -> int:
        """Of `ports.json`, which says voucher, voucher_worker, voucher_next, voucher_worker_next."""
        ports: Mapping[str, int] = json.loads((self._root / "ports.json").read_text())
        return ports[program.replace("-api", "").replace("-", "_")]

    def _described(self) -> list[Mapping[str, Any]]:
        return [json.loads(file.read_text()) for file in (self._root / "releases").glob("*.json")]

    def _names(self) -> Mapping[Path, str]:
        return {Path(each["directory"]).resolve(): each["name"] for each in self._described()}

    def _releases(self) -> dict[str, Release]:
        return {each["name"]: read_release(json.dumps(each)) for each in self._described()}

    def _folder(self, release: str) -> Path:
        return next(
            Path(each["directory"]) for each in self._described() if each["name"] == release
        )

    def _migrate(self, service: str, release: str, key: str) -> Migrating:
        program = f"{service}-migrate"
        if self._notes.read(service).migration != key:
            self._run(program, release)
            with self._notes.changing(service) as notes:
                notes.migration = key
        process = self._rpc.processes()[program]
        if process["statename"] in _UP:
            return Migrating.RUNNING
        is_done = process["statename"] == "EXITED" and process["exitstatus"] == 0
        return Migrating.DONE if is_done else Migrating.FAILED

    def _bring(self, service: str, role: str, release: str) -> bool:
        found, names = self._rpc.processes(), self._names()
        first, second = _first(service, role), _second(service, role)
        step = next_step(
            self._slot(first, found, names),
            self._slot(second, found, names),
            self._notes.read(service).wanted.get(role, 1),
            release,
        )
        match step:
            case Step.RUN_FIRST:
                self._run(first, release)
            case Step.RUN_SECOND:
                self._run(second, release)
            case Step.STOP_SECOND:
                self._rpc.stop(second)
        return step is Step.NOTHING

    def _run(self, program: str, release: str) -> None:
        """Start a program from a release, in place of what it runs."""
        self._rpc.stop(program)
        link = self._root / "run" / program
        fresh = link.with_name(f"{program}.new")
        fresh.unlink(missing_ok=True)
        fresh.symlink_to(self._folder(release))
        fresh.replace(link)
        self._rpc.start(program)

    def _write(self, service: str, book: Book, mark: str) -> None:
        with self._notes.changing(service) as notes:
            if str(notes.version) != mark:
                raise StaleBookError
            notes.book, notes.version = write_book(book), notes.version + 1

    def _lease(self, service: str, holder: str, now: datetime) -> bool:
        with self._notes.changing(service) as notes:
            return notes.leased(holder, now)

    def _restart(self, service: str, role: str) -> None:
        found = self._rpc.processes()
        for program in (_first(service, role), _second(service, role)):
            if found[program]["statename"] in _UP:
                self._rpc.stop(program)
                self._rpc.start(program)

    def _scale(self, service: str, role: str, replicas: int) -> None:
        with self._notes.changing(service) as notes:
            notes.wanted[role] = replicas
        found, names = self._rpc.processes(), self._names()
        first, second = _first(service, role), _second(service, role)
        if replicas == 1:
            self._rpc.stop(second)
        elif not self._slot(second, found, names).is_up:
            self._run(second, self._slot(first, found, names).release)


def _first(service: str, role: str) -> str:
    return f"{service}-{role}"


def _second(service: str, role: str) -> str:
    return f"{service}-{role}-next"


def _answers_ready(port: int) -> bool:
    connection = HTTPConnection(_HOST, port, timeout=PROBE_SECONDS)
    try:
        connection.request("GET", "/health/ready")
        return connection.getresponse().status == 200
    except (OSError, HTTPException):
        return False
    finally:
        connection.close()

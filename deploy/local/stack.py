"""A whole local platform, or the parts of it that a test needs: `with Stack(root, ports, ...)`."""

import threading
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import FIRST_EXCEPTION, Future, ThreadPoolExecutor, wait
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import Final, Self

import psutil

from deploy.local import releases
from deploy.local.component import Component, Program, StartError
from deploy.local.kafka import Kafka
from deploy.local.keycloak import Keycloak
from deploy.local.layout import Layout
from deploy.local.mail import Mail
from deploy.local.passwords import Passwords
from deploy.local.ports import Ports, refuse_taken
from deploy.local.postgres import Postgres
from deploy.local.services import Environment, Migration, ServiceProcess, has_code, on_call
from deploy.local.supervision import Process, Supervisor
from deploy.local.valkey import Valkey
from deploy.names import CONSOLE, SERVICES

INFRASTRUCTURE: Final = ("postgres", "kafka", "valkey", "mail", "keycloak")
EVERYTHING: Final = (*INFRASTRUCTURE, *SERVICES, CONSOLE)
STOPPED_LAST: Final = ("keycloak", "kafka", "valkey", "postgres")
#: Keycloak fills its database at its first start: 20 s on a quiet machine, minutes on one that is busy.
READY_SECONDS: Final = 300
POLL_SECONDS: Final = 0.25
LIVENESS_SECONDS: Final = 1.0
RESTARTS_BEFORE_READY: Final = 3

# Told the component, its state ("starting", "ready" ...) and more about it in words.
Report = Callable[[str, str, str], None]


def silent(component: str, state: str, detail: str) -> None:
    """For tests."""


class CancelledError(Exception):
    """Somebody pressed Ctrl-C, or another component failed."""


class Stack:
    """Components with their processes under one supervisord, all files below `root`."""

    def __init__(self, root: Path, ports: Ports, components: Sequence[str] = EVERYTHING) -> None:
        unknown = set(components) - set(EVERYTHING)
        if unknown:
            raise ValueError(f"no such component: {', '.join(sorted(unknown))}")
        self.layout = Layout(root.resolve())
        self.ports = ports
        self.supervisor = Supervisor(self.layout)
        self._passwords = Passwords(self.layout.passwords)
        self._cancelled = threading.Event()
        self.mail = Mail(self.layout, ports)
        keycloak = Keycloak(self.layout, ports, self._passwords, self.mail.environment())
        self._environment = Environment(ports, self._passwords, keycloak, self.layout)
        self._kafka = Kafka(self.layout, ports, self._passwords)
        parts: dict[str, Component] = {
            "postgres": Postgres(self.layout, ports, self._passwords),
            "kafka": self._kafka,
            "valkey": Valkey(self.layout, ports, self._passwords),
            "mail": self.mail,
            "keycloak": keycloak,
        }
        self.absent = tuple(each for each in SERVICES if each in components and not has_code(each))
        self.components: list[Component] = [parts[each] for each in parts if each in components]
        self._on_call: dict[str, Program] = {}
        for service in SERVICES:
            if service in components and service not in self.absent:
                self.components += self._service(service)
                self._on_call |= on_call(service, self._environment, self.layout)
        if CONSOLE in components:
            console = ServiceProcess(CONSOLE, "api", ports, self._environment, self.layout)
            self.components.append(console)

    def __enter__(self) -> Self:
        try:
            self.start()
        except BaseException:
            self.stop()
            raise
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.stop()

    def service_environment(self, service: str, process: str = "api") -> dict[str, str]:
        """What the process of a service is given, for tests that run it themselves."""
        return self._environment.of(service, process)

    def migration_environment(self, service: str) -> dict[str, str]:
        """The same as owner of the database."""
        return self._environment.of_migration(service)

    def admin_password(self, component: str) -> str:
        """Of `postgres` (user postgres), `kafka` or `keycloak` (user admin)."""
        return self._passwords[f"{component}_admin"]

    def prepare_topics(self) -> None:
        """Topics and rights again, after a test has brought contracts of its own."""
        self._kafka.configure()

    def is_running(self) -> bool:
        """Whether its supervisord answers."""
        return self.supervisor.pid() is not None

    def is_idle(self, process: Process) -> bool:
        """Whether it is one that only a rollout starts, and does not run now."""
        return process.name in self._on_call and not process.is_up

    def start(self, report: Report = silent) -> None:
        """Everything that does not run yet, in parallel as far as the needs allow."""
        self._cancelled.clear()
        self.layout.root.mkdir(parents=True, exist_ok=True)
        refuse_taken(
            self.ports,
            [each for part in self.components for each in part.ports],
            self._own(),
        )
        self.ports.save(self.layout.ports)
        programs = {each.name: each.program for each in self.components if each.program}
        if not self.is_running():
            releases.forget_links(self.layout)
        releases.check_out(self.layout, [*programs, *self._on_call])
        self.supervisor.start({**programs, **self._on_call})
        with self._pool() as pool:
            running: dict[str, Future[None]] = {}
            for component in self.components:
                needs = [running[name] for name in component.needs if name in running]
                running[component.name] = pool.submit(self._bring_up, component, needs, report)
            try:
                wait(running.values(), return_when=FIRST_EXCEPTION)
            finally:
                if not all(each.done() and not each.exception() for each in running.values()):
                    self._cancelled.set()
        errors = [error for each in running.values() if (error := each.exception())]
        causes = [error for error in errors if not isinstance(error, CancelledError)]
        if causes:
            raise causes[0]

    def stop(self, report: Report = silent) -> None:
        """In reverse: services drain first, then what they need."""
        if not self.is_running():
            return
        processes = self.supervisor.processes()
        last: list[str] = [name for name in STOPPED_LAST if name in processes]
        first = [name for name in processes if name not in last]
        batches: list[list[str]] = [first, *([name] for name in last)]
        for batch in batches:
            names = [name for name in batch if processes[name].is_up]
            for name in names:
                report(name, "stopping", "")
            self.supervisor.stop_programs(names)
            for name in names:
                report(name, "stopped", "")
        self.supervisor.shutdown()

    def _service(self, service: str) -> list[Component]:
        return [
            Migration(service, self.ports, self._environment.of_migration(service), self.layout),
            ServiceProcess(service, "api", self.ports, self._environment, self.layout),
            ServiceProcess(service, "worker", self.ports, self._environment, self.layout),
        ]

    @contextmanager
    def _pool(self) -> Iterator[ThreadPoolExecutor]:
        """Leaving it, also by Ctrl-C, tells the threads to give up and waits for them."""
        with ThreadPoolExecutor(max(1, len(self.components))) as pool:
            try:
                yield pool
            except BaseException:
                self._cancelled.set()
                raise

    def _own(self) -> frozenset[int]:
        """The processes of this platform: their ports are taken by itself."""
        pid = self.supervisor.pid()
        if pid is None:
            return frozenset()
        return frozenset(child.pid for child in psutil.Process(pid).children(recursive=True))

    def _bring_up(self, component: Component, needs: list[Future[None]], report: Report) -> None:
        name = component.name
        report(name, "waiting", "")
        try:
            for need in needs:
                self._await(need)
            report(name, "preparing", "")
            component.prepare(lambda detail: self._say(report, name, detail))
            if component.program is not None:
                report(name, "starting", "")
                self.supervisor.start_program(name)
                self._wait_until_ready(component)
                report(name, "configuring", "")
                component.configure()
        except CancelledError:
            report(name, "cancelled", "")
            raise
        except Exception as error:
            self._cancelled.set()
            report(name, "failed", str(error).partition("\n")[0])
            raise
        report(name, "ready", component.address)

    def _say(self, report: Report, name: str, detail: str) -> None:
        if self._cancelled.is_set():
            raise CancelledError
        report(name, "preparing", detail)

    def _await(self, need: Future[None]) -> None:
        while not need.done():
            if self._cancelled.wait(POLL_SECONDS):
                raise CancelledError
        if need.exception():
            raise CancelledError

    def _wait_until_ready(self, component: Component) -> None:
        began = asked = time.monotonic()
        pids: set[int] = set()
        log = self.layout.logs / f"{component.name}.log"
        while not component.ready():
            now = time.monotonic()
            if now - asked > LIVENESS_SECONDS:
                asked = now
                self._refuse_ended(component.name, pids, log)
            if now - began > READY_SECONDS:
                raise StartError(
                    f"{component.name} is not ready after {READY_SECONDS} s; see {log}\n{tail(log)}"
                )
            if self._cancelled.wait(POLL_SECONDS):
                raise CancelledError

    def _refuse_ended(self, name: str, pids: set[int], log: Path) -> None:
        """A program that ends again and again before it is ready will not get ready by waiting."""
        process = self.supervisor.processes().get(name)
        if process is None or process.state == "FATAL":
            raise StartError(f"{name} does not start; see {log}\n{tail(log)}")
        if process.pid:
            pids.add(process.pid)
        if len(pids) > RESTARTS_BEFORE_READY:
            raise StartError(f"{name} ends again and again; see {log}\n{tail(log)}")


def tail(log: Path, lines: int = 5) -> str:
    """The end of a log file, which usually says why."""
    if not log.exists():
        return ""
    return "\n".join(log.read_text(errors="replace").splitlines()[-lines:])

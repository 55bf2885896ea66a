"""Processes are kept alive by supervisord, driven over a socket that only this user can open."""

import os
import shlex
import subprocess
import sys
import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final
from xmlrpc.client import Fault, ServerProxy

from supervisor.xmlrpc import Faults, SupervisorTransport

from deploy.local.component import Program, StartError
from deploy.local.layout import Layout, own_folder, write_private

HEAD: Final = """\
[unix_http_server]
file = {socket}
chmod = 0700

[supervisord]
logfile = {root}/supervisord.log
logfile_maxbytes = 2MB
logfile_backups = 1
pidfile = {root}/supervisord.pid
directory = {root}
minfds = 4096
{user}
[rpcinterface:supervisor]
supervisor.rpcinterface_factory = supervisor.rpcinterface:make_main_rpcinterface
"""

PROGRAM: Final = """
[program:{name}]
command = {command}
directory = {directory}
environment = {environment}
autostart = false
autorestart = {autorestart}
startsecs = {start_seconds}
startretries = 10
stopsignal = {stop_signal}
stopwaitsecs = {stop_seconds}
stopasgroup = false
killasgroup = true
redirect_stderr = true
stdout_logfile = {log}
stdout_logfile_maxbytes = 20MB
stdout_logfile_backups = 1
"""

RUNNING_STATES: Final = ("STARTING", "RUNNING", "BACKOFF")
START_SECONDS: Final = 10
WITHOUT_WAITING: Final = False  # the XML-RPC argument `wait`


@dataclass(frozen=True, slots=True)
class Process:
    """What supervisord knows of one program."""

    name: str
    state: str
    pid: int
    detail: str
    started_at: int

    @property
    def is_up(self) -> bool:
        return self.state in RUNNING_STATES


def render(layout: Layout, programs: Mapping[str, Program]) -> str:
    """The whole configuration; it holds passwords, so its file is for the owner only."""
    user = "user = root\n" if os.geteuid() == 0 else ""
    parts = [HEAD.format(socket=layout.socket, root=escape(str(layout.root)), user=user)]
    for name, program in programs.items():
        part = PROGRAM.format(
            name=name,
            command=escape(shlex.join(program.command)),
            directory=escape(str(program.directory)),
            environment=environment(program.environment),
            autorestart="true" if program.keeps_alive else "false",
            start_seconds=1 if program.keeps_alive else 0,
            stop_signal=program.stop_signal,
            stop_seconds=program.stop_seconds,
            log=escape(str(layout.logs / f"{name}.log")),
        )
        parts.append(part if program.user is None else f"{part}user = {program.user}\n")
    return "".join(parts)


def environment(values: Mapping[str, str]) -> str:
    """KEY="value" pairs as supervisord reads them; it knows no way to write a quote inside."""
    for name, value in values.items():
        if "\n" in value or '"' in value:
            raise ValueError(f"{name} has a line break or a quotation mark in it")
    return ",".join(f'{name}="{escape(value)}"' for name, value in values.items())


def escape(text: str) -> str:
    """Escape: supervisord expands %(…)s everywhere."""
    return text.replace("%", "%%")


class Supervisor:
    """One supervisord of one platform."""

    def __init__(self, layout: Layout) -> None:
        self._layout = layout
        self._configuration = layout.root / "supervisord.conf"

    def pid(self) -> int | None:
        """Of the running supervisord, if there is one."""
        try:
            return int(self._call("getPID"))
        except OSError:
            return None

    def start(self, programs: Mapping[str, Program]) -> None:
        """Start it, or tell the running one what has changed."""
        self._layout.logs.mkdir(parents=True, exist_ok=True)
        for program in programs.values():
            program.directory.mkdir(parents=True, exist_ok=True)
        write_private(self._configuration, render(self._layout, programs))
        if self.pid() is None:
            self._launch()
        else:
            self._update()

    def processes(self) -> dict[str, Process]:
        """Every program by name; empty when nothing runs."""
        try:
            rows = self._call("getAllProcessInfo")
        except OSError:
            return {}
        return {
            row["name"]: Process(
                row["name"], row["statename"], row["pid"], row["spawnerr"], row["start"]
            )
            for row in rows
        }

    def start_program(self, name: str) -> None:
        """Without waiting: readiness is asked of the program itself."""
        try:
            self._call("startProcess", name, WITHOUT_WAITING)
        except Fault as fault:
            if fault.faultCode != Faults.ALREADY_STARTED:
                raise StartError(f"{name} can't be started: {fault.faultString}") from fault

    def stop_programs(self, names: Iterable[str]) -> None:
        """Stop all of them at once and wait until the last is gone."""
        stopping = [name for name in names if self._begin_stop(name)]
        while True:
            states = self.processes()
            if not any(states[name].state == "STOPPING" for name in stopping if name in states):
                return
            time.sleep(0.1)

    def shutdown(self) -> None:
        """End supervisord itself and wait until its socket is gone."""
        try:
            self._call("shutdown")
        except OSError:
            return
        deadline = time.monotonic() + START_SECONDS
        while self._layout.socket.exists() and time.monotonic() < deadline:
            time.sleep(0.05)

    def _begin_stop(self, name: str) -> bool:
        try:
            self._call("stopProcess", name, WITHOUT_WAITING)
        except Fault as fault:
            if fault.faultCode in (Faults.NOT_RUNNING, Faults.BAD_NAME):
                return False
            raise
        return True

    def _launch(self) -> None:
        own_folder(self._layout.socket.parent, 0o700)
        self._layout.socket.unlink(missing_ok=True)
        subprocess.run(
            (
                sys.executable,
                "-m",
                "supervisor.supervisord",
                "-c",
                str(self._configuration),
            ),
            check=True,
            env={"PATH": "/usr/bin:/bin", "LANG": "C.UTF-8", "HOME": str(Path.home())},
            stdin=subprocess.DEVNULL,
            start_new_session=True,
        )
        deadline = time.monotonic() + START_SECONDS
        while self.pid() is None:
            if time.monotonic() > deadline:
                raise StartError(
                    f"supervisord does not answer: {self._layout.root}/supervisord.log"
                )
            time.sleep(0.05)

    def _update(self) -> None:
        """What is no longer named goes on: somebody may have asked for a part only."""
        added, changed, _removed = self._call("reloadConfig")[0]
        for name in changed:
            self.stop_programs([name])
            self._call("removeProcessGroup", name)
        for name in (*changed, *added):
            self._call("addProcessGroup", name)

    def _call(self, method: str, *arguments: object) -> Any:
        """One connection a call: the client is not made for several threads."""
        transport = SupervisorTransport(None, None, f"unix://{self._layout.socket}")
        with ServerProxy("http://127.0.0.1", transport=transport, allow_none=True) as proxy:
            return getattr(proxy.supervisor, method)(*arguments)

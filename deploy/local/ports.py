"""The port numbers of one local platform, and clear words when another program has one of them."""

import json
import socket
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Self

import psutil

from deploy.names import CONSOLE, SERVICES

HOST: Final = "127.0.0.1"

DEFAULTS: Final[Mapping[str, int]] = {
    "postgres": 15432,
    "kafka": 19092,
    "kafka_controller": 19093,
    "valkey": 16379,
    "keycloak": 18080,
    "keycloak_management": 19000,
    "mail": 10025,
    **{service: 8101 + place for place, service in enumerate(SERVICES)},
    **{f"{service}_worker": 8201 + place for place, service in enumerate(SERVICES)},
    CONSOLE: 8101 + len(SERVICES),
    # For a second process of a role, while two releases run side by side.
    **{f"{service}_next": 8301 + place for place, service in enumerate(SERVICES)},
    **{f"{service}_worker_next": 8401 + place for place, service in enumerate(SERVICES)},
}


class PortTakenError(Exception):
    """A port belongs to a program that this platform did not start."""


@dataclass(frozen=True, slots=True)
class Ports:
    """Port numbers by name (`postgres`, `voucher`, `voucher_worker` ...)."""

    numbers: Mapping[str, int]

    def __getitem__(self, name: str) -> int:
        return self.numbers[name]

    @classmethod
    def from_base(cls, base: int) -> Self:
        """Consecutive numbers from `base`: a second platform beside the first."""
        return cls({name: base + place for place, name in enumerate(DEFAULTS)})

    @classmethod
    def from_environment(cls, environment: Mapping[str, str]) -> Self:
        """LERNVERBUND_PORT_BASE moves all, LERNVERBUND_PORT_<NAME> moves one."""
        base = environment.get("LERNVERBUND_PORT_BASE")
        numbers = dict(cls.from_base(int(base)).numbers if base else DEFAULTS)
        for name in DEFAULTS:
            own = environment.get(variable(name))
            if own:
                numbers[name] = int(own)
        return cls(numbers)

    @classmethod
    def load(cls, file: Path) -> Self:
        """The numbers a running platform was started with."""
        return cls({name: int(port) for name, port in json.loads(file.read_text()).items()})

    def save(self, file: Path) -> None:
        """Keep them for `status` and for a second `up`, which know no environment of the first."""
        file.write_text(json.dumps(dict(self.numbers), indent=2))


def variable(name: str) -> str:
    """The environment variable that moves this port."""
    return f"LERNVERBUND_PORT_{name.upper()}"


def refuse_taken(ports: Ports, names: Iterable[str], own: frozenset[int] = frozenset()) -> None:
    """Raise PortTakenError, naming every foreign holder at once, unless its pid is in `own`."""
    complaints = []
    for name in names:
        port = ports[name]
        if is_free(port):
            continue
        holder = holder_of(port)
        if holder is not None and holder.pid in own:
            continue
        complaints.append(complaint(name, port, describe(holder)))
    if complaints:
        raise PortTakenError("\n".join(complaints))


def complaint(name: str, port: int, holder: str) -> str:
    """One sentence that says what to do."""
    return (
        f"Port {port} for {name} is taken by {holder}. End that program, or choose another port: "
        f"{variable(name)}={port + 1000} (or LERNVERBUND_PORT_BASE=30000 to move all)."
    )


def is_free(port: int) -> bool:
    """Try it, which needs no rights; a port in TIME_WAIT is free."""
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except OSError:
            return False
    return True


def holder_of(port: int) -> psutil.Process | None:
    """Who listens there, as far as this user may see it."""
    try:
        listening = psutil.net_connections(kind="tcp")
    except psutil.AccessDenied:
        return None
    for connection in listening:
        if connection.status != psutil.CONN_LISTEN or not connection.laddr:
            continue
        if connection.laddr.port == port and connection.pid:
            return psutil.Process(connection.pid)
    return None


def describe(holder: psutil.Process | None) -> str:
    """Name, pid, owner and the beginning of the command line."""
    if holder is None:
        return "a program of another user"
    try:
        command = " ".join(holder.cmdline())[:100]
        return f"{holder.name()} (pid {holder.pid}, user {holder.username()}: {command})"
    except psutil.Error:
        return f"the process {holder.pid}"

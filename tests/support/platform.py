"""The real parts that a test run needs, started once: PostgreSQL, and for system tests all of it."""

import fcntl
import os
import shutil
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from deploy.local.ports import Ports
from deploy.local.stack import Stack

REPOSITORY = Path(__file__).parents[2]
FIRST_PORT, LAST_PORT, STEP = 25_000, 29_000, 100


@contextmanager
def test_stack(components: Sequence[str]) -> Iterator[Stack]:
    """A stack of its own below var/test, fresh, on ports that nobody uses; several runs may go on at once."""
    with _reserved_ports() as base:
        root = REPOSITORY / "var" / "test" / str(base)
        shutil.rmtree(root, ignore_errors=True)
        with Stack(root, Ports.from_base(base), components) as stack:
            yield stack


@contextmanager
def _reserved_ports() -> Iterator[int]:
    # Ports belong to the machine, not to the checkout: another one's tests may run beside these.
    locks = Path(tempfile.gettempdir()) / f"lernverbund-ports-{os.getuid()}"
    locks.mkdir(exist_ok=True)
    for base in range(FIRST_PORT, LAST_PORT, STEP):
        with (locks / f"{base}.lock").open("w") as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError:
                continue
            if _is_free(base):
                yield base
                return
    raise RuntimeError(f"no free ports between {FIRST_PORT} and {LAST_PORT}: end other test runs")


def _is_free(base: int) -> bool:
    """Whether nobody answers, also not what an earlier run that was killed left behind."""
    return not any(map(_answers, Ports.from_base(base).numbers.values()))


def _answers(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def migrate(stack: Stack, service: str) -> None:
    """Bring a service's database up to date, by its own command."""
    environment = {**os.environ, **stack.migration_environment(service)}
    command = [sys.executable, "-m", f"services.{service}", "migrate"]
    done = subprocess.run(
        command, env=environment, cwd=REPOSITORY, capture_output=True, text=True, check=False
    )
    if done.returncode != 0:
        raise RuntimeError(f"migrating {service} failed:\n{done.stderr}")

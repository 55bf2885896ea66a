"""A relay in a process of its own, that can be killed: `python -m tests.support.relaying`."""

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager

import uvloop

from deploy.local.stack import Stack
from shared.outbox.relay import Relay
from shared.settings import Settings
from tests.support.processes import REPOSITORY


@contextmanager
def relay_process(stack: Stack, service: str) -> Iterator[subprocess.Popen[bytes]]:
    """A service's relay, with nothing else around it; killed at the end."""
    environment = {**os.environ, **stack.service_environment(service)}
    command = [sys.executable, "-m", "tests.support.relaying"]
    running = subprocess.Popen(command, env=environment, cwd=REPOSITORY)
    try:
        yield running
    finally:
        running.kill()
        running.wait()


if __name__ == "__main__":
    uvloop.run(Relay(Settings()).run())

"""A service's api in a process of its own, served as in production, with tokens that say by themselves who calls."""

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager

import httpx

from deploy.local.stack import Stack
from tests.support.processes import REPOSITORY


@contextmanager
def serving(stack: Stack, service: str) -> Iterator[tuple[str, int]]:
    """Its address and its process; wait until it `answers`."""
    environment = stack.service_environment(service)
    port = environment["HTTP_PORT"]
    options = ("--port", port, "--loop", "uvloop", "--http", "httptools", "--no-access-log")
    command = (sys.executable, "-m", "uvicorn", "--factory", f"tests.bench.own_tokens:{service}")
    with (stack.layout.root / f"{service}-api.log").open("ab") as log:
        process = subprocess.Popen(
            (*command, *options, "--log-level", "warning"),
            env={**os.environ, **environment},
            cwd=REPOSITORY,
            stdout=log,
            stderr=log,
        )
    try:
        yield f"http://127.0.0.1:{port}", process.pid
    finally:
        process.kill()
        process.wait()


async def answers(http: httpx.AsyncClient) -> bool:
    """Whether the api is ready."""
    try:
        return (await http.get("/health/ready")).is_success
    except httpx.TransportError:
        return False

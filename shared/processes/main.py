"""`python -m services.NAME api|worker|migrate`: the same for every service."""

import socket
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

import uvicorn
from fastapi import FastAPI

from shared.database.migrate import migrate
from shared.settings import ProcessSettings, Settings
from shared.telemetry.setup import start_telemetry

DRAIN_SECONDS = 10
UNREAD_SECONDS = 30
STARTUP_FAILURE = 3

S = TypeVar("S", bound=Settings)
P = TypeVar("P", bound=ProcessSettings)


def run(
    folder: Path,
    settings_type: type[S],
    create_api: Callable[[S], FastAPI],
    create_worker: Callable[[S], FastAPI],
) -> None:
    """Start the process named on the command line for the service in `folder`."""
    processes = {"api": create_api, "worker": create_worker}
    command = sys.argv[1] if len(sys.argv) == 2 else ""
    if command == "migrate":
        migrate(folder, Settings().database_url)
    elif command in processes:
        serve(folder.name, command, settings_type(), processes[command])
    else:
        sys.exit(f"usage: python -m services.{folder.name} api|worker|migrate")


def serve(service: str, process: str, settings: P, create: Callable[[P], FastAPI]) -> None:
    """Serve a process's app until it is told to end."""
    start_telemetry(settings, service=service, process=process)
    _serve(create(settings), settings)


def _serve(app: FastAPI, settings: ProcessSettings) -> None:
    config = uvicorn.Config(
        app,
        host=settings.http_host,
        port=settings.http_port,
        log_config=None,
        access_log=False,
        loop="uvloop",
        http="httptools",
        timeout_graceful_shutdown=DRAIN_SECONDS,
    )
    server = uvicorn.Server(config)
    server.run(sockets=[listen(config)])
    if not server.started:
        sys.exit(STARTUP_FAILURE)


def listen(config: uvicorn.Config) -> socket.socket:
    """The socket of a server: a client that takes nothing for a while is disconnected, whatever it is sent.

    Who only stops reading would otherwise keep its answer in memory for ever. The option is Linux's.
    """
    listening = config.bind_socket()
    if hasattr(socket, "TCP_USER_TIMEOUT"):
        listening.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, UNREAD_SECONDS * 1_000)
    return listening

"""`python -m services.NAME api|worker|migrate`: the same for every service."""

import sys
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

import uvicorn
from fastapi import FastAPI

from shared.database.migrate import migrate
from shared.settings import Settings
from shared.telemetry.setup import start_telemetry

DRAIN_SECONDS = 10

S = TypeVar("S", bound=Settings)


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
        settings = settings_type()
        start_telemetry(settings, service=folder.name, process=command)
        _serve(processes[command](settings), settings)
    else:
        sys.exit(f"usage: python -m services.{folder.name} api|worker|migrate")


def _serve(app: FastAPI, settings: Settings) -> None:
    uvicorn.run(
        app,
        host=settings.http_host,
        port=settings.http_port,
        log_config=None,
        access_log=False,
        loop="uvloop",
        http="httptools",
        timeout_graceful_shutdown=DRAIN_SECONDS,
    )

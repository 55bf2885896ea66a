"""`python -m deploy.check_compose`: the file is valid, and says what the local start says."""

import json
import os
import subprocess
import sys
import tempfile
from itertools import product
from pathlib import Path
from typing import Any, Final

from deploy.local.ports import Ports
from deploy.local.stack import Stack
from deploy.make_env import filled
from deploy.names import CONSOLE, SERVICES

REPOSITORY: Final = Path(__file__).parents[1]
COMPOSE: Final = Path(sys.executable).with_name("docker-compose")
# Compose tells the image what to run; the local start runs it itself.
ONLY_COMPOSE: Final = {"SERVICE", "PROCESS"}
# Compose keeps its processes itself: under it the console shows what runs, and changes nothing.
ONLY_LOCAL: Final = {"DEPLOYMENTS", "SUPERVISOR_ROOT", "SUPERVISOR_SOCKET"}


def resolved(environment_file: Path) -> dict[str, Any]:
    """The file as Compose understands it; raises CalledProcessError with its words."""
    done = subprocess.run(
        (
            str(COMPOSE),
            "--env-file",
            str(environment_file),
            "config",
            "--format",
            "json",
        ),
        cwd=REPOSITORY,
        env={"PATH": os.environ.get("PATH", ""), "HOME": str(environment_file.parent)},
        capture_output=True,
        text=True,
        check=True,
    )
    return dict(json.loads(done.stdout))


def differences(compose: dict[str, Any]) -> list[str]:
    """Variables that a process gets here but not there."""
    found = []
    with tempfile.TemporaryDirectory() as folder:
        local = Stack(Path(folder), Ports.from_base(42000), components=())
        for service, process in (*product(SERVICES, ("api", "worker")), (CONSOLE, "api")):
            there = set(compose["services"][f"{service}-{process}"]["environment"])
            here = set(local.service_environment(service, process)) - ONLY_LOCAL
            unlike = (there - ONLY_COMPOSE) ^ here
            if unlike:
                found.append(f"{service}-{process}: {', '.join(sorted(unlike))}")
    return found


def main() -> int:
    """0 if all is well; otherwise what is not."""
    with tempfile.TemporaryDirectory() as folder:
        secrets = Path(folder) / "env"
        secrets.write_text(filled((REPOSITORY / ".env.example").read_text()))
        try:
            compose = resolved(secrets)
        except subprocess.CalledProcessError as refused:
            print(refused.stderr, file=sys.stderr)
            return 1
    unlike = differences(compose)
    for line in unlike:
        print(f"environment differs from the local start: {line}", file=sys.stderr)
    if not unlike:
        print(
            f"docker-compose.yml: {len(compose['services'])} services, as the local start has them"
        )
    return 1 if unlike else 0


if __name__ == "__main__":
    sys.exit(main())

"""The peer of our ledger: openedx-ledger on the same PostgreSQL server, in a database and a Python of its own."""

import asyncio
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

import asyncpg

from deploy.local.stack import Stack
from tests.support.platform import REPOSITORY

FOLDER = Path(__file__).parent
REQUIREMENTS = FOLDER / "requirements.txt"
CACHE = REPOSITORY / "var" / "cache"
DATABASE = "openedx"
SECONDS, CALLERS = 10, 8


@dataclass(frozen=True, slots=True)
class Rates:
    """Transactions a second by one caller and by several, and the share of the latter's calls that are refused."""

    alone: float
    together: float
    refused: float

    @property
    def best(self) -> float:
        """The most that it does."""
        return max(self.alone, self.together)


def prepare() -> Path:
    """Install it, once. Exits with what to do when there is no Python for it."""
    name = f"openedx-ledger-{sha256(REQUIREMENTS.read_bytes()).hexdigest()[:12]}"
    python = CACHE / name / "bin" / "python"
    if not (CACHE / name / "installed").exists():
        uv = str(Path(sys.executable).with_name("uv"))
        made = (uv, "venv", "--quiet", "--clear", "--python", _python(), str(CACHE / name))
        subprocess.run(made, check=True)
        installed = (uv, "pip", "install", "--quiet", "--python", str(python), "--no-deps")
        subprocess.run((*installed, "--require-hashes", "-r", str(REQUIREMENTS)), check=True)
        (CACHE / name / "installed").touch()
    return python


def _python() -> str:
    for each in _pythons():
        code = "import sys; sys.exit(sys.version_info < (3, 12))"
        if subprocess.run((each, "-c", code), capture_output=True, check=False).returncode == 0:
            return each
    sys.exit("openedx-ledger needs Python 3.12 or newer: PEER_PYTHON=/path/to/python3.12 make …")


def _pythons() -> Iterator[str]:
    yield os.environ.get("PEER_PYTHON", sys.executable)
    yield from filter(None, (shutil.which(f"python3.{minor}") for minor in range(12, 20)))
    yield from map(str, Path.home().glob(".pyenv/versions/3.*/bin/python"))


async def spent_a_second(stack: Stack, entries: int) -> Rates:
    """Transactions on one ledger that has so many already."""
    server = f"postgresql://postgres:{stack.admin_password('postgres')}@127.0.0.1:{stack.ports['postgres']}"
    admin = await asyncpg.connect(f"{server}/postgres")
    await admin.execute(f"CREATE DATABASE {DATABASE}")
    process = await asyncio.create_subprocess_exec(
        *(str(prepare()), str(FOLDER / "program.py"), f"{server}/{DATABASE}"),
        *map(str, (entries, SECONDS, CALLERS)),
        stdout=asyncio.subprocess.PIPE,
    )
    output, _ = await process.communicate()
    assert process.returncode == 0, "openedx-ledger failed, see above"
    await admin.execute(f"DROP DATABASE {DATABASE} WITH (FORCE)")
    await admin.close()
    return Rates(**json.loads(output))

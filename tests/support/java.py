"""Small Java programs that tests need: a folder with sources and the `jars.lock` of what they use."""

import subprocess
from collections.abc import Sequence
from pathlib import Path

from deploy.clients.programs import CLIENTS, JAVA_JARS, compile_java
from deploy.local.download import exclusive, fetch, pinned
from deploy.local.java import JAVA, LAPTOP_OPTIONS
from deploy.local.layout import CACHE, REPOSITORY


def prepare(folder: Path) -> Sequence[str]:
    """Fetch what the folder's lock file pins, compile its sources, and say how they are started.

    Append the name of the class with `main`, and its arguments.
    """
    jars, classes = CACHE / f"tests-{folder.name}", REPOSITORY / "var" / "tests" / folder.name
    with exclusive(CACHE):
        fetch(pinned("jar", CLIENTS / "java" / "jars.lock"), JAVA_JARS, print)
        fetch(pinned("jar", folder / "jars.lock"), jars, print)
        compile_java(folder, classes, sorted(str(each) for each in jars.glob("*.jar")))
    return [str(JAVA), *LAPTOP_OPTIONS, "-cp", f"{jars}/*:{classes}"]


def run(command: Sequence[str]) -> str:
    """What a program prints; fails with its complaint."""
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, (done.stdout + done.stderr)[-2_000:]
    return done.stdout

"""Print the part of requirements.lock that the services need, with its checksums.

The lock also pins what only a developer's machine needs (PostgreSQL, Java, test tools); an image
without it is a third of the size. Which is which stands in the lock's own `# via` notes.
"""

import re
import sys
from pathlib import Path
from typing import Final

LOCK: Final = Path(__file__).parents[1] / "requirements.lock"
ROOTS: Final = re.compile(r"lernverbund-\w+")
# What `python -m deploy.setup` needs beyond the services.
ALSO: Final = frozenset({"kafka-python"})


def entries(lock: str) -> dict[str, str]:
    """Each pinned package with its whole entry, comments included."""
    parts = re.split(r"^(?=[A-Za-z0-9])", lock, flags=re.MULTILINE)
    return {part.split("==")[0].split("[")[0]: part for part in parts if "==" in part}


def wanted_by(entry: str) -> set[str]:
    """The packages that its `# via` note names."""
    note = entry.partition("# via")[2]
    return {word.split("[")[0] for word in re.findall(r"[\w.\-\[\]]+", note)}


def runtime(lock: str) -> str:
    """What is reached from the services' own packages."""
    every = entries(lock)
    parents = {name: wanted_by(entry) for name, entry in every.items()}
    found = {name for name in every if name in ALSO or any(map(ROOTS.fullmatch, parents[name]))}
    while new := {name for name in every if name not in found and parents[name] & found}:
        found |= new
    return "".join(every[name] for name in every if name in found)


if __name__ == "__main__":
    sys.stdout.write(runtime(LOCK.read_text()))

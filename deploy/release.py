"""`python -m deploy.release NAME`: what a build brings, for whoever rolls it out.

NAME is its commit, or its image's digest. The output is a value for the ConfigMap `releases` (k8s/README.md).
"""

import argparse
import ast
import json
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

from deploy.names import SERVICES

REPOSITORY: Final = Path(__file__).resolve().parents[1]
KINDS: Final = ("expand", "contract")


def describe(tree: Path, name: str, title: str) -> dict[str, Any]:
    """The build made of a tree, as the console reads it."""
    return {
        "name": name,
        "title": title,
        "made_at": datetime.now(UTC).isoformat(),
        "migrations": {service: list(migrations(tree, service)) for service in SERVICES},
    }


def migrations(tree: Path, service: str) -> Iterator[dict[str, str]]:
    """Each migration of a service in order: its number, first words, and whether there is a way back.

    Read, not imported: the tree may be of another release than this one.
    """
    folder = tree / "services" / service / "migrations" / "versions"
    for file in sorted(folder.glob("*.py"), key=_number):
        module = ast.parse(file.read_text())
        words = (ast.get_docstring(module) or file.stem).partition("\n")[0]
        yield {"revision": _number(file), "title": words, "kind": kind(module)}


def kind(module: ast.Module) -> str:
    """`expand` or `contract`, as the migration says; older ones say nothing and were all the first."""
    for statement in module.body:
        match statement:
            case ast.Assign(targets=[ast.Name(id="kind")], value=ast.Constant(value=str(said))):
                return said
    return KINDS[0]


def _number(file: Path) -> str:
    """`2026_11_21_0003_people.py` is number 0003: the date says when it was written, not its place."""
    return file.stem.split("_")[3]


def main() -> int:
    """Print the description."""
    parser = argparse.ArgumentParser(prog="python -m deploy.release", description=__doc__)
    parser.add_argument("name", help="the commit, or sha256:…")
    parser.add_argument("--title", default="", help="what it brings, in one line")
    options = parser.parse_args()
    print(json.dumps(describe(REPOSITORY, options.name, options.title)))
    return 0


if __name__ == "__main__":
    sys.exit(main())

"""Releases on this machine: a folder and a description each, and links that say which program runs which."""

import json
import shutil
import subprocess
import tarfile
from collections.abc import Iterable, Mapping
from io import BytesIO
from pathlib import Path
from typing import Any, Final

from deploy.local.component import StartError
from deploy.local.layout import REPOSITORY, Layout
from deploy.local.services import checked_out
from deploy.release import describe

#: Of a commit, what its processes need.
PARTS: Final = ("services", "shared")
#: Its description's file: there is one, whichever commit that is.
CHECKED_OUT: Final = "checked-out"


def forget_links(layout: Layout) -> None:
    """What is started next runs what is checked out, whatever was rolled out before."""
    for link in layout.running.glob("*"):
        link.unlink()


def check_out(layout: Layout, programs: Iterable[str]) -> None:
    """Have every program that runs no other release run what is checked out here."""
    layout.running.mkdir(parents=True, exist_ok=True)
    for program in programs:
        link = layout.running / program
        if not link.is_symlink():
            link.symlink_to(REPOSITORY)
    described = describe(REPOSITORY, checked_out() or CHECKED_OUT, "what is checked out")
    _write(layout, CHECKED_OUT, REPOSITORY, described)


def add_commit(layout: Layout, commit: str) -> str:
    """Make a commit a release that can be rolled out. Returns its name."""
    told = _git("log", "-1", "--abbrev=12", "--format=%h %s", commit).decode()
    name, _, title = told.strip().partition(" ")
    archive = _git("archive", commit, *PARTS)
    with tarfile.open(fileobj=BytesIO(archive)) as files:
        files.extractall(layout.releases / name, filter="data")
    add_tree(layout, layout.releases / name, name, title)
    return name


def add_tree(layout: Layout, tree: Path, name: str, title: str) -> None:
    """Make a folder with the code a release; its processes say its name."""
    (tree / "RELEASE").write_text(name)
    _write(layout, name, tree, describe(tree, name, title))


def _write(layout: Layout, file: str, tree: Path, described: Mapping[str, Any]) -> None:
    layout.releases.mkdir(parents=True, exist_ok=True)
    told = {**described, "directory": str(tree)}
    (layout.releases / f"{file}.json").write_text(json.dumps(told, indent=2))


def _git(*arguments: str) -> bytes:
    git = shutil.which("git")
    if git is None:
        raise StartError("A release is made of a commit: install git")
    done = subprocess.run((git, *arguments), cwd=REPOSITORY, capture_output=True, check=False)
    if done.returncode != 0:
        raise StartError(done.stderr.decode().strip())
    return done.stdout

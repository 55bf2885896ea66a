"""Which release this process is: the version that all services share, and the build it comes from."""

import os
import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Final

#: Set when an image is built, or by whoever rolls it out: the commit, or the image's digest.
VARIABLE: Final = "RELEASE_COMMIT"


@dataclass(frozen=True, slots=True)
class Release:
    """A version, and the commit or digest of its build; empty where nobody said."""

    version: str
    commit: str

    def __str__(self) -> str:
        return f"{self.version}+{self.commit}" if self.commit else self.version


def _this() -> Release:
    project = tomllib.loads(Path(__file__).with_name("pyproject.toml").read_text())["project"]
    return Release(project["version"], os.environ.get(VARIABLE, ""))


RELEASE: Final = _this()

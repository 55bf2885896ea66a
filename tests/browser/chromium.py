"""The system's Chromium, driven by Playwright. It is found, never downloaded."""

import os
import shutil
from typing import Final

NAMES: Final = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
VARIABLE: Final = "CHROMIUM"
MISSING: Final = (
    "there is no Chromium here: install the package `chromium` of the distribution "
    f"(Debian: apt-get install chromium), or name its program by {VARIABLE}=/path/to/chromium"
)
#: No calls home: a closed network refuses them, which costs time at every start.
QUIET: Final = (
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-gpu",
    "--disable-quic",
    "--disable-sync",
    "--no-first-run",
)


def executable() -> str | None:
    """Its program, if there is one."""
    named = os.environ.get(VARIABLE)
    return named or next((path for path in map(shutil.which, NAMES) if path), None)


def flags() -> list[str]:
    """Chromium's sandbox refuses to run as root."""
    return [*QUIET, "--no-sandbox"] if os.geteuid() == 0 else [*QUIET]

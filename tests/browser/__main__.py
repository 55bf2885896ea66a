"""`make browser`: every page in every form, and the stories, in a real browser."""

import os
import shutil
import subprocess
import sys
from typing import Final

import pytest

from tests.browser.chromium import MISSING, executable

INSTALL: Final = ("apt-get", "install", "--yes", "--quiet", "--no-install-recommends", "chromium")
EVERYTHING: Final = "thorough or not thorough"


def main() -> int:
    """Install Chromium where that is possible; the tests' exit code."""
    if not executable() and os.geteuid() == 0 and shutil.which(INSTALL[0]):
        subprocess.run(INSTALL, check=False)
    if not executable():
        print(MISSING, file=sys.stderr)
        return 2
    return pytest.main(["-m", EVERYTHING, *(sys.argv[1:] or ["tests/browser"])])


if __name__ == "__main__":
    sys.exit(main())

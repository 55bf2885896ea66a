"""Start a migration file for a service, numbered after the last one."""

import re
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from deploy.names import SERVICES

TEMPLATE: Final = '''"""{title}.

Must work with the release before: add first, remove a release later.
"""

from alembic import op

revision = "{revision}"
down_revision = "{before}"
# "contract" where the release before does not work with it: then there is no way back.
kind = "expand"


def upgrade() -> None:
    """Say what changes and why."""
    op.execute("")
'''


def main() -> int:
    """`python -m deploy.migration SERVICE what_changes`."""
    if (
        len(sys.argv) != 3
        or sys.argv[1] not in SERVICES
        or not re.fullmatch(r"[a-z0-9_]+", sys.argv[2])
    ):
        print("usage: make migration s=voucher m=what_changes")
        return 2
    service, slug = sys.argv[1:]
    folder = Path("services") / service / "migrations" / "versions"
    before = max(
        re.findall(r"_(\d{4})_", " ".join(f"_{path.name}" for path in folder.glob("*.py")))
    )
    revision = f"{int(before) + 1:04d}"
    path = folder / f"{datetime.now(UTC):%Y_%m_%d}_{revision}_{slug}.py"
    title = slug.replace("_", " ").capitalize()
    path.write_text(TEMPLATE.format(title=title, revision=revision, before=before))
    print(path)
    return 0


if __name__ == "__main__":
    sys.exit(main())

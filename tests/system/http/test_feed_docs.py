"""What docs/feed.md tells a municipality's IT to type, typed."""

import os
import re
import subprocess
import sys
from datetime import timedelta
from pathlib import Path

from deploy.local.layout import REPOSITORY
from deploy.local.ports import HOST
from deploy.names import REALM
from shared.clock import utc_now
from tests.system.http.case import Case, Tenants

_TRIED = re.compile(r"<!-- tried: (\w+) -->\n```(\w+)\n(.*?)```", re.DOTALL)
#: What the reader has after the first block, for the second.
HANDED_OVER = ("FEED_SUBSCRIPTION", "CLIENT_ID", "CLIENT_SECRET")


def _run(words: list[str], text: str, environment: dict[str, str], folder: Path) -> str:
    done = subprocess.run(
        [*words, text],
        env={"PATH": os.environ["PATH"], **environment},
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


async def test_the_commands_of_the_documentation_do_what_it_says(
    case: Case, tenants: Tenants, tmp_path: Path
) -> None:
    blocks = _TRIED.findall((REPOSITORY / "docs" / "feed.md").read_text())
    assert [(who, language) for who, language, _ in blocks] == [
        ("administrator", "bash"),
        ("subscriber", "bash"),
        ("subscriber", "python"),
    ]
    equipping, asking, program = (text for _, _, text in blocks)
    address, keycloak = f"http://{HOST}", f"http://{HOST}:{case.ports['keycloak']}"
    environment = {
        "MEMBER": f"{address}:{case.ports['member']}",
        "FEED": f"{address}:{case.ports['feed']}",
        "ADMIN": await case.accounts.token(tenants.town.account),
        "UNTIL": (utc_now() + timedelta(days=30)).isoformat(),
        "TOKEN_URL": f"{keycloak}/realms/{REALM}/protocol/openid-connect/token",
    }
    bash = ["bash", "-euo", "pipefail", "-c"]
    tell = "".join(f'\necho "{name}=${name}"' for name in HANDED_OVER)
    said = _run(bash, equipping + tell, environment, tmp_path)
    environment |= dict(line.split("=", 1) for line in said.splitlines())
    assert '"tenant.activated.v1"' in _run(bash, asking, environment, tmp_path)
    python = [sys.executable, "-c"]
    assert "tenant.activated.v1" in _run(python, program, environment, tmp_path)
    assert _run(python, program, environment, tmp_path) == "", "the cursor was kept"

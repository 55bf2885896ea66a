"""A town's own system: a program of `clients/` that knows only its credentials and what the feed tells it."""

import asyncio
import json
import os
import shutil
import sys
import time
from collections import Counter
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final, Self

from deploy.demo import case
from deploy.demo.client import Client, DemoError
from deploy.demo.play import POLL_SECONDS, WAIT_SECONDS, Progress
from deploy.local.ports import HOST, Ports
from deploy.names import REALM

FOLDER: Final = Path("var/demo/follower")
#: What became of a voucher, by the type of the newest event about it.
VOUCHERS: Final = {f"voucher.{each}.v1": each for each in case.USES}


@dataclass(frozen=True, slots=True)
class Follower:
    """Asks for the log's next pages whenever it is run, as a nightly job would."""

    client: Client
    machine_path: str
    subscription_path: str
    settings: dict[str, str]

    @classmethod
    async def subscribe(cls, client: Client, ports: Ports) -> Self:
        """Get a machine client and a subscription that begins now."""
        shutil.rmtree(FOLDER, ignore_errors=True)
        until = datetime.now(UTC) + timedelta(days=1)
        wanted = {"name": "Demo", "roles": ["subscriber"], "expires_at": until.isoformat()}
        machine = await client.post("member", "/v1/machine-clients", wanted)
        machine_path = f"/v1/machine-clients/{machine['client_id']}"
        secret = await client.post(
            "member", f"{machine_path}/secret", missing={"machine_client_not_ready"}
        )
        body = {"name": "Demo", "way": "pull", "types": ["*"]}
        made = await client.post("feed", "/v1/subscriptions", body)
        keycloak = f"http://{HOST}:{ports['keycloak']}/realms/{REALM}"
        settings = {
            "FEED_URL": f"http://{HOST}:{ports['feed']}",
            "FEED_SUBSCRIPTION": made["subscription_id"],
            "TOKEN_URL": f"{keycloak}/protocol/openid-connect/token",
            "CLIENT_ID": secret["oauth_client_id"],
            "CLIENT_SECRET": secret["oauth_client_secret"],
            "STATE_FOLDER": str(FOLDER),
            "START": "beginning",
        }
        path = f"/v1/subscriptions/{made['subscription_id']}"
        return cls(client, machine_path, path, settings)

    async def follow(self, programme_id: str, completed: int, progress: Progress) -> dict[str, int]:
        """Read until so many completions took effect everywhere; returns all that it counts then."""
        deadline = time.monotonic() + WAIT_SECONDS
        while True:
            await self._read()
            known = self._known(programme_id)
            told = min(known["redeemed"], known["certificates"])
            progress(told, completed)
            if told >= completed:
                return known
            if time.monotonic() > deadline:
                raise DemoError(f"{completed} completed; the feed told of {known}")
            await asyncio.sleep(POLL_SECONDS)

    async def leave(self) -> None:
        """Give both back: the next run makes its own."""
        await self.client.delete("feed", self.subscription_path)
        await self.client.post("member", f"{self.machine_path}/revocation")

    async def _read(self) -> None:
        program = (sys.executable, "-m", "clients.python.by_pull", "once")
        running = await asyncio.create_subprocess_exec(
            *program, env={**os.environ, **self.settings}
        )
        if await running.wait() != 0:
            raise DemoError("the program of clients/python ended with an error")

    def _known(self, programme_id: str) -> dict[str, int]:
        things: list[dict[str, Any]] = list(
            json.loads((FOLDER / "state.json").read_text())["things"].values()
        )
        vouchers = Counter(
            VOUCHERS[thing["type"]]
            for thing in things
            if thing["type"] in VOUCHERS and thing["data"].get("programme_id") == programme_id
        )
        certificates = sum(thing["type"] == "credential.issued.v1" for thing in things)
        return {
            **{each: vouchers[each] for each in case.USES},
            "certificates": certificates,
        }

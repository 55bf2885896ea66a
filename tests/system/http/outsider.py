"""Somebody outside: a town's own systems, with their own credentials and the published documents."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx

from deploy.local.ports import HOST
from deploy.names import REALM
from shared.clock import utc_now
from tests.support.subscribers import Subscriber, following
from tests.support.waiting import until
from tests.system.http.case import WAIT_SECONDS, Case, Tenant


@dataclass(frozen=True)
class Outsider:
    """The systems of one tenant."""

    case: Case
    tenant: Tenant
    machine: dict[str, str]
    kafka: dict[str, str]
    folder: Path

    @classmethod
    async def equip(cls, case: Case, tenant: Tenant, folder: Path) -> "Outsider":
        """Have an administrator make a machine client and a password for Kafka."""
        wanted = {
            "name": "Statistik",
            "roles": ["subscriber"],
            "expires_at": (utc_now() + timedelta(days=30)).isoformat(),
        }
        client = await tenant.client.post("member", "/v1/machine-clients", wanted)
        path = f"/v1/machine-clients/{client['client_id']}"
        await until(
            lambda: tenant.client.get("member", path),
            lambda found: bool(found["oauth_client_id"]),
            seconds=WAIT_SECONDS,
        )
        machine = await tenant.client.post("member", f"{path}/secret")
        kafka = await tenant.client.post("member", "/v1/kafka-credentials")
        return cls(case, tenant, machine, kafka, folder)

    async def subscribe(self, way: str, **changes: Any) -> str:
        """A subscription to everything since the beginning; returns its id."""
        body = {"name": f"Statistik {way}", "way": way, "types": ["*"], "start": "oldest"}
        made = await self.tenant.client.post("feed", "/v1/subscriptions", {**body, **changes})
        return str(made["subscription_id"])

    def reader(
        self,
        language: str,
        way: str,
        subscription_id: str,
        *,
        start: str = "beginning",
        **more: str,
    ) -> Subscriber:
        """A program that follows a subscription."""
        settings = {**self.settings(subscription_id), "START": start, **more}
        return Subscriber(language, f"by_{way}", self.folder / f"{way}-{start}", **settings)

    def settings(self, subscription_id: str) -> dict[str, str]:
        """What its programs are told."""
        ports = self.case.ports
        keycloak = f"http://{HOST}:{ports['keycloak']}/realms/{REALM}"
        return {
            "FEED_URL": f"http://{HOST}:{ports['feed']}",
            "FEED_SUBSCRIPTION": subscription_id,
            "TOKEN_URL": f"{keycloak}/protocol/openid-connect/token",
            "CLIENT_ID": self.machine["oauth_client_id"],
            "CLIENT_SECRET": self.machine["oauth_client_secret"],
            "KAFKA_PASSWORD": self.kafka["password"],
            "KAFKA_PROTOCOL": "SASL_PLAINTEXT",
        }

    @asynccontextmanager
    async def receiving(
        self, language: str, port: int, *, start: str = "beginning", since: str = "oldest"
    ) -> AsyncIterator[Subscriber]:
        """A webhook subscription whose endpoint is a program of ours, running and verified."""
        subscription_id = await self.subscribe("webhook", start=since)
        path = f"/v1/subscriptions/{subscription_id}"
        url = f"http://{HOST}:{port}/feed"
        endpoint = await self._put(f"{path}/endpoint", {"url": url})
        settings = {"WEBHOOK_PORT": str(port), "WEBHOOK_SECRET": endpoint["secret"]}
        receiver = self.reader(language, "webhook", subscription_id, start=start, **settings)
        with following(receiver):
            receiver.start()
            await until(lambda: self._answers(url), bool, seconds=WAIT_SECONDS)
            # It was not there when the first code was sent.
            await self._put(f"{path}/endpoint", {"url": url})
            await until(
                lambda: self.tenant.client.get("feed", path),
                lambda found: bool(found["status"] == "active"),
                seconds=WAIT_SECONDS,
            )
            yield receiver

    async def _put(self, path: str, body: dict[str, Any]) -> dict[str, Any]:
        answer = await self.case.send(self.tenant.account, "PUT", "feed", path, json=body)
        assert answer.is_success, answer.text
        found: dict[str, Any] = answer.json()
        return found

    async def _answers(self, url: str) -> bool:
        try:
            return (await self.case.http.post(url)).status_code == 400
        except httpx.TransportError:
            return False

"""A subscriber at the feed's addresses; only who calls is decided by the test."""

from dataclasses import dataclass, field
from typing import Any
from uuid import UUID, uuid4

import httpx
from fastapi import FastAPI

from shared.auth.tokens import Caller
from tests.isolation.world import Tokens, bearer

__all__ = ["Caller", "Subscriber", "client_of"]


def client_of(app: FastAPI) -> httpx.AsyncClient:
    app.state.authenticator = Tokens()
    transport = httpx.ASGITransport(app, raise_app_exceptions=False)
    return httpx.AsyncClient(transport=transport, base_url="http://feed")


@dataclass
class Subscriber:
    """A tenant's administrator with a subscription."""

    http: httpx.AsyncClient
    tenant_id: UUID = field(default_factory=uuid4)
    roles: str = "tenant-admin"
    subscription_id: str = ""

    async def ask(self, method: str, path: str, body: Any = None, **query: Any) -> httpx.Response:
        headers = bearer("subscriber", self.roles, str(self.tenant_id))
        return await self.http.request(method, path, headers=headers, json=body, params=query)

    async def subscribe(self, **wish: Any) -> httpx.Response:
        body = {"name": "Statistik", "way": "pull", "types": ["*"], "start": "oldest", **wish}
        answer = await self.ask("POST", "/v1/subscriptions", body)
        if answer.is_success:
            self.subscription_id = answer.json()["subscription_id"]
        return answer

    async def own(
        self, method: str, path: str = "", body: Any = None, **query: Any
    ) -> httpx.Response:
        path = f"/v1/subscriptions/{self.subscription_id}{path}"
        return await self.ask(method, path, body, **query)

    async def events(self, after: str | None = None, **query: Any) -> Any:
        """A page of events, which there must be."""
        asked = {"after": after, **query} if after else query
        answer = await self.own("GET", "/events", **asked)
        assert answer.status_code == 200, answer.text
        return answer.json()

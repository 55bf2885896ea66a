"""SCIM as a tenant's identity system speaks it."""

import socket
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Thread
from typing import TYPE_CHECKING, Any
from uuid import uuid4

import httpx
import uvicorn
from scim2_client.client import BaseSyncSCIMClient

from services.member.bootstrap import create_api
from services.member.settings import MemberSettings

if TYPE_CHECKING:
    from deploy.local.stack import Stack

USER = "urn:ietf:params:scim:schemas:core:2.0:User"
GROUP = "urn:ietf:params:scim:schemas:core:2.0:Group"
ENTERPRISE = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"
PATCH = "urn:ietf:params:scim:api:messages:2.0:PatchOp"


def user(**changes: Any) -> dict[str, Any]:
    """A user as most directories send one."""
    name = f"luisa.{uuid4().hex[:12]}@example.org"
    usual: dict[str, Any] = {
        "schemas": [USER],
        "userName": name,
        "externalId": uuid4().hex,
        "name": {"givenName": "Luisa", "familyName": "Rheinufer"},
        "displayName": "Luisa Rheinufer",
        "active": True,
        "emails": [{"value": name, "type": "work", "primary": True}],
    }
    return {**usual, **changes}


def patch(*operations: dict[str, Any]) -> dict[str, Any]:
    return {"schemas": [PATCH], "Operations": list(operations)}


class NetworkClient(BaseSyncSCIMClient):
    """The compliance tester's client, over the network. A whole URL is followed only to this server."""

    def __init__(self, client: httpx.Client) -> None:
        super().__init__()
        self.client = client

    def _stays_under_base_url(self, endpoint: str) -> bool:
        url = self.client.build_request("GET", endpoint).url
        base = self.client.base_url
        return url.netloc == base.netloc and url.raw_path.startswith(base.raw_path)

    def _parse_json(self, response: Any) -> Any:
        return response.json()

    def request(self, method: str, url: str, **rest: Any) -> httpx.Response:
        return self.client.request(method, url, **rest)


class Directory:
    """A tenant's identity system with its token."""

    def __init__(self, client: httpx.AsyncClient, base: str, secret: str) -> None:
        self.client = client
        self.base = base
        self.headers = {"Authorization": f"Bearer {secret}"}

    @classmethod
    async def of(cls, client: httpx.AsyncClient, admin: dict[str, str]) -> "Directory":
        made = await client.post("/v1/scim-tokens", headers=admin)
        assert made.status_code == 201, made.text
        return cls(client, made.json()["base_path"], made.json()["secret"])

    async def ask(self, method: str, path: str, **rest: Any) -> httpx.Response:
        headers = self.headers | rest.pop("headers", {})
        return await self.client.request(method, self.base + path, headers=headers, **rest)

    async def add(self, **changes: Any) -> dict[str, Any]:
        answer = await self.ask("POST", "/Users", json=user(**changes))
        assert answer.status_code == 201, answer.text
        made: dict[str, Any] = answer.json()
        return made

    async def find(self, scim_filter: str, path: str = "/Users", **rest: Any) -> list[str]:
        """The ids of what is found, in order."""
        parameters = {"filter": scim_filter, **rest}
        answer = await self.ask("GET", path, params=parameters)
        assert answer.status_code == 200, answer.text
        found = answer.json()
        assert found["totalResults"] >= len(found["Resources"])
        return [each["id"] for each in found["Resources"]]


@contextmanager
def serving(stack: "Stack") -> Iterator[str]:
    """The service on a port of its own, as clients reach it; yields its address."""
    listening = socket.create_server(("127.0.0.1", 0))
    address = f"http://127.0.0.1:{listening.getsockname()[1]}"
    settings = MemberSettings(
        database_url=stack.service_environment("member")["DATABASE_URL"],
        redis_url="redis://127.0.0.1:1",
        public_url=address,
    )
    config = uvicorn.Config(create_api(settings), log_level="error", timeout_keep_alive=60)
    server = uvicorn.Server(config)
    thread = Thread(target=server.run, kwargs={"sockets": [listening]}, daemon=True)
    thread.start()
    while not server.started:
        thread.join(0.02)
        assert thread.is_alive(), "the service did not start"
    try:
        yield address
    finally:
        server.should_exit = True
        thread.join(20)

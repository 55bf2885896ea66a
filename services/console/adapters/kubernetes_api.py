"""The few requests to Kubernetes' API that the console makes, as the account of its own pod."""

import ssl
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final, Self

import httpx

from services.console.application.deployments import DeploymentsError
from services.console.domain.sentence import Sentence

#: Where a pod finds its account; the token is renewed there.
ACCOUNT: Final = Path("/var/run/secrets/kubernetes.io/serviceaccount")
SECONDS: Final = 5.0
MERGE: Final = "application/merge-patch+json"
#: Merges lists by the names of their entries: a container, a variable.
STRATEGIC: Final = "application/strategic-merge-patch+json"


class ConflictError(Exception):
    """Somebody has changed the object meanwhile."""


class KubernetesApi:
    """One namespace."""

    def __init__(self, address: str, account: Path, namespace: str) -> None:
        context = ssl.create_default_context(cafile=str(account / "ca.crt"))
        self._account = account
        self._client = httpx.AsyncClient(
            base_url=address, verify=context, timeout=SECONDS, trust_env=False
        )
        self._namespace = namespace

    @classmethod
    def of_pod(cls, environment: Mapping[str, str]) -> Self:
        """As Kubernetes tells every pod where it is."""
        host = environment["KUBERNETES_SERVICE_HOST"]
        address = f"https://{f'[{host}]' if ':' in host else host}"
        port = environment["KUBERNETES_SERVICE_PORT_HTTPS"]
        return cls(f"{address}:{port}", ACCOUNT, (ACCOUNT / "namespace").read_text().strip())

    async def find(self, group: str, kind: str, name: str) -> Mapping[str, Any] | None:
        """One object; None if there is none."""
        answer = await self._send("GET", group, f"{kind}/{name}")
        return None if answer.status_code == httpx.codes.NOT_FOUND else _said(answer)

    async def all(self, group: str, kind: str, labels: str = "") -> list[Mapping[str, Any]]:
        """Every object with these labels."""
        query = {"labelSelector": labels} if labels else {}
        items: list[Mapping[str, Any]] = _said(await self._send("GET", group, kind, query))["items"]
        return items

    async def patch(
        self, group: str, kind: str, name: str, body: Mapping[str, Any], how: str = MERGE
    ) -> None:
        """Change an object. Raises ConflictError if the body names a version that is not the newest."""
        answer = await self._send("PATCH", group, f"{kind}/{name}", body=body, content=how)
        if answer.status_code == httpx.codes.CONFLICT:
            raise ConflictError
        _said(answer)

    async def create(self, group: str, kind: str, body: Mapping[str, Any]) -> None:
        """Make an object, unless it is there."""
        answer = await self._send("POST", group, kind, body=body, content="application/json")
        if answer.status_code != httpx.codes.CONFLICT:
            _said(answer)

    async def aclose(self) -> None:
        """Close every connection."""
        await self._client.aclose()

    async def _send(
        self,
        method: str,
        group: str,
        rest: str,
        query: Mapping[str, str] | None = None,
        *,
        body: Mapping[str, Any] | None = None,
        content: str = "",
    ) -> httpx.Response:
        headers = {"Authorization": f"Bearer {(self._account / 'token').read_text().strip()}"}
        if content:
            headers["Content-Type"] = content
        path = f"/{group}/namespaces/{self._namespace}/{rest}"
        request = self._client.build_request(method, path, params=query, json=body, headers=headers)
        try:
            return await self._client.send(request)
        except httpx.TransportError as error:
            raise DeploymentsError(Sentence("Kubernetes does not answer.")) from error


def _said(answer: httpx.Response) -> Any:
    if answer.is_success:
        return answer.json()
    try:
        why = str(answer.json()["message"])
    except (KeyError, TypeError, ValueError):
        why = str(answer.status_code)
    raise DeploymentsError(Sentence("Kubernetes refuses: %(why)s", {"why": why}))

"""The operations' addresses of the toy service, and people who call them."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from time import time
from typing import Any

import httpx

from shared.auth.tokens import Caller
from shared.database.engine import transaction
from shared.expectations import Expectation
from shared.http.app import create_app
from shared.http.operations import Operated, operations_router
from shared.inbox import letters
from shared.inbox.origins import Origin
from shared.inbox.records import Failure
from shared.messaging.waiting import Topics, Waiting
from shared.repairs.repairer import Repairer
from tests.shared.toy_service import Service
from tests.shared.toys import NOW, Record
from tests.support.apps import nothing_to_start

OPERATIONS = "/v1/operations"
#: Each is a name and its roles.
OPERATOR, COLLEAGUE = "olga|operator", "otto|operator"
APPROVER, BOTH, VIEWER = "anton|approver", "olga|operator,approver", "vera|viewer"


class Tokens:
    """Stands in for the issuer: a token is a name and roles."""

    async def authenticate(self, token: str) -> Caller:
        name, _, roles = token.partition("|")
        return Caller(name, frozenset(roles.split(",")), (), time() + 60)


class FakeTopics:
    """Two records wait, or the broker does not answer."""

    def __init__(self, error: Exception | None = None) -> None:
        self._error = error

    async def waiting(self) -> list[Waiting]:
        if self._error:
            raise self._error
        return [Waiting("toy-events", 2, NOW, ("trier",))]


def by(token: str) -> dict[str, str]:
    """Headers of somebody."""
    return {"Authorization": f"Bearer {token}"}


@asynccontextmanager
async def calling(
    service: Service,
    *,
    expects: tuple[Expectation, ...] = (),
    personal: tuple[str, ...] = (),
    repair_alone: int = 1_000,
    topics: Topics | None = None,
) -> AsyncIterator[httpx.AsyncClient]:
    """A client of the toy service's operations, as an operator."""
    app = create_app(title="toy", description="", checks={}, lifespan=nothing_to_start)
    app.state.authenticator = Tokens()
    app.state.topics = topics or FakeTopics()
    operated = Operated(
        service="toy",
        engine=service.engine,
        reads=["toy-events", "member-events"],
        expects=expects,
        personal=personal,
        repair_alone=repair_alone,
    )
    app.include_router(operations_router(operated))
    transport = httpx.ASGITransport(app, raise_app_exceptions=False)
    async with httpx.AsyncClient(
        transport=transport, base_url="http://toy", headers=by(OPERATOR)
    ) as client:
        yield client


async def bury(
    service: Service, *records: Record, error: str = "LookupError", place: str = ""
) -> list[int]:
    """Dead letters of records; their ids."""
    origin = Origin(error, place or str(service.tenant_id))
    async with transaction(service.engine) as connection:
        await letters.bury(connection, [Failure(each, error, 5, origin) for each in records])
    return [row.id for row in await service.buried(*records)]


async def group_of(client: httpx.AsyncClient, letter_id: int) -> str:
    """The id of a letter's group."""
    return str((await client.get(f"{OPERATIONS}/dead-letters/{letter_id}")).json()["group_id"])


async def preview(client: httpx.AsyncClient, **body: Any) -> dict[str, Any]:
    """A repair that waits for its confirmation."""
    body = {"action": "redrive", "reason": "mended", **body}
    answer = await client.post(f"{OPERATIONS}/repairs", json=body)
    assert answer.status_code == 201, answer.text
    found: dict[str, Any] = answer.json()
    return found


async def decide(
    client: httpx.AsyncClient, repair: dict[str, Any], what: str, who: str = OPERATOR
) -> httpx.Response:
    """Confirm, pause, resume or cancel."""
    address = f"{OPERATIONS}/repairs/{repair['repair_id']}/{what}"
    return await client.post(address, headers=by(who))


async def state_of(client: httpx.AsyncClient, repair: dict[str, Any]) -> dict[str, Any]:
    """Where a repair stands."""
    address = f"{OPERATIONS}/repairs/{repair['repair_id']}"
    found: dict[str, Any] = (await client.get(address)).raise_for_status().json()
    return found


async def work(service: Service, steps: int = 1) -> None:
    """What a worker does for repairs: a step, then what is parked and due, and so on."""
    for _ in range(steps):
        await Repairer(service.engine).run()
        await service.process()

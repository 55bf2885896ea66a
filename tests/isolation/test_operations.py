"""Every operation of every service, with another tenant's tokens and this tenant's ids: nothing is given away."""

from collections.abc import Mapping
from hashlib import sha256
from typing import Any

import httpx
import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from shared.auth.access import Access
from shared.database.engine import transaction
from tests.isolation.figures import tried
from tests.isolation.operations import ALL, KINDS, Operation
from tests.isolation.world import CANARY, COOPERATIVE_AUDITOR, OPERATOR, World, bearer

#: What is for everybody of the cooperative by design, and why; its answer is searched all the same.
SHARED: Mapping[str, str] = {
    "GET /v1/programmes/{programme_id}/eligibility": "a programme's terms are a public promise",
    "POST /v1/programmes/{programme_id}/assignments": "each person is answered apart, another's is unknown",
    "GET /tenants/{tenant_id}/status/{list_id}": "a list is public, and each tenant has a first one",
}
#: What a party of an agreement does and sees under it; tried in test_agreements.
OF_PARTIES = ("/v1/agreements", "/v1/offers")
#: Not the victim's: text that a client chose, and numbers of the service itself.
UNOWNED = {
    "correlation_id": "nobody",
    "letter_id": "1",
    "replay_id": "1",
    "repair_id": "00000000-0000-4000-8000-000000000000",
    "group_id": "0" * 16,
    "key": "00000000",
    "code": "DE-ZZ",
    "event_type": "booking.confirmed.v1",
}
#: Who may have it hears it without an end (tests/feed/test_stream.py); all others are refused here too.
ENDLESS = {"/v1/subscriptions/{subscription_id}/stream"}
REFUSED = {401, 403, 404}

_QUERIES: dict[str, str] = {}
_TABLES = text(
    """
    SELECT c.relname FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid
    WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p')
      AND NOT c.relispartition AND a.attname = 'tenant_id' ORDER BY 1
    """
)


def _attackers(world: World, operation: Operation, access: Access) -> Mapping[str, dict[str, str]]:
    """Who tries, by what they are."""
    victim = str(world.victim.tenant_id)
    found = {
        "stranger": world.stranger.almighty,
        "stranger that names the tenant": {**world.stranger.almighty, "X-Tenant-ID": victim},
        "machine": world.stranger.machine,
        "account without a tenant": bearer("guest", "tenant-admin"),
        "account of two tenants": bearer(
            "both", "tenant-admin", f"{world.stranger.tenant_id},{world.victim.tenant_id}"
        ),
    }
    if access.members:  # applications are the cooperative's own business
        found["operator without access"] = {**OPERATOR, "X-Tenant-ID": victim}
        found["the cooperative's auditor"] = {**COOPERATIVE_AUDITOR, "X-Tenant-ID": victim}
    if not operation.template.startswith(OF_PARTIES):
        found["party of an agreement"] = world.ally.almighty
    return found


def _path(operation: Operation, world: World, access: Access) -> str:
    path = operation.template
    for name in operation.parameters:
        assert name in world.ids or name in UNOWNED, (
            f"{operation} of {operation.service} names {name}: give the victim one in "
            "tests/isolation/things.py and note its id in world.ids"
        )
        thing = KINDS.get(str(operation), {}).get(name, name)
        value = world.ids.get(thing) or UNOWNED[name]
        if access.everybody and name == "tenant_id" and len(operation.parameters) > 1:
            value = str(world.stranger.tenant_id)  # the victim's thing, under another's name
        path = path.replace(f"{{{name}}}", value)
    return path + operation.asked(world.ids)


def _given_away(world: World, answer: httpx.Response) -> list[str]:
    """What the answer says of the victim beyond what it was asked."""
    request = answer.request
    asked = (
        f"{request.url} {request.content.decode(errors='replace')} {dict(request.headers)}".lower()
    )
    secrets = [CANARY, *(each for each in world.ids.values() if len(each) > 8)]
    said = answer.text.lower()
    return [each for each in secrets if each.lower() in said and each.lower() not in asked]


async def _digest(world: World) -> Mapping[str, str]:
    """What the victim has, row by row, in every service."""
    found, victim = {}, world.victim.tenant_id
    for service, engine in world.engines.items():
        async with transaction(engine, [victim]) as connection:
            query = text(await _rows_of_all_tables(service, connection))
            for table, rows in await connection.execute(query, {"tenant_id": victim}):
                found[f"{service}.{table}"] = sha256(rows.encode()).hexdigest()
    return found


async def _rows_of_all_tables(service: str, connection: AsyncConnection) -> str:
    """A query for every table's name with a tenant's rows, as text."""
    if service not in _QUERIES:
        _QUERIES[service] = " UNION ALL ".join(
            f"SELECT '{table}', coalesce(string_agg(t::text, '|' ORDER BY t::text), '')"
            f" FROM {table} t WHERE tenant_id = :tenant_id"
            for table in (await connection.execute(_TABLES)).scalars()
        )
    return _QUERIES[service]


@pytest.mark.parametrize("operation", ALL, ids=lambda each: f"{each.service} {each}")
async def test_no_operation_gives_anything_to_another_tenant(
    world: World, operation: Operation
) -> None:
    access = world.operations(operation.service)[operation.method, operation.template]
    if access.everybody and len(operation.parameters) < 2:
        tried("operations that are for everybody by design")
        return
    before = await _digest(world)
    path, body = _path(operation, world, access), operation.body(world.ids)
    names_ids = bool(operation.parameters) or _names(body, world.ids)
    for who, headers in _attackers(world, operation, access).items():
        answer = await world.call(operation.service, operation.method, path, headers, body)
        said = f"{who}: {operation} answered {answer.status_code} {answer.text[:300]}"
        assert answer.status_code < 500, said
        assert _given_away(world, answer) == [], said
        if names_ids and str(operation) not in SHARED:
            assert not answer.is_success, said
            assert answer.json()["code"] != "invalid_request", (
                f"{said}\nnothing was tried: add a body for it in tests/isolation/operations.py"
            )
        if operation.parameters and str(operation) not in SHARED:
            assert answer.status_code in REFUSED, said
        tried("pairs of an operation and somebody of another tenant")
    assert await _digest(world) == before, f"{operation} changed something"


def _names(body: Any, ids: Mapping[str, str]) -> bool:
    return any(each in str(body) for each in ids.values() if len(each) > 8)


async def test_the_victim_itself_sees_everything(world: World) -> None:
    """Else nothing was tried: each id above is one that its owner finds."""
    path = f"/v1/people/{world.ids['person_id']}"
    seen = await world.call("member", "GET", path, world.victim.almighty)
    assert CANARY in _given_away(world, seen), "a canary is not noticed"
    for operation in ALL:
        access = world.operations(operation.service)[operation.method, operation.template]
        if operation.method != "GET" or not access.members or not operation.parameters:
            continue
        if operation.template in ENDLESS:
            continue
        path = _path(operation, world, access)
        answer = await world.call(operation.service, "GET", path, world.victim.almighty)
        assert answer.status_code == 200, f"{operation}: {answer.text}"

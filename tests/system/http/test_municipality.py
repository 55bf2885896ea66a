"""A municipality comes with everything that it may have, and when it has left nothing of it opens anything."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID

import httpx
import pytest
from aiokafka import AIOKafkaConsumer
from aiokafka.errors import (
    GroupAuthorizationFailedError,
    KafkaConnectionError,
    TopicAuthorizationFailedError,
)
from sqlalchemy import text

from deploy.local.stack import Stack
from shared.clock import utc_now
from shared.database.engine import transaction
from tests.conftest import EngineFor
from tests.member.platform import broker_admin, consuming
from tests.member.scim import user
from tests.support.waiting import until
from tests.system.http.case import WAIT_SECONDS, Case, Tenant

ENDED = (TopicAuthorizationFailedError, GroupAuthorizationFailedError)


@dataclass(frozen=True)
class Credentials:
    """What a municipality's own systems sign in with: at the identity provider, by SCIM, at the broker."""

    machine: dict[str, str]
    scim: str
    kafka: dict[str, str]


async def test_from_application_to_its_own_credentials_and_out_again(
    case: Case, platform: Stack, engine_for: EngineFor
) -> None:
    town, other = await case.join("frankenthal"), await case.join("landau")
    own = await _credentials(case, town)
    theirs = await _credentials(case, other)
    assert await _opens(case, town, own) == ["identity", "machine", "scim"]
    assert (await _provision(case, other, own)).status_code == 401, "another's directory"

    async with _topics(platform, own, theirs):
        with pytest.raises(TopicAuthorizationFailedError):
            async with _reading(platform, own, theirs.kafka["topic"]) as consumer:
                await consumer.getmany(timeout_ms=5_000)
        async with _reading(platform, own, own.kafka["topic"]) as consumer:
            await consumer.getmany(timeout_ms=100)
            await _exclude(case, town, engine_for)
            with pytest.raises(ENDED):
                await _read_on(consumer)
        await until(lambda: _opens(case, town, own), lambda opened: opened == [], seconds=60)
        with pytest.raises(KafkaConnectionError):
            async with _reading(platform, own, own.kafka["topic"]):
                pass
        # The other one has kept what it had.
        assert await _opens(case, other, theirs) == ["identity", "machine", "scim"]
        async with _reading(platform, theirs, theirs.kafka["topic"]) as consumer:
            await consumer.getmany(timeout_ms=100)


async def _credentials(case: Case, town: Tenant) -> Credentials:
    wanted = {
        "name": "Personalsystem",
        "roles": ["hr"],
        "expires_at": (utc_now() + timedelta(days=30)).isoformat(),
    }
    client = await town.client.post("member", "/v1/machine-clients", wanted)
    path = f"/v1/machine-clients/{client['client_id']}"
    await until(
        lambda: town.client.get("member", path),
        lambda found: bool(found["oauth_client_id"]),
        seconds=WAIT_SECONDS,
    )
    machine = await town.client.post("member", f"{path}/secret")
    scim = await town.client.post("member", "/v1/scim-tokens")
    kafka = await town.client.post("member", "/v1/kafka-credentials")
    return Credentials(machine, str(scim["secret"]), kafka)


async def _is_let_in_as_machine(case: Case, own: Credentials) -> bool:
    client, secret = own.machine["oauth_client_id"], own.machine["oauth_client_secret"]
    token = await case.accounts.machine_token(client, secret)
    if token is None:
        return False
    headers = {"Authorization": f"Bearer {token}"}
    answer = await case.send(None, "GET", "member", "/v1/job-families", headers=headers)
    return answer.is_success


async def _provision(case: Case, town: Tenant, own: Credentials) -> httpx.Response:
    headers = {"Authorization": f"Bearer {own.scim}", "Content-Type": "application/scim+json"}
    path = f"/scim/{town.tenant_id}/v2/Users"
    return await case.send(None, "POST", "member", path, json=user(), headers=headers)


async def _opens(case: Case, town: Tenant, own: Credentials) -> list[str]:
    """Which of its credentials open anything."""
    opened = []
    if (await case.send(town.account, "GET", "member", "/v1/tenant")).is_success:
        opened.append("identity")
    if await _is_let_in_as_machine(case, own):
        opened.append("machine")
    if (await _provision(case, town, own)).is_success:
        opened.append("scim")
    return opened


@asynccontextmanager
async def _topics(platform: Stack, *each: Credentials) -> AsyncIterator[None]:
    """Topics as the first subscription makes them."""
    one = {"num_partitions": 1, "replication_factor": 1}
    async with broker_admin(platform) as admin:
        topics: dict[str, Any] = {own.kafka["topic"]: one for own in each}
        await asyncio.to_thread(admin.create_topics, topics)
        yield


@asynccontextmanager
async def _reading(
    platform: Stack, own: Credentials, topic: str
) -> AsyncIterator[AIOKafkaConsumer]:
    username, password = own.kafka["username"], own.kafka["password"]
    group = f"{own.kafka['group_prefix']}reports"
    async with consuming(platform, username, password, topic, group) as consumer:
        yield consumer


async def _read_on(consumer: AIOKafkaConsumer) -> None:
    async with asyncio.timeout(60):
        while True:
            await consumer.getmany(timeout_ms=200)


async def _exclude(case: Case, town: Tenant, engine_for: EngineFor) -> None:
    operator = case.client("operator")
    day = (await operator.get("member", "/v1/register/votes"))["as_of"]
    body = {"reason": "Beitrag nicht bezahlt", "last_day": day}
    await operator.post("member", f"/v1/tenants/{town.tenant_id}/exclusion", body)
    # The day passes.
    async with transaction(engine_for("member"), [UUID(town.tenant_id)]) as connection:
        await connection.execute(text("UPDATE tenant SET last_day = last_day - 1"))

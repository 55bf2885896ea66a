"""What tenants may do on the broker, on Kafka: rights, users and their passwords.

Every change of Kafka's metadata costs the same wait, for one tenant or for fifty; so what is asked for
while one change is under way leaves with the next.
"""

import asyncio
import logging
import secrets
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from typing import Any
from uuid import UUID

from kafka.admin import (
    ACL,
    ACLFilter,
    ACLOperation,
    ACLPermissionType,
    ACLResourcePatternType,
    KafkaAdminClient,
    ResourcePattern,
    ResourcePatternFilter,
    ResourceType,
    ScramMechanism,
    UserScramCredentialUpsertion,
)
from kafka.errors import KafkaError, UnknownTopicOrPartitionError

from services.member.application.outside import BrokerError

IO_MILLISECONDS = 5_000
_TIMEOUTS = {"request_timeout_ms": IO_MILLISECONDS, "bootstrap_timeout_ms": IO_MILLISECONDS}

# kafka-python warns of every reconnect; an outage is told by the step that meets it.
logging.getLogger("kafka").setLevel(logging.CRITICAL)


def user_of(tenant_id: UUID) -> str:
    """The user, and the topic, of a tenant."""
    return f"tenant-{tenant_id}"


def group_prefix_of(tenant_id: UUID) -> str:
    """What every consumer group of a tenant begins with. The dash ends it: no other id continues it."""
    return f"{user_of(tenant_id)}-"


class _Client(KafkaAdminClient):  # type: ignore[misc]  # the library is untyped
    """The library's own leaves a thread and its sockets behind when the broker is away at start."""

    def __init__(self, **options: Any) -> None:
        try:
            super().__init__(**options)
        except KafkaError:
            self._closed = False
            self.close()
            raise


class KafkaAccess:
    """Used with an account of its own, which may change users and rights and delete tenants' topics."""

    def __init__(self, options: dict[str, Any]) -> None:
        self._options = options
        self._client: KafkaAdminClient | None = None
        self._connecting = asyncio.Lock()
        self._allowing = Batches(self._allow)
        self._withdrawing = Batches(self._withdraw)

    async def allow(self, tenant_id: UUID) -> None:
        """Let the tenant's user read its own topic, with groups of its own, and nothing else."""
        await self._allowing.add(tenant_id)

    async def withdraw(self, tenant_id: UUID) -> None:
        """Take every right away; this ends open sessions too."""
        await self._withdrawing.add(tenant_id)

    async def set_password(self, tenant_id: UUID, password: str) -> None:
        """Let the tenant's user log in with this password, and with no other."""
        user, mechanism = user_of(tenant_id), ScramMechanism.SCRAM_SHA_512
        change = UserScramCredentialUpsertion(user, mechanism, password)
        answer = await self._call(lambda client: client.alter_user_scram_credentials([change]))
        if answer[user] is not None:
            raise BrokerError("refused", "Kafka did not take the password. Try again.")

    async def remove_user(self, tenant_id: UUID) -> None:
        """Let the tenant's user log in no more.

        It stays, with a password that nobody knows: once a user was deleted, Kafka 4.3.1 may start next
        time without any user at all (its ScramDelta.apply drops all if it comes to the deleted one first).
        """
        user = user_of(tenant_id)
        known = await self._call(lambda client: client.describe_user_scram_credentials([user]))
        if known[user]["credential_infos"]:
            await self.set_password(tenant_id, secrets.token_hex(32))

    async def delete_topic(self, tenant_id: UUID) -> None:
        """Delete the tenant's topic, if there is one."""
        with suppress(UnknownTopicOrPartitionError):
            await self._call(lambda client: client.delete_topics([user_of(tenant_id)]))

    async def close(self) -> None:
        """Close the connection, if there is one."""
        if self._client:
            await asyncio.to_thread(self._client.close)
            self._client = None

    async def _allow(self, tenant_ids: Sequence[UUID]) -> None:
        rights = [right for tenant_id in tenant_ids for right in _rights(tenant_id)]
        answer = await self._call(lambda client: client.create_acls(rights))
        if answer.get("failed"):
            raise BrokerError("refused", "Kafka did not take the rights. Check the account's own.")

    async def _withdraw(self, tenant_ids: Sequence[UUID]) -> None:
        filters = [_every_right(tenant_id) for tenant_id in tenant_ids]
        answer = await self._call(lambda client: client.delete_acls(filters))
        if any(getattr(error, "errno", 0) for _filter, _acls, error in answer):
            raise BrokerError("refused", "Kafka kept some rights. Check the account's own.")

    async def _call(self, ask: Callable[[KafkaAdminClient], Any]) -> Any:
        try:
            client = await self._connected()
            return await asyncio.to_thread(ask, client)
        except UnknownTopicOrPartitionError:
            raise
        except KafkaError as error:
            raise BrokerError(
                "unreachable" if error.retriable else "refused",
                f"Kafka did not do it ({type(error).__name__}).",
            ) from error

    async def _connected(self) -> KafkaAdminClient:
        async with self._connecting:
            if self._client is None:
                self._client = await asyncio.to_thread(_Client, **_TIMEOUTS, **self._options)
            return self._client


class Batches:
    """Does many of the same at once: what comes while one batch is under way is the next."""

    def __init__(self, do: Callable[[Sequence[UUID]], Awaitable[None]]) -> None:
        self._do = do
        self._waiting: dict[UUID, asyncio.Future[None]] = {}
        self._working: asyncio.Task[None] | None = None

    async def add(self, tenant_id: UUID) -> None:
        """Returns when it is done. Whatever stops a batch stops all in it."""
        loop = asyncio.get_running_loop()
        future = self._waiting.setdefault(tenant_id, loop.create_future())
        if self._working is None or self._working.done():
            self._working = asyncio.create_task(self._work())
        await asyncio.shield(future)

    async def _work(self) -> None:
        while self._waiting:
            batch, self._waiting = self._waiting, {}
            try:
                await self._do(list(batch))
            except Exception as error:  # noqa: BLE001  # whoever waits is told, whatever it is
                for future in batch.values():
                    future.set_exception(error)
            else:
                for future in batch.values():
                    future.set_result(None)


def _rights(tenant_id: UUID) -> list[ACL]:
    topic = ResourcePattern(ResourceType.TOPIC, user_of(tenant_id), ACLResourcePatternType.LITERAL)
    groups = ResourcePattern(
        ResourceType.GROUP, group_prefix_of(tenant_id), ACLResourcePatternType.PREFIXED
    )
    return [
        ACL(
            principal=f"User:{user_of(tenant_id)}",
            host="*",
            operation=ACLOperation.READ,  # which includes describing it
            permission_type=ACLPermissionType.ALLOW,
            resource_pattern=resource,
        )
        for resource in (topic, groups)
    ]


def _every_right(tenant_id: UUID) -> ACLFilter:
    return ACLFilter(
        principal=f"User:{user_of(tenant_id)}",
        host=None,
        operation=ACLOperation.ANY,
        permission_type=ACLPermissionType.ANY,
        resource_pattern=ResourcePatternFilter(ResourceType.ANY, None, ACLResourcePatternType.ANY),
    )

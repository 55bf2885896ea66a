"""Kafka topics and rights, derived from what each service's contracts say it writes and reads."""

import importlib
import logging
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from importlib.util import find_spec
from typing import Protocol

from kafka.admin import (
    ACL,
    ACLOperation,
    ACLPermissionType,
    ACLResourcePatternType,
    ConfigResource,
    ConfigResourceType,
    KafkaAdminClient,
    ResourcePattern,
    ResourceType,
    ScramMechanism,
    UserScramCredentialUpsertion,
)
from kafka.protocol.admin import AlterClientQuotasRequest

MILLISECONDS_PER_HOUR = 3_600_000

#: The member service's second user: it lets tenants in and out. It reads and writes no event.
TENANT_ACCESS = "member-access"
#: The service that writes what tenants may hear.
TENANT_FEED = "feed"
#: Every tenant's user, topic and group begin so.
TENANT_PREFIX = "tenant-"
#: What a user may take who is no service: per second and broker, and the share of one request thread in percent.
TENANT_QUOTA = {
    "consumer_byte_rate": 4_000_000.0,
    "producer_byte_rate": 1_000_000.0,
    "request_percentage": 50.0,
}
#: A quota of a user's own goes before the default one; so much is none.
NO_QUOTA = dict.fromkeys(TENANT_QUOTA, 1000000000000000.0)

# kafka-python warns of every reconnect; without a handler of its own that lands in the terminal.
logging.getLogger("kafka").addHandler(logging.NullHandler())


class Topic(Protocol):
    """The part of shared.messaging.topics.Topic that the broker needs."""

    @property
    def name(self) -> str: ...
    @property
    def partitions(self) -> int: ...
    @property
    def compacted(self) -> bool: ...
    @property
    def retention_hours(self) -> int: ...


@dataclass(frozen=True, slots=True)
class Contract:
    """What one service writes and reads; its name is its Kafka user and its consumer group."""

    service: str
    topics: tuple[Topic, ...]
    reads: tuple[str, ...]


@dataclass(frozen=True, slots=True, order=True)
class Right:
    """One permission: what is not listed is refused."""

    user: str
    resource: str
    name: str
    operation: str
    prefixed: bool = False


def load_contracts(services: Iterable[str]) -> tuple[Contract, ...]:
    """Read services.X.contracts.topics; a service that has none yet writes and reads nothing."""
    found = []
    for service in services:
        if not _exists(f"services.{service}.contracts.topics"):
            continue
        module = importlib.import_module(f"services.{service}.contracts.topics")
        found.append(Contract(service, tuple(module.TOPICS), tuple(module.READS)))
    return tuple(found)


def _exists(module: str) -> bool:
    try:
        return find_spec(module) is not None
    except ModuleNotFoundError:
        return False


def rights(contract: Contract) -> tuple[Right, ...]:
    """Write what it owns, read what it names, commit offsets under its own name."""
    user = contract.service
    writes = [
        Right(user, "TOPIC", topic.name, operation)
        for topic in contract.topics
        for operation in ("WRITE", "DESCRIBE")
    ]
    reads = [
        Right(user, "TOPIC", name, operation)
        for name in contract.reads
        for operation in ("READ", "DESCRIBE")
    ]
    group = Right(user, "GROUP", user, "READ", prefixed=True)
    return tuple(sorted({*writes, *reads, group}))


def tenant_access_rights() -> tuple[Right, ...]:
    """The least that Kafka asks for: users and rights hang on ALTER of the whole cluster, nothing narrower.

    Whoever has it could give itself more; so no process but those that let tenants in knows its password.
    """
    cluster = [
        Right(TENANT_ACCESS, "CLUSTER", "kafka-cluster", each) for each in ("ALTER", "DESCRIBE")
    ]
    topics = Right(TENANT_ACCESS, "TOPIC", TENANT_PREFIX, "DELETE", prefixed=True)
    return (*cluster, topics)


def tenant_topic_rights() -> tuple[Right, ...]:
    """The feed makes tenants' topics and writes to them; it can neither read nor remove them."""
    return tuple(
        Right(TENANT_FEED, "TOPIC", TENANT_PREFIX, operation, prefixed=True)
        for operation in ("CREATE", "WRITE", "DESCRIBE")
    )


def settings(topic: Topic) -> dict[str, str]:
    """A compacted topic keeps its tombstones as long as another keeps its events."""
    retention = str(topic.retention_hours * MILLISECONDS_PER_HOUR)
    if topic.compacted:
        return {
            "cleanup.policy": "compact",
            "delete.retention.ms": retention,
            # What a tombstone erases leaves the disk within a day, however quiet the topic.
            "max.compaction.lag.ms": str(24 * MILLISECONDS_PER_HOUR),
        }
    return {"cleanup.policy": "delete", "retention.ms": retention}


def prepare_broker(
    bootstrap: str,
    admin_password: str,
    passwords: Mapping[str, str],
    contracts: Iterable[Contract],
    replication: int = 1,
    security_protocol: str = "SASL_PLAINTEXT",
) -> None:
    """Users, topics and rights; safe to repeat, and it only ever adds."""
    contracts = tuple(contracts)
    admin = KafkaAdminClient(
        bootstrap_servers=bootstrap,
        security_protocol=security_protocol,
        sasl_mechanism="SCRAM-SHA-512",
        sasl_plain_username="admin",
        sasl_plain_password=admin_password,
    )
    try:
        _set_passwords(admin, passwords)
        _create_topics(admin, [topic for each in contracts for topic in each.topics], replication)
        _allow(admin, [right for each in contracts for right in rights(each)])
        if TENANT_ACCESS in passwords:
            _allow(admin, list(tenant_access_rights()))
        if TENANT_FEED in passwords:
            _allow(admin, list(tenant_topic_rights()))
        _set_quotas(admin, {None: TENANT_QUOTA} | dict.fromkeys(["admin", *passwords], NO_QUOTA))
    finally:
        admin.close()


def _set_passwords(admin: KafkaAdminClient, passwords: Mapping[str, str]) -> None:
    answers = admin.alter_user_scram_credentials(
        [
            UserScramCredentialUpsertion(user, ScramMechanism.SCRAM_SHA_512, password)
            for user, password in passwords.items()
        ]
    )
    refused = {user: error for user, error in answers.items() if error is not None}
    if refused:
        raise RuntimeError(f"Kafka refused to set passwords: {refused}")


def _create_topics(admin: KafkaAdminClient, topics: list[Topic], replication: int) -> None:
    known = set(admin.list_topics())
    new = {
        topic.name: {
            "num_partitions": topic.partitions,
            "replication_factor": replication,
            "configs": settings(topic),
        }
        for topic in topics
        if topic.name not in known
    }
    if new:
        admin.create_topics(new)
    old = [topic for topic in topics if topic.name in known]
    if not old:
        return
    admin.alter_configs(
        [
            ConfigResource(ConfigResourceType.TOPIC, topic.name, configs=settings(topic))
            for topic in old
        ]
    )
    _grow(admin, old)


def _grow(admin: KafkaAdminClient, topics: list[Topic]) -> None:
    now = {
        each["name"]: len(each["partitions"])
        for each in admin.describe_topics([topic.name for topic in topics])
    }
    more = {topic.name: topic.partitions for topic in topics if topic.partitions > now[topic.name]}
    if more:
        admin.create_partitions(more)


def _allow(admin: KafkaAdminClient, wanted: list[Right]) -> None:
    if not wanted:
        return
    answer = admin.create_acls([_acl(right) for right in wanted])
    if answer.get("failed"):
        raise RuntimeError(f"Kafka refused these rights: {answer['failed']}")


def _set_quotas(admin: KafkaAdminClient, quotas: Mapping[str | None, Mapping[str, float]]) -> None:
    """Quotas by user; None is whoever has none of its own. kafka-python knows the request, not more."""
    request = AlterClientQuotasRequest(
        entries=[
            AlterClientQuotasRequest.EntryData(
                entity=[
                    AlterClientQuotasRequest.EntryData.EntityData(
                        entity_type="user", entity_name=user
                    )
                ],
                ops=[
                    AlterClientQuotasRequest.EntryData.OpData(key=key, value=value, remove=False)
                    for key, value in limits.items()
                ],
            )
            for user, limits in quotas.items()
        ],
        validate_only=False,
    )
    # The client has a method for every request but this one.
    answer = admin._manager.run(admin._manager.send, request)  # noqa: SLF001  # see above
    refused = [entry.error_message for entry in answer.entries if entry.error_code]
    if refused:
        raise RuntimeError(f"Kafka refused to set quotas: {refused}")


def _acl(right: Right) -> ACL:
    pattern = ACLResourcePatternType.PREFIXED if right.prefixed else ACLResourcePatternType.LITERAL
    return ACL(
        principal=f"User:{right.user}",
        host="*",
        operation=ACLOperation[right.operation],
        permission_type=ACLPermissionType.ALLOW,
        resource_pattern=ResourcePattern(ResourceType[right.resource], right.name, pattern),
    )

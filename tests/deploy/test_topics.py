"""Rights on the broker follow from the contracts, and are no wider."""

import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

from deploy.topics import (
    NO_QUOTA,
    TENANT_QUOTA,
    Contract,
    Right,
    load_contracts,
    rights,
    settings,
    tenant_access_rights,
)


@dataclass(frozen=True)
class StubTopic:
    name: str
    partitions: int = 6
    compacted: bool = False
    retention_hours: int = 168


def test_a_service_writes_its_own_and_reads_what_it_names() -> None:
    contract = Contract("voucher", (StubTopic("voucher-events"),), ("member-events",))
    assert rights(contract) == (
        Right("voucher", "GROUP", "voucher", "READ", prefixed=True),
        Right("voucher", "TOPIC", "member-events", "DESCRIBE"),
        Right("voucher", "TOPIC", "member-events", "READ"),
        Right("voucher", "TOPIC", "voucher-events", "DESCRIBE"),
        Right("voucher", "TOPIC", "voucher-events", "WRITE"),
    )


def test_a_topic_read_and_written_is_described_once() -> None:
    contract = Contract("voucher", (StubTopic("voucher-events"),), ("voucher-events",))
    operations = [each.operation for each in rights(contract) if each.resource == "TOPIC"]
    assert operations == ["DESCRIBE", "READ", "WRITE"]


def test_events_expire_and_compacted_topics_keep_their_tombstones() -> None:
    assert settings(StubTopic("voucher-events", retention_hours=2)) == {
        "cleanup.policy": "delete",
        "retention.ms": "7200000",
    }
    assert settings(StubTopic("member-people", compacted=True, retention_hours=1)) == {
        "cleanup.policy": "compact",
        "delete.retention.ms": "3600000",
        "max.compaction.lag.ms": "86400000",
    }


def test_contracts_are_found_by_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = tmp_path / "services" / "stub" / "contracts"
    folder.mkdir(parents=True)
    for package in (folder, folder.parent, folder.parent.parent):
        (package / "__init__.py").touch()
    (folder / "topics.py").write_text("TOPICS = ()\nREADS = ('member-events',)\n")
    monkeypatch.syspath_prepend(str(tmp_path))
    for name in [each for each in sys.modules if each.split(".")[0] == "services"]:
        monkeypatch.delitem(sys.modules, name)
    found = load_contracts(["stub", "missing"])
    for name in [each for each in sys.modules if each.split(".")[0] == "services"]:
        del sys.modules[name]
    assert found == (Contract("stub", (), ("member-events",)),)


def test_who_lets_tenants_in_reads_and_writes_no_event() -> None:
    allowed = tenant_access_rights()
    assert {(each.resource, each.operation) for each in allowed} == {
        ("CLUSTER", "ALTER"),
        ("CLUSTER", "DESCRIBE"),
        ("TOPIC", "DELETE"),
    }
    assert [each.name for each in allowed if each.prefixed] == ["tenant-"]


def test_services_are_exempt_from_what_tenants_may_take() -> None:
    assert NO_QUOTA.keys() == TENANT_QUOTA.keys()
    assert all(NO_QUOTA[name] > 1_000_000 * TENANT_QUOTA[name] for name in TENANT_QUOTA)

"""The local start without starting anything: what is rendered, refused and kept."""

import configparser
import json
import os
import socket
import stat
from collections.abc import Iterator
from pathlib import Path

import pytest
from supervisor.datatypes import dict_of_key_value_pairs

from deploy.local.component import Program
from deploy.local.follow import Tail, files_of
from deploy.local.layout import Layout, everybody_may_enter
from deploy.local.passwords import Passwords
from deploy.local.ports import DEFAULTS, Ports, PortTakenError, refuse_taken
from deploy.local.stack import Stack
from deploy.local.supervision import environment, render
from deploy.names import SERVICES

REALMS = Path(__file__).parents[2] / "deploy" / "local" / "keycloak"


@pytest.fixture
def taken_port() -> Iterator[int]:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        yield listener.getsockname()[1]


def test_a_taken_port_names_its_holder_and_what_to_set(taken_port: int) -> None:
    ports = Ports({**DEFAULTS, "voucher": taken_port})
    with pytest.raises(PortTakenError) as refused:
        refuse_taken(ports, ["voucher"])
    message = str(refused.value)
    assert f"Port {taken_port} for voucher is taken by" in message
    assert f"pid {os.getpid()}" in message
    assert "LERNVERBUND_PORT_VOUCHER=" in message


def test_an_own_process_may_hold_its_port(taken_port: int) -> None:
    ports = Ports({**DEFAULTS, "voucher": taken_port})
    refuse_taken(ports, ["voucher"], own=frozenset({os.getpid()}))


def test_ports_come_from_the_environment() -> None:
    ports = Ports.from_environment(
        {"LERNVERBUND_PORT_BASE": "30000", "LERNVERBUND_PORT_MEMBER_WORKER": "4242"}
    )
    assert ports["postgres"] == 30000
    assert ports["member_worker"] == 4242
    assert len(set(ports.numbers.values())) == len(DEFAULTS)


def test_ports_by_default() -> None:
    ports = Ports.from_environment({})
    assert [ports[service] for service in SERVICES] == [8101, 8102, 8103, 8104, 8105]
    assert [ports[f"{service}_worker"] for service in SERVICES] == [
        8201,
        8202,
        8203,
        8204,
        8205,
    ]


def test_ports_survive_in_their_file(tmp_path: Path) -> None:
    Ports.from_base(41000).save(tmp_path / "ports.json")
    assert Ports.load(tmp_path / "ports.json") == Ports.from_base(41000)


def test_passwords_are_kept_for_the_owner_only(tmp_path: Path) -> None:
    file = tmp_path / "secrets.json"
    first = Passwords(file)["valkey"]
    assert Passwords(file)["valkey"] == first
    assert Passwords(file)["kafka_admin"] != first
    assert stat.S_IMODE(file.stat().st_mode) == 0o600


def test_supervisor_reads_back_what_was_rendered(tmp_path: Path) -> None:
    awkward = {"PASSWORD": "a'b%c\\d,e=f;g", "EMPTY": ""}
    program = Program(("/bin/echo", "two words", "100%"), awkward, tmp_path, user=65534)
    text = render(Layout(tmp_path), {"echo": program})
    parsed = configparser.RawConfigParser()
    parsed.read_string(text)
    section = parsed["program:echo"]
    assert section["command"] == "/bin/echo 'two words' 100%%"
    assert section["autorestart"] == "true"
    assert section["user"] == "65534"
    read = dict_of_key_value_pairs(section["environment"].replace("%%", "%"))
    assert read == awkward


@pytest.mark.parametrize("value", ["one\ntwo", 'say "hello"'])
def test_a_value_that_supervisor_would_misread_is_refused(value: str) -> None:
    with pytest.raises(ValueError, match="KEY"):
        environment({"KEY": value})


def test_the_socket_path_stays_short(tmp_path: Path) -> None:
    deep = tmp_path.joinpath(*["a-long-folder-name"] * 8)
    assert len(str(Layout(deep).socket)) < 100


def test_each_service_gets_its_own_environment(tmp_path: Path) -> None:
    stack = Stack(tmp_path, Ports.from_base(42000), components=())
    worker = stack.service_environment("voucher", "worker")
    api = stack.service_environment("voucher")
    assert {name for name in api if api[name] != worker[name]} == {"HTTP_PORT"}
    assert api["DATABASE_URL"].startswith("postgresql+asyncpg://voucher:")
    assert api["OIDC_ISSUER"].endswith("/realms/lernverbund")
    migration = stack.migration_environment("voucher")
    assert migration.keys() == {"DATABASE_URL"}
    assert migration["DATABASE_URL"].startswith("postgresql+asyncpg://voucher_owner:")
    assert not any("voucher_owner" in value for value in api.values())
    assert "CERTIFICATE_MASTER_KEY" not in api
    assert "CERTIFICATE_MASTER_KEY" in stack.service_environment("certificate")
    assert "KEYCLOAK_CLIENT_SECRET" in stack.service_environment("member")
    assert api["KAFKA_PASSWORD"] != stack.service_environment("member")["KAFKA_PASSWORD"]


def test_an_unknown_component_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="zookeeper"):
        Stack(tmp_path, Ports.from_base(42000), components=("zookeeper",))


def test_a_closed_folder_is_noticed(tmp_path: Path) -> None:
    closed = tmp_path / "closed"
    (closed / "inner").mkdir(parents=True)
    closed.chmod(0o700)
    assert not everybody_may_enter(closed / "inner")


def test_logs_of_a_service_are_all_its_processes(tmp_path: Path) -> None:
    for name in ("voucher-api", "voucher-worker", "kafka"):
        (tmp_path / f"{name}.log").write_text("first\n")
    assert [each.stem for each in files_of(tmp_path, "voucher")] == [
        "voucher-api",
        "voucher-worker",
    ]
    assert [each.stem for each in files_of(tmp_path, "kafka")] == ["kafka"]


def test_a_log_is_followed_across_its_rotation(tmp_path: Path) -> None:
    log = tmp_path / "kafka.log"
    log.write_text("first\n")
    tail = Tail(log)
    assert tail.last_lines(5) == ["first\n"]
    log.rename(tmp_path / "kafka.log.1")
    log.write_text("second\n")
    assert tail.new_lines() == ["second\n"]
    tail.close()


@pytest.mark.parametrize("realm", ["lernverbund", "other"])
def test_realm_files_hold_no_secret_but_demo_passwords(realm: str) -> None:
    content = json.loads((REALMS / f"{realm}-realm.json").read_text())
    assert content["realm"] == realm
    for client in content["clients"]:
        assert client.get("secret", "${").startswith("${")
    people = [user for user in content["users"] if "serviceAccountClientId" not in user]
    for user in people:
        assert user["credentials"][0]["value"] == f"demo-{user['username']}"
        assert user["email"].endswith("@example.org")
        assert user["emailVerified"]

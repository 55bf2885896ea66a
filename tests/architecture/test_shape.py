"""The rules of the code's shape that import-linter cannot see."""

import ast
import importlib
import sys
from pathlib import Path

import pytest

from deploy.contracts import events_of
from deploy.names import CONSOLE, SERVICES

REPOSITORY = Path(__file__).parents[2]
MAX_LINES = 400

SHAPE = {
    "README.md",
    "pyproject.toml",
    "__main__.py",
    "bootstrap.py",
    "settings.py",
    "contracts/events.py",
    "contracts/expectations.py",
    "contracts/topics.py",
    "contracts/openapi.json",
    "contracts/schemas",
    "contracts/examples",
    "application/ports.py",
    "application/outgoing.py",
    "application/queries.py",
    "domain/errors.py",
    "adapters/tables.py",
    "adapters/repositories.py",
    "adapters/unit_of_work.py",
    "adapters/queries.py",
    "adapters/invariants.py",
    "entrypoints/api.py",
    "entrypoints/bodies.py",
    "entrypoints/consumer.py",
    "entrypoints/schedule.py",
    "migrations/env.py",
    "migrations/versions",
}
#: The console has the layers of a service, pages in place of contracts, and no database.
CONSOLE_SHAPE = {
    "README.md",
    "pyproject.toml",
    "__main__.py",
    "bootstrap.py",
    "settings.py",
    "application/ports.py",
    "domain/errors.py",
    "adapters/oidc.py",
    "adapters/services.py",
    "adapters/sessions.py",
    "entrypoints/dependencies.py",
    "entrypoints/pages.py",
    "templates/base.html",
    "static/vendor",
    "locales/de",
}
#: What a database or a broker would come by.
STORES = {"sqlalchemy", "asyncpg", "alembic", "psycopg", "sqlite3", "aiokafka", "faststream"}
SHARED_STORES = ("shared.database", "shared.inbox", "shared.outbox", "shared.messaging")
#: What of shared is plain Python, without a framework.
PLAIN_SHARED = ("shared.envelope", "shared.clock", "shared.crash", "shared.expectations")
TOP_LEVEL = {path.split("/")[0] for path in SHAPE} | {"__init__.py", "__pycache__"}


@pytest.mark.parametrize("service", SERVICES)
def test_every_service_has_the_same_shape(service):
    folder = REPOSITORY / "services" / service
    missing = {path for path in SHAPE if not (folder / path).exists()}
    extra = {path.name for path in folder.iterdir()} - TOP_LEVEL
    assert (missing, extra) == (set(), set())


def test_the_console_has_their_shape_without_contracts_and_migrations():
    folder = REPOSITORY / "services" / CONSOLE
    missing = {path for path in CONSOLE_SHAPE if not (folder / path).exists()}
    top_level = {path.split("/")[0] for path in CONSOLE_SHAPE} | {"__init__.py", "__pycache__"}
    assert (missing, {path.name for path in folder.iterdir()} - top_level) == (set(), set())


def test_the_console_has_no_database_and_no_events():
    reached = {
        (path.name, name)
        for path in (REPOSITORY / "services" / CONSOLE).rglob("*.py")
        for name in _imports(path)
        if name.split(".")[0] in STORES or name.startswith(SHARED_STORES)
    }
    assert reached == set()


@pytest.mark.parametrize("service", [*SERVICES, CONSOLE])
def test_the_domain_imports_the_standard_library_and_itself(service):
    own = f"services.{service}.domain"
    foreign = {
        (path.name, name)
        for path in (REPOSITORY / "services" / service / "domain").glob("*.py")
        for name in _imports(path)
        if not name.startswith(own) and name.split(".")[0] not in sys.stdlib_module_names
    }
    assert foreign == set()


@pytest.mark.parametrize("service", [*SERVICES, CONSOLE])
def test_the_application_imports_no_adapter_and_no_framework(service):
    allowed = (f"services.{service}.", *PLAIN_SHARED)
    foreign = {
        (path.name, name)
        for path in (REPOSITORY / "services" / service / "application").glob("*.py")
        for name in _imports(path)
        if not name.startswith(allowed) and name.split(".")[0] not in sys.stdlib_module_names
    }
    assert foreign == set()


@pytest.mark.parametrize("service", SERVICES)
def test_a_service_reads_every_topic_that_it_handles_events_of(service):
    reads = set(importlib.import_module(f"services.{service}.contracts.topics").READS)
    handlers = importlib.import_module(f"services.{service}.entrypoints.consumer").HANDLERS
    assert {event.TOPIC for event in handlers} == reads


@pytest.mark.parametrize("service", SERVICES)
def test_a_service_writes_only_to_topics_of_its_own(service):
    owned = {
        topic.name
        for topic in importlib.import_module(f"services.{service}.contracts.topics").TOPICS
    }
    assert {event.TOPIC for event in events_of(service)} <= owned


def test_topics_have_one_owner_and_plain_names():
    names = [
        topic.name
        for service in SERVICES
        for topic in importlib.import_module(f"services.{service}.contracts.topics").TOPICS
    ]
    assert len(names) == len(set(names))
    assert not any("." in name or "_" in name for name in names)


def test_personal_data_travels_on_one_topic():
    personal = {"given_name", "family_name", "email", "birth_date", "phone"}
    for service in SERVICES:
        for event in events_of(service):
            if personal & set(event.model_fields):
                assert event.TOPIC == "member-people", event.TYPE


def test_files_are_small():
    long = [
        (str(path.relative_to(REPOSITORY)), lines)
        for folder in ("services", "shared", "deploy", "tests")
        for path in (REPOSITORY / folder).rglob("*.py")
        if (lines := len(path.read_text().splitlines())) > MAX_LINES
    ]
    assert long == []


def _imports(path: Path) -> set[str]:
    names: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            names.add(node.module or "")
    return names

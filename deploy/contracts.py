"""Generate what is derived from the contracts: schemas, OpenAPI and AsyncAPI documents, the tables in docs.

With --check nothing is written; the exit code is 1 when a file differs from what would be generated.
A change that would break a reader is refused either way.
"""

import importlib
import json
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, Final

from fastapi import FastAPI

from deploy import public_contracts
from deploy.access import overview
from deploy.asyncapi import asyncapi
from deploy.clients.languages import model_files
from deploy.compatibility import breaches, removed
from deploy.names import SERVICES
from services.feed.contracts.public_events import PUBLIC_EVENTS
from shared.auth.access import declared
from shared.envelope import Event
from shared.settings import Settings

SERVICES_FOLDER: Final = Path("services")
CATALOGUE: Final = Path("docs/events.md")
ACCESS: Final = Path("docs/access.md")
ASYNCAPI: Final = Path("docs/asyncapi.json")
PUBLIC_CONTRACTS: Final = Path("services/feed/contracts/public")


def events_of(service: str) -> tuple[type[Event], ...]:
    """The public events of a service."""
    events: tuple[type[Event], ...] = importlib.import_module(
        f"services.{service}.contracts.events"
    ).EVENTS
    return events


def schema_path(service: str, event: type[Event]) -> Path:
    """Where an event's JSON Schema is kept."""
    return SERVICES_FOLDER / service / "contracts" / "schemas" / f"{event.TYPE}.json"


def generated() -> Iterator[tuple[Path, str]]:
    """Every generated file with its text."""
    for service in SERVICES:
        for event in events_of(service):
            yield schema_path(service, event), schema_text(event)
    for name, document in public_contracts.documents():  # before the apps: feed reads its own
        yield PUBLIC_CONTRACTS / name, _json(document)
    apps = {service: api_of(service) for service in SERVICES}
    for service, app in apps.items():
        yield SERVICES_FOLDER / service / "contracts" / "openapi.json", _json(app.openapi())
    yield ACCESS, overview({service: declared(app) for service, app in apps.items()})
    yield CATALOGUE, _catalogue()
    yield ASYNCAPI, _json(_asyncapi())
    openapi = public_contracts.for_tenants(apps["feed"].openapi())
    yield PUBLIC_CONTRACTS / "openapi.json", _json(openapi)
    yield from model_files(public_contracts.schema(event) for event in PUBLIC_EVENTS)


def schema_text(event: type[Event]) -> str:
    """The JSON Schema of an event, as it is kept."""
    return _json(_schema(event))


def refused() -> list[str]:
    """Changes of published events that would break a reader, with what to do instead."""
    found = []
    for service in SERVICES:
        events = {event.TYPE: event for event in events_of(service)}
        for path in sorted((SERVICES_FOLDER / service / "contracts" / "schemas").glob("*.json")):
            event = events.get(path.stem)
            if event is None:
                found.append(removed(path.stem))
            else:
                published = json.loads(path.read_text())
                found += [f"{path.stem}: {each}" for each in breaches(published, _schema(event))]
    return found + list(_refused_in_public())


def _refused_in_public() -> Iterator[str]:
    """The same for what has left the platform, which has versions of its own."""
    events = {event.TYPE: event for event in PUBLIC_EVENTS}
    for path in sorted((PUBLIC_CONTRACTS / "schemas").glob("*.v*.json")):
        if path.stem not in events:
            yield removed(path.stem)
            continue
        now = public_contracts.schema(events[path.stem])
        for breach in breaches(json.loads(path.read_text()), now):
            yield f"public {path.stem}: {breach}"


def _schema(event: type[Event]) -> dict[str, Any]:
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": f"urn:lernverbund:event:{event.TYPE}",
        **event.model_json_schema(),
    }


def api_of(service: str) -> FastAPI:
    """A service's api process, made but not started."""
    bootstrap = importlib.import_module(f"services.{service}.bootstrap")
    settings_module = importlib.import_module(f"services.{service}.settings")
    settings_type: type[Settings] = getattr(settings_module, f"{service.title()}Settings")
    settings = settings_type.model_validate(_PLACEHOLDERS)
    app: FastAPI = bootstrap.create_api(settings)
    return app


#: Nothing connects while a document is generated; the values have only to be well-formed.
_PLACEHOLDERS: Final = {
    "database_url": "postgresql+asyncpg://nobody@localhost/none",
    "redis_url": "redis://localhost",
    "public_url": "http://localhost:8104",
    "certificate_master_key": "A" * 43 + "=",
    "feed_master_key": "A" * 43 + "=",
    "feed_cursor_key": "A" * 43 + "=",
    "voucher_code_key": "A" * 43 + "=",
    "keycloak_url": "http://localhost:18080",
    "keycloak_realm": "lernverbund",
    "keycloak_client_id": "member",
    "keycloak_client_secret": "none",
}


def _catalogue() -> str:
    lines = ["# Events", "", "Generated by `make contracts`; do not edit.", ""]
    for service in SERVICES:
        reads = importlib.import_module(f"services.{service}.contracts.topics").READS
        lines += [f"## {service}", "", f"Reads: {', '.join(f'`{topic}`' for topic in reads)}", ""]
        lines += ["| event | topic | fields | meaning |", "| --- | --- | --- | --- |"]
        for event in events_of(service):
            fields = ", ".join(f"`{name}`" for name in event.model_fields)
            meaning = " ".join((event.__doc__ or "").split())
            lines.append(f"| `{event.TYPE}` | `{event.TOPIC}` | {fields} | {meaning} |")
        lines.append("")
    return "\n".join(lines)


def _asyncapi() -> dict[str, Any]:
    topics = {
        service: importlib.import_module(f"services.{service}.contracts.topics").TOPICS
        for service in SERVICES
    }
    return asyncapi(topics, {service: events_of(service) for service in SERVICES})


def _json(document: Any) -> str:
    return json.dumps(document, indent=2, sort_keys=True, ensure_ascii=False) + "\n"


def main(arguments: Sequence[str]) -> int:
    """Write the files, or compare them."""
    check = "--check" in arguments
    if breaking := refused():
        print("\n".join(breaking))
        return 1
    stale = []
    for path, text in generated():
        if path.exists() and path.read_text() == text:
            continue
        stale.append(path)
        if not check:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)
    for path in stale:
        print(f"{'differs from its contract' if check else 'wrote'}: {path}")
    if check and stale:
        print("Run `make contracts` and commit what it wrote.")
    return int(check and bool(stale))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

"""The documents of the public contracts, as this deployment publishes them: read once, served from memory."""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time
from email.utils import format_datetime
from hashlib import sha256
from pathlib import Path
from typing import Any

from services.feed.contracts.public_events import PUBLIC_EVENTS
from services.feed.contracts.publishing import BASE, FOLDER

SCHEMA_TYPE = "application/schema+json"
JSON_TYPE = "application/json"


@dataclass(frozen=True, slots=True)
class Document:
    """Something that is published. `notice` are headers that say when it ends, if it does."""

    content: bytes
    media_type: str
    notice: Mapping[str, str] = field(default_factory=dict)

    @property
    def etag(self) -> str:
        """The same for the same content."""
        return f'"{sha256(self.content).hexdigest()[:32]}"'


class Publication:
    """Every document by its path below /contracts, with this deployment's address in place of the kept one."""

    def __init__(self, public_url: str, folder: Path = FOLDER) -> None:
        self.public_url = public_url.rstrip("/")
        self._documents = dict(self._read(folder))

    def get(self, path: str) -> Document | None:
        """A document, if there is one."""
        return self._documents.get(path)

    @property
    def schemas(self) -> Sequence[Mapping[str, Any]]:
        """The schema of each public type, in the order in which people meet them."""
        return [
            json.loads(self._documents[f"schemas/{event.TYPE}.json"].content)
            for event in PUBLIC_EVENTS
        ]

    @property
    def changes(self) -> Sequence[Mapping[str, Any]]:
        """What changed, newest first."""
        changes: Sequence[Mapping[str, Any]] = json.loads(self._documents["changelog.json"].content)
        return changes

    def _read(self, folder: Path) -> Iterator[tuple[str, Document]]:
        for path in folder.rglob("*.json"):
            name = path.relative_to(folder).as_posix()
            text = path.read_text().replace(BASE, self.public_url)
            media_type = SCHEMA_TYPE if name.startswith("schemas/") else JSON_TYPE
            yield name, Document(text.encode(), media_type, notice(json.loads(text)))


def notice(schema: Any) -> Mapping[str, str]:
    """Headers of a type that will end: Deprecation (RFC 9745) and Sunset (RFC 8594)."""
    if not isinstance(schema, dict) or "x-ends-on" not in schema:
        return {}
    successor = schema["$id"].replace(schema["title"], schema["x-replaced-by"])
    return {
        "Deprecation": f"@{int(_moment(schema['x-deprecated-on']).timestamp())}",
        "Sunset": format_datetime(_moment(schema["x-ends-on"]), usegmt=True),
        "Link": f'<{successor}>; rel="successor-version"',
    }


def _moment(day: str) -> datetime:
    return datetime.combine(date.fromisoformat(day), time(), UTC)

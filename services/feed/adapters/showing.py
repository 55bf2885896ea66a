"""What a subscription shows of an entry."""

from typing import Any

import orjson

from services.feed.application.queries import LogEntry
from services.feed.domain.subscription import Selection


def shown(selection: Selection, entry: LogEntry) -> bytes:
    """The CloudEvent with the fields that are wanted; as it is kept, unless only some are."""
    wanted = (selection.fields or {}).get(entry.type)
    if wanted is None:
        return entry.content
    event: dict[str, Any] = orjson.loads(entry.content)
    event["data"] = {name: value for name, value in event["data"].items() if name in wanted}
    return orjson.dumps(event)

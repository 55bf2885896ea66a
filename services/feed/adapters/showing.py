"""What a subscription shows of an entry."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any
from uuid import UUID

import orjson

from services.feed.application.queries import LogEntry
from services.feed.domain.person_name import PersonName, named_person, with_name
from services.feed.domain.selection import shown as selected
from services.feed.domain.subscription import Selection

NOBODY: Mapping[UUID, PersonName] = MappingProxyType({})


def shown(
    selection: Selection, entry: LogEntry, names: Mapping[UUID, PersonName] = NOBODY
) -> bytes:
    """The CloudEvent with the fields that are wanted, and with a name beside a person's id that is shown.

    As it is kept, if that changes nothing. `names` are what `names_for` gives for the subscription.
    """
    fields = selection.fields or {}
    if entry.type not in fields and not names:
        return entry.content
    event: dict[str, Any] = orjson.loads(entry.content)
    data = selected(fields, entry.type, event["data"])
    person_id = named_person(entry.type, entry.view, data)
    event["data"] = with_name(data, names.get(person_id)) if person_id else data
    return orjson.dumps(event)

"""Whom a page of the log is about, and what they are called: looked up at delivery, and kept nowhere else."""

import json
from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from services.feed.application.queries import LogEntry, Queries
from services.feed.domain.person_name import PersonName, named_person
from services.feed.domain.subscription import Subscription
from services.feed.domain.view import View


async def names_for(
    queries: Queries, subscription: Subscription, entries: Sequence[LogEntry]
) -> Mapping[UUID, PersonName]:
    """What the tenant's own people in these entries are called; nothing, unless the subscription shows it."""
    if not subscription.shows_names:
        return {}
    own = [entry for entry in entries if entry.view == View.OWN]
    about = {named_person(entry.type, entry.view, _data(entry)) for entry in own} - {None}
    person_ids = [person_id for person_id in about if person_id]
    return await queries.names(subscription.tenant_id, person_ids) if person_ids else {}


def _data(entry: LogEntry) -> Mapping[str, Any]:
    data: Mapping[str, Any] = json.loads(entry.content)["data"]
    return data

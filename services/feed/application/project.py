"""From what happened inside to what each tenant may hear of it."""

import json
from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Any
from uuid import UUID

from services.feed.application.ports import Entry, UnitOfWork
from services.feed.domain.audience import Audience, Data
from services.feed.domain.public_types import PUBLIC
from services.feed.domain.view import View
from shared.envelope import Received

Listeners = Mapping[str, Collection[UUID]]


async def project(work: UnitOfWork, events: Sequence[Received[Any]]) -> None:
    """Append what may leave of each event to the log of every tenant that it concerns."""
    types = broadcast_types(events)
    listeners = await work.subscriptions.listeners(types) if types else {}
    await work.log.append([entry for each in events for entry in _entries(each, listeners)])


def broadcast_types(events: Sequence[Received[Any]]) -> frozenset[str]:
    """The types of those events that every tenant may see that subscribes to them."""
    return frozenset(each.envelope.type for each in events if concerned(each).everyone)


def concerned(received: Received[Any]) -> Audience:
    """Whom an event concerns; nobody, if it never leaves."""
    public = PUBLIC.get(received.envelope.type)
    return public.audience(received.tenant_id, _data(received)) if public else Audience()


def _entries(received: Received[Any], listeners: Listeners) -> Iterator[Entry]:
    envelope = received.envelope
    public = PUBLIC.get(envelope.type)
    if public is None:
        return
    data = _data(received)
    audience = public.audience(received.tenant_id, data)
    views: Mapping[UUID, View] = audience.tenants
    if audience.everyone:
        others = dict.fromkeys(listeners.get(envelope.type, ()), audience.everyone)
        views = {**others, **views}
    for tenant_id, view in views.items():
        shown = public.public(view, received.tenant_id, data)
        yield Entry(tenant_id, view, envelope, shown)


def _data(received: Received[Any]) -> Data:
    """The event's data as it came: the rules go by names, so that nothing leaves that they do not name."""
    data: Data = json.loads(received.envelope.data)
    return data

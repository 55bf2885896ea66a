"""From what happened inside to what each tenant may hear of it."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Any
from uuid import UUID

from services.feed.application.ports import Entry, UnitOfWork
from services.feed.domain.audience import BROADCAST_VIEW, View, audience, is_broadcast
from services.feed.domain.projection import public
from shared.envelope import Received

Listeners = Mapping[str, Collection[UUID]]


async def project(work: UnitOfWork, events: Sequence[Received[Any]]) -> None:
    """Append what may leave of each event to the log of every tenant that it concerns."""
    types = broadcast_types(events)
    listeners = await work.subscriptions.listeners(types) if types else {}
    await work.log.append([entry for each in events for entry in _entries(each, listeners)])


def broadcast_types(events: Sequence[Received[Any]]) -> frozenset[str]:
    """The types of those events that every tenant may see that subscribes to them."""
    return frozenset(
        each.envelope.type for each in events if is_broadcast(each.envelope.type, each.event)
    )


def concerned(received: Received[Any]) -> Mapping[UUID, View]:
    """The tenants that an event concerns by itself, and how each of them sees it."""
    return audience(received.envelope.type, received.tenant_id, received.event)


def _entries(received: Received[Any], listeners: Listeners) -> Iterator[Entry]:
    envelope, event = received.envelope, received.event
    views = concerned(received)
    if listeners and is_broadcast(envelope.type, event):
        views = {**dict.fromkeys(listeners.get(envelope.type, ()), BROADCAST_VIEW), **views}
    for tenant_id, view in views.items():
        yield Entry(tenant_id, view, envelope, public(envelope.type, event, view))

"""From what happened inside to what each tenant may hear of it."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Any
from uuid import UUID

from services.feed.application.ports import Entry, UnitOfWork
from services.feed.domain.audience import Audience
from services.feed.domain.projection import PublicType
from services.feed.domain.public_types import PUBLIC
from services.feed.domain.view import View
from shared.envelope import Received

Listeners = Mapping[str, Collection[UUID]]
#: An event that leaves, its type as it is outside, and who hears of it.
Heard = tuple[Received[Any], PublicType, Audience]


async def project(work: UnitOfWork, events: Sequence[Received[Any]]) -> None:
    """Append what may leave of each event to the log of every tenant that it concerns."""
    heard = audiences(events)
    types = broadcast_types(heard)
    listeners = await work.subscriptions.listeners(types) if types else {}
    await work.log.append([entry for each in heard for entry in _entries(*each, listeners)])


def audiences(events: Sequence[Received[Any]]) -> Sequence[Heard]:
    """Whom each event concerns that leaves at all."""
    return [
        (each, public, public.audience(each.tenant_id, each.data))
        for each in events
        if (public := PUBLIC.get(each.envelope.type))
    ]


def broadcast_types(heard: Sequence[Heard]) -> frozenset[str]:
    """The types of those events that every tenant may see that subscribes to them."""
    return frozenset(each.envelope.type for each, _, audience in heard if audience.everyone)


def _entries(
    received: Received[Any], public: PublicType, audience: Audience, listeners: Listeners
) -> Iterator[Entry]:
    envelope = received.envelope
    views: Mapping[UUID, View] = audience.tenants
    if audience.everyone:
        others = dict.fromkeys(listeners.get(envelope.type, ()), audience.everyone)
        views = {**others, **views}
    for tenant_id, view in views.items():
        shown = public.public(view, received.tenant_id, received.data)
        yield Entry(tenant_id, view, envelope, shown)

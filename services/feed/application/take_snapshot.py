"""What a subscriber would know by now that had followed from the beginning, and where to go on from."""

from collections.abc import AsyncIterator, Sequence
from typing import Any, Protocol
from uuid import UUID

from services.feed.application.queries import Queries
from services.feed.application.read_log import cursor_at
from services.feed.domain.cursor import Cursor
from services.feed.domain.person_name import named_person, with_name
from services.feed.domain.state import Parts, Thing, shown
from services.feed.domain.subscription import Subscription

Line = dict[str, Any]


class States(Queries, Protocol):
    """Reads that see one moment, however many they are."""

    async def state_position(self, tenant_id: UUID) -> int:
        """The position up to which the tenant's state has been told."""

    def states(self, tenant_id: UUID) -> AsyncIterator[Sequence[tuple[Thing, Parts]]]:
        """Every thing with its newest events by type, a page at a time."""

    def shared(self, tenant_id: UUID) -> AsyncIterator[Sequence[tuple[Thing, Parts]]]:
        """What others share with everybody and neither the tenant's state nor what follows it has."""


async def following(states: States, subscription: Subscription) -> Cursor:
    """The cursor from which everything follows that is not in the snapshot yet."""
    position = await states.state_position(subscription.tenant_id)
    return await cursor_at(states, subscription, position)


async def snapshot(states: States, subscription: Subscription) -> AsyncIterator[Sequence[Line]]:
    """All that the subscription may see, a page at a time; a page may be empty."""
    tenant_id = subscription.tenant_id
    for pages in (states.states(tenant_id), states.shared(tenant_id)):
        async for things in pages:
            found = (shown(thing, parts, subscription.selection) for thing, parts in things)
            lines = [line for line in found if line is not None]
            if subscription.shows_names:
                await _name(states, tenant_id, lines)
            yield lines


async def _name(states: States, tenant_id: UUID, lines: Sequence[Line]) -> None:
    """Put the names of the tenant's own people into the lines."""
    people = [named_person(line["type"], line["view"], line["data"]) for line in lines]
    names = await states.names(tenant_id, {person_id for person_id in people if person_id})
    for line, person_id in zip(lines, people, strict=True):
        if person_id:
            line["data"] = with_name(line["data"], names.get(person_id))

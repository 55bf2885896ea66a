"""What leaves the platform: the public events, versions of their own, one module an area."""

from typing import Final

from services.feed.contracts.public_events import credentials, funding, learning, tenants
from services.feed.contracts.public_events.base import PublicEvent

#: Every public event, in the order in which people meet them.
PUBLIC_EVENTS: Final[tuple[type[PublicEvent], ...]] = (
    *tenants.EVENTS,
    *learning.EVENTS,
    *funding.EVENTS,
    *credentials.EVENTS,
)

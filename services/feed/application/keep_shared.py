"""What a tenant shares with everybody is kept for those who subscribe after it was told."""

import json
from collections.abc import Iterator, Sequence
from typing import Any

from services.feed.application.ports import Entry, UnitOfWork
from services.feed.domain.public_types import PUBLIC
from shared.envelope import Received


async def keep_shared(work: UnitOfWork, events: Sequence[Received[Any]]) -> None:
    """Keep those of the events that every tenant may see, as every tenant sees them."""
    await work.shared.keep([entry for received in events for entry in _shared(received)])


def _shared(received: Received[Any]) -> Iterator[Entry]:
    envelope = received.envelope
    public, data = PUBLIC[envelope.type], json.loads(envelope.data)
    view = public.audience(envelope.tenant_id, data).everyone
    if view:
        shown = public.public(view, envelope.tenant_id, data)
        yield Entry(envelope.tenant_id, view, envelope, shown)

"""Keep the tenants' states up with their logs: a little behind, so that much that happens to a thing is written once."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractAsyncContextManager
from datetime import timedelta
from itertools import groupby
from uuid import UUID

from services.feed.application.state_ports import LogSpan, UnitOfWork
from services.feed.domain.state import fold

TENANTS_AT_ONCE = 500
EVENTS_AT_ONCE = 2_000
#: A log that grew within this time is growing.
GROWING = timedelta(seconds=1)

Units = Callable[..., AbstractAsyncContextManager[UnitOfWork]]


async def fold_state(units: Units) -> int:
    """Fold some of what the states lack; returns how many events that were, 0 if they lack nothing.

    Several workers may do it at once. What one has begun and not finished, another does.
    """
    async with units(operator=True) as work:
        spans = list(_some(await work.states.behind(TENANTS_AT_ONCE)))
    if not spans:
        return 0
    async with units([span.tenant_id for span in spans]) as work:
        return await _fold(work, await work.states.lock(spans))


async def catch_up(units: Units, tenant_id: UUID) -> None:
    """Fold all that is in a tenant's log by now: for a late comer, to whom only what follows now is sent."""
    async with units([tenant_id]) as work:
        lacking = await work.states.lacks(tenant_id)
    while lacking:
        step = min(lacking.until, lacking.after + EVENTS_AT_ONCE)
        async with units([tenant_id]) as work:
            spans = [LogSpan(tenant_id, lacking.after, step)]
            await _fold(work, await work.states.lock(spans, or_wait=True))
        lacking = LogSpan(tenant_id, step, lacking.until) if step < lacking.until else None


async def is_log_growing(units: Units) -> bool:
    """Whether what is appended now needs the machine more than the states do, which may be behind."""
    async with units(operator=True) as work:
        return await work.states.is_log_growing(GROWING)


async def _fold(work: UnitOfWork, spans: Sequence[LogSpan]) -> int:
    """Fold spans of locked states; returns how many events they have."""
    told = await work.states.told(spans)
    await work.states.apply(
        [
            (tenant_id, fold((each.day, each.event) for each in events))
            for tenant_id, events in groupby(told, key=lambda each: each.tenant_id)
        ]
    )
    await work.states.advance(spans)
    return len(told)


def _some(spans: Sequence[LogSpan]) -> Iterator[LogSpan]:
    """As much of spans as makes EVENTS_AT_ONCE."""
    left = EVENTS_AT_ONCE
    for span in spans:
        if not left:
            return
        until = min(span.until, span.after + left)
        left -= until - span.after
        yield LogSpan(span.tenant_id, span.after, until)

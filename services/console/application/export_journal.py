"""The journals of all services as one, by time, without holding them in memory."""

from collections.abc import AsyncIterator, Mapping

from services.console.domain.journal import Entry, Logged


async def merged(journals: Mapping[str, AsyncIterator[Entry]]) -> AsyncIterator[Logged]:
    """Each journal's entries are ordered by time, and so is what comes out; the oldest first."""
    heads: dict[str, Entry] = {}
    for service, entries in journals.items():
        await _advance(heads, service, entries)
    while heads:
        service = min(heads, key=lambda each: heads[each].at)
        yield Logged(service, heads[service])
        await _advance(heads, service, journals[service])


async def _advance(heads: dict[str, Entry], service: str, entries: AsyncIterator[Entry]) -> None:
    heads.pop(service, None)
    async for entry in entries:
        heads[service] = entry
        return

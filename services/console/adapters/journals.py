"""The services' journals, asked with somebody's token: in pages, and whole for an export."""

import json
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from typing import Any, Final

from pydantic import TypeAdapter

from services.console.application.ports import Services
from services.console.domain.errors import ServiceTroubleError
from services.console.domain.journal import Entry, Search

LOG: Final = "/v1/operations/log"

_ENTRY = TypeAdapter(Entry).validate_python
_ENTRIES = TypeAdapter(list[Entry]).validate_python


class HttpJournals:
    """What one person may read of them. Each raises a ServiceTroubleError."""

    def __init__(self, services: Services, token: str) -> None:
        self._services, self._token = services, token

    async def newest(
        self, names: Sequence[str], search: Search, *, limit: int
    ) -> Mapping[str, Sequence[Entry] | ServiceTroubleError]:
        """The newest entries of these services."""
        query = {**_query(search), "limit": limit}
        if len(names) > 1:
            return await self._services.everywhere(LOG, self._token, _ENTRIES, **query)
        [service] = names
        try:
            return {service: await self._services.get(service, LOG, self._token, _ENTRIES, **query)}
        except ServiceTroubleError as trouble:
            return {service: trouble}

    @asynccontextmanager
    async def everything(self, service: str, search: Search) -> AsyncIterator[AsyncIterator[Entry]]:
        """All of a service's entries, oldest first, as they come."""
        query = {**_query(search), "format": "ndjson"}
        async with self._services.stream(service, f"{LOG}/export", self._token, **query) as parts:
            yield _entries(parts)


async def _entries(parts: AsyncIterator[bytes]) -> AsyncIterator[Entry]:
    async for line in _lines(parts):
        yield _ENTRY(json.loads(line))


async def _lines(parts: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    rest = b""
    async for part in parts:
        *whole, rest = (rest + part).split(b"\n")
        for line in whole:
            yield line
    if rest:
        yield rest


def _query(search: Search) -> Mapping[str, Any]:
    return {
        "operator": search.operator,
        "action": search.action,
        "from": search.since.isoformat() if search.since else None,
        "to": search.until.isoformat() if search.until else None,
        "text": search.text,
    }

"""Services that say how they are, for what listens to them."""

import asyncio
from typing import Any

from pydantic import TypeAdapter

from services.console.domain.status import Status
from tests.console.fakes import FakeServices
from tests.console.statuses import status


def as_json(said: Any) -> Any:
    """As a service would write it."""
    return TypeAdapter(type(said)).dump_python(said, mode="json")


class Voices(FakeServices):
    """All well at first; each may take its time."""

    def __init__(self) -> None:
        super().__init__()
        self.seconds: dict[str, float] = {}
        for name in self.names:
            self.tells(name, status(name))

    def tells(self, service: str, said: Status) -> None:
        self.says(service, "/v1/operations/status", as_json(said))

    def times(self, service: str, path: str) -> int:
        """How often it was asked that."""
        return sum((service, path) == (asked[0], asked[1]) for asked in self.asked)

    async def get(self, service, path, token, read=None, **query):
        await asyncio.sleep(self.seconds.get(service, 0))
        return await super().get(service, path, token, read, **query)

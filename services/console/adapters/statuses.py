"""How services say they are, over HTTP."""

from collections.abc import Sequence
from typing import Final

from pydantic import TypeAdapter

from services.console.application.ports import Machine, Services
from services.console.domain.status import Status, Waiting

STATUS: Final = "/v1/operations/status"
WAITING: Final = "/v1/operations/waiting"

_STATUS = TypeAdapter(Status).validate_python
_WAITING = TypeAdapter(tuple[Waiting, ...]).validate_python


class HttpStatuses:
    """Asked with the console's own account, which only sees."""

    def __init__(self, services: Services, machine: Machine) -> None:
        self._services, self._machine = services, machine

    async def status(self, service: str) -> Status:
        """What a service says of itself."""
        token = await self._machine.token()
        found: Status = await self._services.get(service, STATUS, token, _STATUS)
        return found

    async def waiting(self, service: str) -> Sequence[Waiting]:
        """What waits for a service at the broker."""
        token = await self._machine.token()
        found: Sequence[Waiting] = await self._services.get(service, WAITING, token, _WAITING)
        return found

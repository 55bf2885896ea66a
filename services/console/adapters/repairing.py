"""Dead letters and repairs of the services, asked with somebody's token."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any, Final

from pydantic import TypeAdapter

from services.console.application.ports import Services
from services.console.domain.dead_letters import Filter, Group, Letter, ParkedKey, Received
from services.console.domain.errors import ServiceTroubleError
from services.console.domain.repair import Repair, RepairLetter

OPERATIONS: Final = "/v1/operations"
#: The most that a service tells at once.
PAGE: Final = 500

# A value that is not of the contract is a ValueError, which the port makes a ServiceStrangeError.
_GROUPS = TypeAdapter(list[Group]).validate_python
_LETTERS = TypeAdapter(list[Letter]).validate_python
_RECEIVED = TypeAdapter(Received).validate_python
_KEYS = TypeAdapter(list[ParkedKey]).validate_python
_REPAIR = TypeAdapter(Repair).validate_python
_REPAIRS = TypeAdapter(list[Repair]).validate_python
_REPAIR_LETTERS = TypeAdapter(list[RepairLetter]).validate_python


class HttpRepairing:
    """What one person, or the console itself, sees and does. Each raises a ServiceTroubleError."""

    def __init__(self, services: Services, token: str) -> None:
        self._services, self._token = services, token

    async def groups(self) -> Mapping[str, Sequence[Group] | ServiceTroubleError]:
        """The groups of every service, the newest first; the trouble of a service in their place."""
        return await self._everywhere("dead-letter-groups", _GROUPS, limit=PAGE)

    async def group(self, service: str, group_id: str) -> Group | None:
        """One group, if anything still fails so."""
        found = await self._get(service, "dead-letter-groups", _GROUPS, limit=PAGE)
        return next((each for each in found if each.group_id == group_id), None)

    async def note(self, service: str, group_id: str, note: str) -> None:
        """Tell the others what is known of a group's cause."""
        path = f"{OPERATIONS}/dead-letter-groups/{group_id}/note"
        await self._services.act("PUT", service, path, self._token, body={"note": note})

    async def letters(
        self, service: str, chosen: Filter, *, limit: int, skip: int = 0
    ) -> Sequence[Letter]:
        """Letters without their data, oldest first."""
        query = {**asdict(chosen), "limit": limit, "offset": skip}
        return list(await self._get(service, "dead-letters", _LETTERS, **query))

    async def letters_everywhere(
        self, chosen: Filter, *, limit: int
    ) -> Mapping[str, Sequence[Letter] | ServiceTroubleError]:
        """The same of every service."""
        return await self._everywhere("dead-letters", _LETTERS, limit=limit, **asdict(chosen))

    async def letter(self, service: str, letter_id: int) -> Letter | None:
        """One letter without its data."""
        found = await self._get(service, "dead-letters", _LETTERS, id=letter_id)
        return found[0] if found else None

    async def received(self, service: str, letter_id: int) -> Received:
        """A letter's headers and data. The service writes down who looked."""
        found: Received = await self._get(service, f"dead-letters/{letter_id}", _RECEIVED)
        return found

    async def parked_keys(
        self, group_id: str | None = None
    ) -> Mapping[str, Sequence[ParkedKey] | ServiceTroubleError]:
        """Keys that wait behind a failure at every service, longest first."""
        return await self._everywhere("parked-keys", _KEYS, group_id=group_id, limit=PAGE)

    async def parked_keys_of(self, service: str, group_id: str) -> Sequence[ParkedKey]:
        """Those of one group."""
        return list(await self._get(service, "parked-keys", _KEYS, group_id=group_id))

    async def preview(self, service: str, body: Mapping[str, Any]) -> Repair:
        """Have the service count, freeze and hold what a repair takes."""
        made: Repair = await self._act(service, "repairs", _REPAIR, body)
        return made

    async def repairs(self, *, limit: int) -> Mapping[str, Sequence[Repair] | ServiceTroubleError]:
        """The repairs of every service, the newest first."""
        return await self._everywhere("repairs", _REPAIRS, limit=limit)

    async def repair(self, service: str, repair_id: str) -> Repair:
        """One of them."""
        found: Repair = await self._get(service, f"repairs/{repair_id}", _REPAIR)
        return found

    async def repair_letters(
        self, service: str, repair_id: str, state: str | None, *, limit: int
    ) -> Sequence[RepairLetter]:
        """What became of its letters."""
        path = f"repairs/{repair_id}/letters"
        return list(await self._get(service, path, _REPAIR_LETTERS, state=state, limit=limit))

    async def decide(self, service: str, repair_id: str, decision: str) -> Repair:
        """Confirm, pause, go on or cancel."""
        decided: Repair = await self._act(service, f"repairs/{repair_id}/{decision}", _REPAIR)
        return decided

    async def _get(self, service: str, path: str, read: Any, **query: Any) -> Any:
        return await self._services.get(service, f"{OPERATIONS}/{path}", self._token, read, **query)

    async def _everywhere(self, path: str, read: Any, **query: Any) -> Mapping[str, Any]:
        return await self._services.everywhere(f"{OPERATIONS}/{path}", self._token, read, **query)

    async def _act(self, service: str, path: str, read: Any, body: Any = None) -> Any:
        return await self._services.act(
            "POST", service, f"{OPERATIONS}/{path}", self._token, body=body, read=read
        )

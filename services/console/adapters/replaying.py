"""Replays and invariants of the services, asked with somebody's token."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from pydantic import TypeAdapter

from services.console.application.ports import Services
from services.console.domain.errors import ServiceTroubleError
from services.console.domain.invariants import Invariant
from services.console.domain.replay import Replay

REPLAYS: Final = "/v1/operations/replays"

_REPLAY = TypeAdapter(Replay).validate_python
_REPLAYS = TypeAdapter(list[Replay]).validate_python
_INVARIANTS = TypeAdapter(list[Invariant]).validate_python


class HttpReplaying:
    """What one person sees and does. Each raises a ServiceTroubleError."""

    def __init__(self, services: Services, token: str) -> None:
        self._services, self._token = services, token

    async def replays(self) -> Mapping[str, Sequence[Replay] | ServiceTroubleError]:
        """The replays of every service, the newest first."""
        return await self._services.everywhere(REPLAYS, self._token, _REPLAYS)

    async def replay(self, service: str, replay_id: int) -> Replay | None:
        """One of them, if it is not long over."""
        found = await self._services.get(service, REPLAYS, self._token, _REPLAYS, limit=500)
        return next((each for each in found if each.id == replay_id), None)

    async def ask(self, service: str, body: Mapping[str, Any]) -> Replay:
        """Have the service count what a replay would read."""
        made: Replay = await self._services.act(
            "POST", service, REPLAYS, self._token, body=body, read=_REPLAY
        )
        return made

    async def decide(self, service: str, replay_id: int, decision: str) -> Replay:
        """Confirm or cancel."""
        path = f"{REPLAYS}/{replay_id}/{decision}"
        decided: Replay = await self._services.act("POST", service, path, self._token, read=_REPLAY)
        return decided

    async def topics(self) -> Mapping[str, Sequence[str] | ServiceTroubleError]:
        """The topics that each service reads, as far as it is known now."""
        return await self._services.everywhere("/v1/operations/status", self._token, _topics)

    async def invariants(self) -> Mapping[str, Sequence[Invariant] | ServiceTroubleError]:
        """What each service checks of itself."""
        return await self._services.everywhere("/v1/operations/status", self._token, _invariants)


def _topics(status: Any) -> list[str]:
    return sorted(str(topic) for topic in status["lag"])


def _invariants(status: Any) -> list[Invariant]:
    return _INVARIANTS(status["invariants"])

"""Finding stories at every service, told as one list."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Final

from services.console.application.ports import Services
from services.console.domain.errors import ServiceTroubleError
from services.console.domain.story_search import Wish

#: As many stories as each service names, the newest.
MOST: Final = 50


@dataclass(frozen=True, slots=True)
class FoundStory:
    """A story by its first and last event, and the services that published something in it."""

    correlation_id: str
    tenant_id: str
    services: tuple[str, ...]
    first_type: str
    first_at: datetime
    last_type: str
    last_at: datetime

    def together(self, other: "FoundStory") -> "FoundStory":
        """The same story as two services know it."""
        first = min(self, other, key=lambda each: each.first_at)
        last = max(self, other, key=lambda each: each.last_at)
        services = tuple(dict.fromkeys((*self.services, *other.services)))
        return replace(first, services=services, last_type=last.last_type, last_at=last.last_at)


@dataclass(frozen=True, slots=True)
class Found:
    """Stories, the one with the newest event first, and the services that had trouble telling."""

    stories: Sequence[FoundStory]
    troubles: Mapping[str, ServiceTroubleError]


async def find(services: Services, wish: Wish, token: str) -> Found:
    """What is looked for. Raises UnreadableError."""
    found: list[FoundStory] = []
    troubles: dict[str, ServiceTroubleError] = {}
    for query in wish.queries():
        answers = await services.everywhere(
            "/v1/operations/stories", token, _stories, limit=MOST, **query
        )
        for service, answer in answers.items():
            if isinstance(answer, ServiceTroubleError):
                troubles[service] = answer
            else:
                found += (replace(each, services=(service,)) for each in answer)
    return Found(_together(found), troubles)


def _together(found: Iterable[FoundStory]) -> Sequence[FoundStory]:
    merged: dict[str, FoundStory] = {}
    for each in found:
        known = merged.get(each.correlation_id)
        merged[each.correlation_id] = known.together(each) if known else each
    return sorted(merged.values(), key=lambda each: each.last_at, reverse=True)


def _stories(answer: Any) -> Sequence[FoundStory]:
    return [
        FoundStory(
            correlation_id=str(each["correlation_id"]),
            tenant_id=str(each["tenant_id"]),
            services=(),
            first_type=str(each["first_type"]),
            first_at=datetime.fromisoformat(each["first_at"]),
            last_type=str(each["last_type"]),
            last_at=datetime.fromisoformat(each["last_at"]),
        )
        for each in answer
    ]

"""Telling a story: what every service published, handled and could not handle of it, and what it lacks."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Final, TypeVar

from services.console.application import story_answers
from services.console.application.ports import Read, Services
from services.console.application.story_answers import Told
from services.console.domain.errors import ServiceTroubleError
from services.console.domain.gap import Failure, Gap
from services.console.domain.health import Health
from services.console.domain.story import Step, steps
from shared.expectations import missing

#: So many events at first, and so many more each time; and at most.
PAGE: Final = 200
MOST: Final = 1_000
#: As many ids as a service takes at once, and rows as it gives.
IDS_AT_ONCE: Final = 100
ROWS_AT_ONCE: Final = 500

T = TypeVar("T")
#: How a service is, as last observed.
HealthOf = Callable[[str], Health]


@dataclass(frozen=True, slots=True)
class Story:
    """The first events of a story, and what is known of each by its id: where it took effect, and where it failed.

    `others` are failures of events that are not among them. `troubles` has the services that did not tell all.
    While there are more events, nobody can say what is lacking.
    """

    correlation_id: str
    steps: Sequence[Step]
    handled: Mapping[str, Mapping[str, datetime]]
    failures: Sequence[Failure]
    gaps: Sequence[Gap]
    troubles: Mapping[str, ServiceTroubleError]
    has_more: bool

    @property
    def tenants(self) -> Sequence[str]:
        """Whose events they are."""
        return list(dict.fromkeys(step.event.tenant_id for step in self.steps))

    @property
    def traces(self) -> Sequence[str]:
        """The traces that it is told in."""
        found = (step.event.trace_id for step in self.steps)
        return list(dict.fromkeys(each for each in found if each))

    def failures_of(self, event_id: str) -> Sequence[Failure]:
        """Where an event failed."""
        return [each for each in self.failures if each.event_id == event_id]

    @property
    def other_failures(self) -> Sequence[Failure]:
        """Failures of events that are not among those told."""
        told = {step.event.id for step in self.steps}
        return [each for each in self.failures if each.event_id not in told]


@dataclass(slots=True)
class StoryTeller:
    """Asks every service, with the token of who wants to know; one that has trouble keeps no other from telling."""

    services: Services
    health_of: HealthOf
    token: str = field(repr=False)
    troubles: dict[str, ServiceTroubleError] = field(default_factory=dict)

    async def tell(self, correlation_id: str, shown: int) -> Story:
        """The story's first `shown` events."""
        told, failures = await asyncio.gather(
            self._told(correlation_id, shown + 1), self._failures(correlation_id)
        )
        found = steps(event for event, _ in told)
        seen, has_more = found[:shown], len(found) > shown
        handled = await self._handled([step.event.id for step in seen])
        story = Story(correlation_id, seen, handled, failures, (), self.troubles, has_more=has_more)
        return story if has_more else self._with_gaps(story, told)

    async def _told(self, correlation_id: str, most: int) -> Sequence[Told]:
        """Of each service the first `most`: the first of all are among them."""
        path = story_answers.address(correlation_id)

        async def of(service: str) -> Sequence[Told]:
            found: list[Told] = []
            while len(found) < most:
                rows = min(ROWS_AT_ONCE, most - len(found))
                read = _of(service, story_answers.told)
                page = await self.services.get(
                    service, path, self.token, read, limit=rows, offset=len(found)
                )
                found += page
                if len(page) < rows:
                    break
            return found

        return [each for own in (await self._each(of)).values() for each in own]

    async def _failures(self, correlation_id: str) -> Sequence[Failure]:
        async def of(service: str) -> Sequence[Failure]:
            found: Sequence[Failure] = await self.services.get(
                service,
                "/v1/operations/failures",
                self.token,
                _of(service, story_answers.failures),
                correlation_id=correlation_id,
                limit=ROWS_AT_ONCE,
            )
            return found

        found = [each for own in (await self._each(of)).values() for each in own]
        return sorted(found, key=lambda each: each.since)

    async def _handled(self, ids: Sequence[str]) -> Mapping[str, Mapping[str, datetime]]:
        """By event, the services where it took effect."""

        async def by(service: str) -> Mapping[str, datetime]:
            found: dict[str, datetime] = {}
            for start in range(0, len(ids), IDS_AT_ONCE):
                some = ids[start : start + IDS_AT_ONCE]
                found |= await self.services.get(
                    service,
                    "/v1/operations/handled",
                    self.token,
                    story_answers.handled,
                    event_id=some,
                )
            return found

        answers = await self._each(by)
        return {
            id_: {service: found[id_] for service, found in answers.items() if id_ in found}
            for id_ in ids
        }

    async def _each(self, ask: Callable[[str], Awaitable[T]]) -> Mapping[str, T]:
        """What the services answer that have no trouble; the others are noted."""

        async def asked(service: str) -> T | None:
            try:
                return await ask(service)
            except ServiceTroubleError as trouble:
                self.troubles[service] = trouble
                return None

        names = self.services.names
        answers = await asyncio.gather(*map(asked, names))
        found = zip(names, answers, strict=True)
        return {service: answer for service, answer in found if answer is not None}

    def _with_gaps(self, story: Story, told: Sequence[Told]) -> Story:
        expects = {event.id: expected for event, expected in told}
        lacking = missing(
            {step.event.type for step in story.steps},
            [each for expected in expects.values() for each in expected],
        )
        gaps = [
            self._gap(story, step, each.types, each.by, each.due_at)
            for step in story.steps
            for each in expects[step.event.id]
            if each in lacking
        ]
        return replace(story, gaps=gaps)

    def _gap(
        self, story: Story, step: Step, types: tuple[str, ...], by: str, due_at: datetime
    ) -> Gap:
        failed = [each for each in story.failures_of(step.event.id) if each.service == by]
        return Gap(
            step=step,
            types=types,
            by=by,
            due_at=due_at,
            health=self.health_of(by),
            is_told=by not in self.troubles,
            failure=failed[0] if failed else None,
            handled_at=story.handled[step.event.id].get(by),
        )


def _of(service: str, read: Callable[[str, object], T]) -> Read[T]:
    return lambda answer: read(service, answer)

"""The one memory of a console process: what was last observed of every part, and how it is by that."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from services.console.domain.headline import Headline, headline
from services.console.domain.health import Health
from services.console.domain.observation import Check, Failing, Failure, Observation, Picture
from services.console.domain.parts_health import CHECKED, PARTS, health_of_part
from services.console.domain.reasons import Why
from services.console.domain.service_health import health_of, needs_waiting
from services.console.domain.status import Status, Waiting
from shared.clock import Clock


class Board:
    """Written by the poller, read by every page; reading never asks anybody."""

    def __init__(self, services: Sequence[str], clock: Clock) -> None:
        self._clock = clock
        self._seen = {service: Observation(service) for service in services}
        self._checks: dict[str, Check] = {}
        self._noticed: dict[str, tuple[Why, datetime]] = {}
        self.version = 0

    @property
    def services(self) -> Sequence[str]:
        """The names of the services, in their order."""
        return tuple(self._seen)

    @property
    def picture(self) -> Picture:
        """Everything that is known."""
        return Picture(self._seen, self._checks)

    def observation(self, service: str) -> Observation:
        """What is known of a service."""
        return self._seen[service]

    def status(self, service: str) -> Status | None:
        """The last word of a service, unless it is too old to say anything of now."""
        seen = self._seen[service]
        return None if seen.is_stale(self._clock()) else seen.status

    def health(self, service: str) -> Health:
        """How a service is now."""
        return self._since(service, health_of(self._seen[service], self._clock()))

    def part(self, name: str) -> Health:
        """How Kafka, PostgreSQL, Redis or Keycloak is now."""
        return self._since(name, health_of_part(name, self.picture, self._clock()))

    def headline(self) -> Headline:
        """The one sentence."""
        parts = {name: self.part(name) for name in PARTS}
        return headline(parts, {name: self.health(name) for name in self._seen})

    def told(self, service: str, status: Status) -> None:
        """A service said how it is."""
        before = self._seen[service]
        behind = before.behind_since or status.at
        seen = replace(
            before,
            status=status,
            observed_at=self._clock(),
            failure=None,
            behind_since=behind if status.records_behind or before.records_waiting else None,
        )
        self._put(seen if needs_waiting(seen) else replace(seen, waiting=None))

    def waits(self, service: str, waiting: Sequence[Waiting]) -> None:
        """The broker said what waits for a service."""
        self._put(replace(self._seen[service], waiting=tuple(waiting)))

    def failed(self, service: str, how: Failing, since: datetime) -> None:
        """A service that was asked at `since` did not say how it is."""
        before = self._seen[service].failure
        if before and before.how is how:
            since = before.since
        self._put(replace(self._seen[service], failure=Failure(how, since)))

    def checked(self, name: str, error: str) -> None:
        """The console looked at a part itself."""
        assert name in CHECKED
        now, before = self._clock(), self._checks.get(name)
        since = before.since if before and bool(before.error) == bool(error) else now
        self._checks[name] = Check(error, since, now)
        self._notice()

    def _put(self, seen: Observation) -> None:
        self._seen[seen.service] = seen
        self._notice()

    def _notice(self) -> None:
        """Remember since when something is the matter that does not say so itself."""
        self.version += 1
        now = self._clock()
        found = {name: health_of(seen, now) for name, seen in self._seen.items()}
        found |= {name: health_of_part(name, self.picture, now) for name in PARTS}
        for name, health in found.items():
            why, _ = self._noticed.get(name, (None, now))
            if health.why is None:
                self._noticed.pop(name, None)
            elif health.why != why:
                self._noticed[name] = (health.why, now)

    def _since(self, name: str, health: Health) -> Health:
        why, at = self._noticed.get(name, (None, None))
        if health.since is None and health.why is not None and health.why == why:
            return replace(health, since=at)
        return health

"""A release that can be rolled out, and what its migrations change."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

#: Of a digest, with its algorithm.
_SHOWN = len("sha256:") + 12


class MigrationKind(StrEnum):
    """Whether the release before still works with the tables when a migration has run."""

    EXPAND = "expand"
    CONTRACT = "contract"


@dataclass(frozen=True, slots=True)
class MigrationStep:
    """One migration of a service."""

    revision: str
    title: str
    kind: MigrationKind


@dataclass(frozen=True, slots=True)
class Release:
    """A build: named by its commit or its image's digest; what it brings, and every service's migrations."""

    name: str
    title: str
    made_at: datetime
    migrations: Mapping[str, tuple[MigrationStep, ...]]


@dataclass(frozen=True, slots=True)
class Plan:
    """What a rollout would migrate; not known where the release that runs is not on offer any more."""

    steps: tuple[MigrationStep, ...] = ()
    is_known: bool = True

    @property
    def contracts(self) -> tuple[MigrationStep, ...]:
        """The steps behind which there is no way back."""
        return tuple(step for step in self.steps if step.kind is MigrationKind.CONTRACT)


def plan(service: str, before: Release | None, after: Release) -> Plan:
    """The migrations that `after` has and `before` has not."""
    if before is None:
        return Plan(is_known=False)
    done = {step.revision for step in before.migrations.get(service, ())}
    steps = after.migrations.get(service, ())
    return Plan(tuple(step for step in steps if step.revision not in done))


def short(name: str) -> str:
    """As people read it: of a digest its first figures."""
    return f"{name[:_SHOWN]}…" if name.startswith("sha256:") else name

"""What a run does, in which order: drawn from its seed before anything starts.

Determined by the seed: the visits with their towns, scripts and pauses, and the kills with their
components, each placed after a number of visits have begun. Not determined: the ids that services
make up, how long anything takes, and so what a process is doing when it is killed.
"""

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import islice
from typing import Self

from deploy.names import SERVICES

#: Kinds of kills, and the components that are of a kind.
KINDS = {
    "api": tuple(f"{service}-api" for service in SERVICES),
    "worker": tuple(f"{service}-worker" for service in SERVICES),
    "kafka": ("kafka",),
    "postgres": ("postgres",),
    "valkey": ("valkey",),
}
#: After one of each kind, of ten kills so many are of a kind: there are four of a service's processes.
FREQUENCIES = {"api": 3, "worker": 3, "kafka": 1, "postgres": 2, "valkey": 1}
#: The last visits begin without further kills.
SHARE_UNDER_FIRE = 0.95
TOWNS = 3
SHARE_OF_NEWCOMERS = 0.25
SHARE_OF_VOUCHERS = 0.6


class Script(StrEnum):
    """What a visitor wants."""

    KEEP = "keep"
    CANCEL = "cancel"
    CANCEL_AT_ONCE = "cancel at once"
    COMPLETE = "complete"


WEIGHTS = {Script.KEEP: 4, Script.CANCEL: 4, Script.CANCEL_AT_ONCE: 2, Script.COMPLETE: 7}
OUTSIDER_EVERY = 25


@dataclass(frozen=True, slots=True)
class Visit:
    """One person's booking. `town` is a number; the last one is not eligible. A newcomer registers first."""

    number: int
    pause: float
    town: int
    newcomer: bool
    script: Script


@dataclass(frozen=True, slots=True)
class Kill:
    """A SIGKILL for a component, once `after` visits have begun."""

    number: int
    after: int
    kind: str
    component: str


@dataclass(frozen=True, slots=True)
class Plan:
    """A run, before it happens."""

    seed: int
    visits: Sequence[Visit]
    kills: Sequence[Kill]

    @classmethod
    def draw(cls, seed: int, *, visits: int, kills: int, visits_per_second: float) -> Self:
        """The plan that this seed always gives, for these sizes."""
        chance = random.Random(seed)
        return cls(
            seed,
            [_visit(chance, number, visits_per_second) for number in range(visits)],
            _kills(chance, kills, int(visits * SHARE_UNDER_FIRE)),
        )

    @property
    def vouchers(self) -> int:
        """Fewer than are asked for, so that the limit is reached."""
        return max(1, int(len(self.visits) * SHARE_OF_VOUCHERS))

    def kills_after(self, begun: int) -> list[Kill]:
        """The kills that follow when so many visits have begun."""
        return [kill for kill in self.kills if kill.after == begun]


def _visit(chance: random.Random, number: int, per_second: float) -> Visit:
    outsider = number % OUTSIDER_EVERY == OUTSIDER_EVERY - 1
    return Visit(
        number=number,
        pause=chance.expovariate(per_second),
        town=TOWNS if outsider else chance.randrange(TOWNS),
        newcomer=chance.random() < SHARE_OF_NEWCOMERS,
        script=chance.choices(list(WEIGHTS), list(WEIGHTS.values()))[0],
    )


def _kills(chance: random.Random, count: int, until: int) -> list[Kill]:
    kinds = list(islice(_kinds_for_ever(chance), count))
    moments = sorted(chance.randrange(1, until + 1) for _ in kinds)
    return [
        Kill(number, after, kind, chance.choice(KINDS[kind]))
        for number, (after, kind) in enumerate(zip(moments, kinds, strict=True), 1)
    ]


def _kinds_for_ever(chance: random.Random) -> Iterator[str]:
    yield from chance.sample(list(KINDS), len(KINDS))
    kinds = [kind for kind, count in FREQUENCIES.items() for _ in range(count)]
    while True:
        yield from chance.sample(kinds, len(kinds))

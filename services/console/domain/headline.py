"""One sentence of the whole platform: what stands still, since when, for whom, and what to do."""

from collections.abc import Mapping
from dataclasses import dataclass

from services.console.domain.health import WELL, Health

#: So many tenants are named; of more it is said how many they are.
NAMED = 3


@dataclass(frozen=True, slots=True)
class Headline:
    """The worst trouble, of whom, and how many more there are; without a subject all is well."""

    subject: str = ""
    health: Health = WELL
    more: int = 0

    @property
    def named(self) -> tuple[str, ...]:
        """The ids of the tenants that the sentence names."""
        return self.health.tenants[:NAMED]


def headline(parts: Mapping[str, Health], services: Mapping[str, Health]) -> Headline:
    """Say the worst first: what all share before who needs it, then what began first."""
    found = [*parts.items(), *services.items()]
    order = {name: place for place, (name, _) in enumerate(found)}
    troubles = sorted(
        ((name, health) for name, health in found if not health.is_well),
        key=lambda each: (
            -each[1].condition,
            each[0] not in parts,
            each[1].since.timestamp() if each[1].since else float("inf"),
            order[each[0]],
        ),
    )
    if not troubles:
        return Headline()
    name, health = troubles[0]
    return Headline(name, health, len(troubles) - 1)

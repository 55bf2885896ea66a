"""Who would be eligible, asked before a programme opens: every organisation with why and why not."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from services.voucher.domain.eligibility import Beneficiary, Finding
from services.voucher.domain.terms import Terms

#: Of fewer people no number is told: who they are could be guessed.
FEWEST_PEOPLE: Final = 5


@dataclass(frozen=True, slots=True)
class Audience:
    """An organisation, and how many of its people have a role that the programme asks for."""

    tenant: Beneficiary
    people: int


@dataclass(frozen=True, slots=True)
class Outlook:
    """What the programme would be for one organisation. `people` is None where there are few."""

    tenant: Beneficiary
    findings: Sequence[Finding]
    people: int | None

    @property
    def is_eligible(self) -> bool:
        """Whether its people could claim."""
        return all(each.met for each in self.findings)


@dataclass(frozen=True, slots=True)
class Simulation:
    """Every organisation's outlook, by name. What is open to nobody shows here before it opens."""

    outlooks: Sequence[Outlook]

    @property
    def eligible(self) -> Sequence[Outlook]:
        """The organisations whose people could claim."""
        return [each for each in self.outlooks if each.is_eligible]

    @property
    def people(self) -> int:
        """The people who could claim, without those of organisations that have few."""
        return sum(each.people or 0 for each in self.eligible)

    @property
    def uncounted(self) -> int:
        """The organisations whose people could claim but are too few to be told."""
        return sum(each.people is None for each in self.eligible)


def simulate(terms: Terms, audiences: Iterable[Audience]) -> Simulation:
    """What the terms would mean for these organisations."""
    by_name = sorted(audiences, key=lambda each: (each.tenant.name, each.tenant.tenant_id))
    return Simulation([_outlook(terms, each) for each in by_name])


def _outlook(terms: Terms, audience: Audience) -> Outlook:
    tenant = audience.tenant
    people = audience.people if audience.people >= FEWEST_PEOPLE or not audience.people else None
    return Outlook(tenant, [tenant.standing, *terms.eligibility.of_tenant(tenant)], people)

"""How much a tenant may use, so that none is crowded out; the usual amounts by kind are data here."""

from collections.abc import Mapping
from dataclasses import dataclass

from services.member.domain.organisation import Kind
from services.member.domain.people_errors import TooManyPeopleError


@dataclass(frozen=True, slots=True)
class Quotas:
    """A tenant's limits."""

    people: int
    events_per_day: int
    machine_clients: int
    subscriptions: int


@dataclass(frozen=True, slots=True)
class Headcount:
    """How many people a tenant has, and may have.

    A person counts from being registered until leaving: who has left, whom a directory deleted or gave as
    not active, and who is erased does not.
    """

    present: int
    allowed: int

    def require_room(self, more: int) -> None:
        """Raises TooManyPeopleError if there is no room for so many more."""
        if self.present + more > self.allowed:
            raise TooManyPeopleError(self.allowed)


_SMALL = Quotas(people=10_000, events_per_day=200_000, machine_clients=10, subscriptions=10)
_LARGE = Quotas(people=50_000, events_per_day=1_000_000, machine_clients=20, subscriptions=20)

#: A partner facilitates and employs no learners; its few people do.
USUAL: Mapping[Kind, Quotas] = {
    Kind.MUNICIPALITY: _LARGE,
    Kind.COUNTY: _LARGE,
    Kind.STATE_AGENCY: _LARGE,
    Kind.FEDERAL_AGENCY: _LARGE,
    Kind.UNIVERSITY: _LARGE,
    Kind.MUNICIPAL_COMPANY: _SMALL,
    Kind.PARTNER: Quotas(people=200, events_per_day=50_000, machine_clients=5, subscriptions=5),
}


def quotas_of(kind: Kind) -> Quotas:
    """What is usual for a kind of tenant."""
    return USUAL[kind]

"""How many claims one person and one organisation may have on a programme; a claim counts one in either unit."""

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import NamedTuple
from uuid import UUID
from zoneinfo import ZoneInfo

from services.voucher.domain.eligibility import Finding
from services.voucher.domain.errors import InvalidProgrammeError

MAX_CLAIMS = 10_000_000
_HERE = ZoneInfo("Europe/Berlin")


def month_of(moment: datetime) -> date:
    """The first day of the calendar month in which a claim of that moment counts, as Germany counts months."""
    return moment.astimezone(_HERE).date().replace(day=1)


@dataclass(frozen=True, slots=True)
class Taken:
    """The claims that hold or have used something: of the person, of the organisation, of it this month."""

    person: int = 0
    tenant: int = 0
    month: int = 0


@dataclass(frozen=True, slots=True)
class Limits:
    """The most claims for a person, for an organisation and for it in a month; None sets no limit."""

    per_person: int = 1
    per_tenant: int | None = None
    per_month: int | None = None

    def __post_init__(self) -> None:
        """Refuse limits that let nobody in. Raises InvalidProgrammeError."""
        for limit in (self.per_person, self.per_tenant, self.per_month):
            if limit is not None and not 1 <= limit <= MAX_CLAIMS:
                raise InvalidProgrammeError(
                    f"A limit lies between 1 and {MAX_CLAIMS:,} vouchers. Correct it or leave it out."
                )

    @property
    def of_tenants(self) -> bool:
        """Whether organisations are limited, so that their claims have to be counted."""
        return self.per_tenant is not None or self.per_month is not None

    def findings(self, taken: Taken) -> Iterator[Finding]:
        """What the limits say of one claim more."""
        yield _limit("person", taken.person, self.per_person)
        if self.per_tenant is not None:
            yield _limit("tenant", taken.tenant, self.per_tenant)
        if self.per_month is not None:
            yield _limit("month", taken.month, self.per_month)


def _limit(of: str, taken: int, limit: int) -> Finding:
    met = taken < limit
    code = f"within_{of}_limit" if met else f"{of}_limit_reached"
    return Finding(f"{of}_limit", code, {"taken": taken, "limit": limit}, met=met)


class Place(NamedTuple):
    """Where a claim of an organisation counts: on which funder's programme, and in which month it was made.

    The month is its first day.
    """

    funder_id: UUID
    programme_id: UUID
    tenant_id: UUID
    month: date


@dataclass(slots=True)
class Tally:
    """Who has how many claims, as it is kept and as a batch counts on. The programmes' locks are held.

    `persons` are by programme and person. Organisations are counted on the programmes that limit them, which
    stand with their funders in `limiting`: `months` are by programme, organisation and month.
    """

    persons: Counter[tuple[UUID, UUID]] = field(default_factory=Counter)
    limiting: Mapping[UUID, UUID] = field(default_factory=dict)
    months: dict[tuple[UUID, UUID], Counter[date]] = field(default_factory=dict)
    _changed: set[Place] = field(default_factory=set)

    def taken(self, programme_id: UUID, tenant_id: UUID, person_id: UUID, now: datetime) -> Taken:
        """What a claim that is made now has to be added to."""
        person = self.persons[programme_id, person_id]
        months = self.months.get((programme_id, tenant_id))
        if months is None:
            return Taken(person)
        return Taken(person, months.total(), months[month_of(now)])

    def add(self, programme_id: UUID, tenant_id: UUID, person_id: UUID, made_at: datetime) -> None:
        """Count a claim made then."""
        self._count(1, programme_id, tenant_id, person_id, made_at)

    def remove(
        self, programme_id: UUID, tenant_id: UUID, person_id: UUID, made_at: datetime
    ) -> None:
        """Count a claim made then no more: it was given back."""
        self._count(-1, programme_id, tenant_id, person_id, made_at)

    @property
    def changes(self) -> Mapping[Place, int]:
        """The claims of the places that changed."""
        return {
            place: self.months[place.programme_id, place.tenant_id][place.month]
            for place in self._changed
        }

    def _count(
        self, claims: int, programme_id: UUID, tenant_id: UUID, person_id: UUID, made_at: datetime
    ) -> None:
        self.persons[programme_id, person_id] += claims
        funder_id = self.limiting.get(programme_id)
        if funder_id is None:
            return
        place = Place(funder_id, programme_id, tenant_id, month_of(made_at))
        self.months.setdefault((programme_id, tenant_id), Counter())[place.month] += claims
        self._changed.add(place)

"""How many claims one person and one organisation may have on a programme; a claim counts one in either unit."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
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
    def counts_tenants(self) -> bool:
        """Whether the claims of each organisation have to be counted."""
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

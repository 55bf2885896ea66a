"""Tenants as member tells of them, and what an operator may do with one."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum


class Status(StrEnum):
    """How far a tenant is."""

    APPLIED = "applied"
    APPROVED = "approved"
    ACTIVE = "active"
    SUSPENDED = "suspended"
    LEAVING = "leaving"
    LEFT = "left"
    REFUSED = "refused"


#: Those that are members of the cooperative.
MEMBERS = frozenset({Status.ACTIVE, Status.SUSPENDED, Status.LEAVING})
#: Who gave notice.
COOPERATIVE, MEMBER = "cooperative", "member"


@dataclass(frozen=True, slots=True)
class Tenant:
    """An organisation that applied, and what became of it."""

    tenant_id: str
    name: str
    kind: str
    official_key: str | None
    state: str
    regions: tuple[str, ...]
    contact_email: str
    status: Status
    reason: str | None
    applied_at: datetime
    decided_at: datetime | None
    active_at: datetime | None
    suspension_reason: str | None
    suspended_at: datetime | None
    notice_by: str | None
    notice_reason: str | None
    notice_given_at: datetime | None
    last_day: date | None
    left_at: datetime | None
    last_export_day: date | None

    @property
    def is_member(self) -> bool:
        """Whether it is a member of the cooperative now."""
        return self.status in MEMBERS


@dataclass(frozen=True, slots=True)
class Counts:
    """How many tenants match, by status."""

    by_status: Mapping[Status, int]
    total: int


@dataclass(frozen=True, slots=True)
class Used:
    """What a tenant uses of its quotas."""

    people: int
    machine_clients: int


@dataclass(frozen=True, slots=True)
class Quotas:
    """How much a tenant may use."""

    people: int
    events_per_day: int
    machine_clients: int
    subscriptions: int
    used: Used


@dataclass(frozen=True, slots=True)
class Access:
    """An operator's access to a tenant; it lets in until `until`."""

    access_id: str
    operator: str
    reason: str
    may_change: bool
    granted_at: datetime
    until: datetime
    ended_by: str | None

    def runs(self, now: datetime) -> bool:
        """Whether it lets in now."""
        return now < self.until


@dataclass(frozen=True, slots=True)
class RegisterEntry:
    """An entry of the register of members."""

    number: int
    kind: str
    from_day: date
    shares: int
    cents: int
    name: str | None
    recorded_at: datetime
    recorded_by: str
    ground: str


@dataclass(frozen=True, slots=True)
class Membership:
    """A member's number, and every entry about it."""

    member_number: int
    entries: tuple[RegisterEntry, ...]


@dataclass(frozen=True, slots=True)
class HeldKey:
    """An official key, and from when until before when it holds."""

    official_key: str
    valid_from: date
    valid_to: date | None


@dataclass(frozen=True, slots=True)
class Done:
    """What an operator did to a tenant, and why."""

    at: datetime
    operator: str
    action: str
    subject: str
    reason: str


@dataclass(frozen=True, slots=True)
class TenantSearch:
    """Which tenants are looked for; None stands for any. `text` is of the name, the official key, or the id."""

    text: str | None = None
    status: str | None = None
    kind: str | None = None
    state: str | None = None

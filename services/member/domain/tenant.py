"""An organisation that applies, is approved or refused, becomes active, may be suspended, and leaves."""

from dataclasses import dataclass, replace
from datetime import date, datetime
from enum import StrEnum
from typing import Self
from uuid import UUID

from services.member.domain.cooperative_errors import (
    InvalidLastDayError,
    NoNoticeError,
    NoticeGivenError,
)
from services.member.domain.errors import (
    ApplicationDecidedError,
    TenantNotActiveError,
    TenantStateError,
    TenantSuspendedError,
)
from services.member.domain.organisation import Organisation
from services.member.domain.statutes import Statutes, day_of

TENANT_ADMIN = "tenant-admin"
FUNDER = "funder"


class Status(StrEnum):
    """The states of a tenant.

    applied becomes approved, which becomes active; or refused. Who is leaving may do everything until
    the last day; who is suspended may read its own; who has left may fetch its data until it is deleted.
    """

    APPLIED = "applied"
    APPROVED = "approved"
    ACTIVE = "active"
    SUSPENDED = "suspended"
    LEAVING = "leaving"
    LEFT = "left"
    REFUSED = "refused"


#: The states of those that are members of the cooperative.
MEMBERS = frozenset({Status.ACTIVE, Status.SUSPENDED, Status.LEAVING})


class Party(StrEnum):
    """Who gives notice: the member itself, or the cooperative, which excludes it."""

    MEMBER = "member"
    COOPERATIVE = "cooperative"


@dataclass(frozen=True, slots=True)
class Suspension:
    """Why a tenant may change nothing, and since when."""

    reason: str
    since: datetime


@dataclass(frozen=True, slots=True)
class Notice:
    """Who ended the membership, why, and its last day."""

    by: Party
    reason: str
    given_at: datetime
    last_day: date


@dataclass(slots=True)
class Tenant:
    """A tenant. `applicant` is the account of its first administrator: whoever applied.

    It is empty when an operator applied for the organisation; onboarding then makes an account.
    """

    tenant_id: UUID
    organisation: Organisation
    contact_email: str
    applicant: str
    applied_at: datetime
    status: Status = Status.APPLIED
    reason: str | None = None
    decided_at: datetime | None = None
    active_at: datetime | None = None
    organization_id: str | None = None
    version: int = 1
    shares: int = 1
    suspension: Suspension | None = None
    notice: Notice | None = None
    left_at: datetime | None = None
    last_export_day: date | None = None
    deleted_at: datetime | None = None

    @classmethod
    def apply(
        cls,
        tenant_id: UUID,
        organisation: Organisation,
        contact_email: str,
        applicant: str,
        now: datetime,
        shares: int = 1,
    ) -> Self:
        """Remember an application, and how many shares it would take."""
        return cls(tenant_id, organisation, contact_email, applicant, now, shares=shares)

    @property
    def is_active(self) -> bool:
        """Whether the tenant may use the platform."""
        return self.status in {Status.ACTIVE, Status.LEAVING}

    @property
    def applicant_roles(self) -> tuple[str, ...]:
        """What the first administrator may do: run the tenant; for a ministry, fund programmes too."""
        if self.organisation.kind.rules.funds_programmes:
            return (TENANT_ADMIN, FUNDER)
        return (TENANT_ADMIN,)

    def require_active(self) -> None:
        """Raises TenantSuspendedError or TenantNotActiveError for who may not use the platform."""
        if self.status is Status.SUSPENDED:
            raise TenantSuspendedError
        if not self.is_active:
            raise TenantNotActiveError

    def approve(self, now: datetime) -> bool:
        """Accept the application. Returns whether this did it: true once, whoever repeats it.

        Returns whether it was accepted now. Raises ApplicationDecidedError when it was refused.
        """
        if self.status is Status.APPROVED or self.status in MEMBERS:
            return False
        self._decide(Status.APPROVED, now)
        return True

    def refuse(self, reason: str, now: datetime) -> bool:
        """Turn the application down. Repeating it keeps the first reason.

        Returns whether it was refused now. Raises ApplicationDecidedError when it was approved.
        """
        if self.status is Status.REFUSED:
            return False
        self._decide(Status.REFUSED, now)
        self.reason = reason
        return True

    def activate(self, now: datetime) -> bool:
        """Every step of onboarding is done. Returns whether this made it active: true once."""
        if self.status is not Status.APPROVED:
            return False
        self.active_at = now
        self._become(Status.ACTIVE)
        return True

    def suspend(self, reason: str, now: datetime) -> bool:
        """Let the tenant change nothing. Repeating it keeps the first reason.

        Returns whether it was suspended now. Raises TenantStateError.
        """
        if self.status is Status.SUSPENDED:
            return False
        self._require_member()
        self.suspension = Suspension(reason, now)
        self._become(Status.SUSPENDED)
        return True

    def resume(self) -> bool:
        """Lift the suspension: the tenant is what it would be without it. Repeating it changes nothing.

        Returns whether it was lifted now. Raises TenantStateError.
        """
        self._require_member()
        if self.suspension is None:
            return False
        self.suspension = None
        self._become(Status.LEAVING if self.notice else Status.ACTIVE)
        return True

    def give_notice(
        self,
        by: Party,
        reason: str,
        now: datetime,
        statutes: Statutes,
        last_day: date | None = None,
    ) -> None:
        """End the membership: on the day that the statutes say, unless the cooperative names another.

        The cooperative may exclude who has given notice. Raises TenantStateError, NoticeGivenError or
        InvalidLastDayError.
        """
        self._require_member()
        if self.notice and (by is Party.MEMBER or self.notice.by is Party.COOPERATIVE):
            raise NoticeGivenError(self.notice.last_day.isoformat())
        today = day_of(now)
        if last_day and last_day < today:
            raise InvalidLastDayError
        self.notice = Notice(by, reason, now, last_day or statutes.last_day(today))
        self._become(Status.SUSPENDED if self.suspension else Status.LEAVING)

    def withdraw_notice(self, by: Party) -> None:
        """Whoever gave notice takes it back before the day. Raises TenantStateError or NoNoticeError."""
        self._require_member()
        if self.notice is None or self.notice.by is not by:
            raise NoNoticeError
        self.notice = None
        self._become(Status.SUSPENDED if self.suspension else Status.ACTIVE)

    def leave(self, now: datetime, statutes: Statutes) -> bool:
        """End the membership when its last day is over. Returns whether it ended now."""
        if self.status not in MEMBERS or not self.notice or day_of(now) <= self.notice.last_day:
            return False
        self.left_at = now
        self.last_export_day = statutes.last_export_day(day_of(now))
        self._become(Status.LEFT)
        return True

    def is_deletable(self, now: datetime) -> bool:
        """Whether its time to fetch its data is over, and the data not deleted yet."""
        if self.deleted_at or self.last_export_day is None:
            return False
        return self.last_export_day < day_of(now)

    def delete(self, now: datetime) -> bool:
        """Forget who applied and how to write to the tenant, when its time to fetch its data is over.

        Returns whether that happened now. Name and key stay: the register of members needs them.
        """
        if not self.is_deletable(now):
            return False
        self.contact_email = self.applicant = ""
        self.reason = None
        if self.suspension:
            self.suspension = replace(self.suspension, reason="")
        if self.notice:
            self.notice = replace(self.notice, reason="")
        self.deleted_at = now
        self._become(Status.LEFT)
        return True

    def describe(self, organisation: Organisation) -> bool:
        """Take over another name, key or place. Returns whether anything is different."""
        if organisation == self.organisation:
            return False
        self.organisation = organisation
        self._become(self.status)
        return True

    def _require_member(self) -> None:
        if self.status not in MEMBERS:
            raise TenantStateError(self.status)

    def tell(self) -> None:
        """Something of the tenant's is told that changes nothing here; each telling has a number of its own."""
        self.version += 1

    def _decide(self, decision: Status, now: datetime) -> None:
        if self.status is not Status.APPLIED:
            raise ApplicationDecidedError(self.status)
        self.decided_at = now
        self._become(decision)

    def _become(self, status: Status) -> None:
        self.status = status
        self.version += 1

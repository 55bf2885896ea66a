"""An organisation that applies, is approved or refused, and becomes active when it is onboarded."""

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Self
from uuid import UUID

from services.member.domain.errors import ApplicationDecidedError
from services.member.domain.onboarding import Onboarding, Step
from services.member.domain.organisation import Kind, Organisation

TENANT_ADMIN = "tenant-admin"
FUNDER = "funder"


class Status(StrEnum):
    """The states of a tenant. applied becomes approved, which becomes active; or refused."""

    APPLIED = "applied"
    APPROVED = "approved"
    ACTIVE = "active"
    REFUSED = "refused"


@dataclass(slots=True)
class Tenant:
    """A tenant. `applicant` is the token subject of whoever applied: its first administrator."""

    tenant_id: UUID
    organisation: Organisation
    contact_email: str
    applicant: str
    applied_at: datetime
    status: Status = Status.APPLIED
    reason: str | None = None
    decided_at: datetime | None = None
    active_at: datetime | None = None
    onboarding: Onboarding = field(default_factory=Onboarding)
    version: int = 1

    @classmethod
    def apply(
        cls,
        tenant_id: UUID,
        organisation: Organisation,
        contact_email: str,
        applicant: str,
        now: datetime,
    ) -> Self:
        """Remember an application."""
        return cls(tenant_id, organisation, contact_email, applicant, now)

    @property
    def is_active(self) -> bool:
        """Whether the tenant may use the platform."""
        return self.status is Status.ACTIVE

    @property
    def applicant_roles(self) -> tuple[str, ...]:
        """What the first administrator may do: run the tenant; for a ministry, fund programmes too."""
        if self.organisation.kind is Kind.STATE_AGENCY:
            return (TENANT_ADMIN, FUNDER)
        return (TENANT_ADMIN,)

    def approve(self, now: datetime) -> None:
        """Accept the application and let onboarding start. Repeating it changes nothing.

        Raises ApplicationDecidedError when it was refused.
        """
        if self.status in {Status.APPROVED, Status.ACTIVE}:
            return
        self._decide(Status.APPROVED, now)
        self.onboarding.start(now)

    def refuse(self, reason: str, now: datetime) -> None:
        """Turn the application down. Repeating it keeps the first reason.

        Raises ApplicationDecidedError when it was approved.
        """
        if self.status is Status.REFUSED:
            return
        self._decide(Status.REFUSED, now)
        self.reason = reason

    def take(self, step: Step, now: datetime) -> bool:
        """Mark a step of onboarding as done; after the last the tenant is active.

        Returns whether this made it active: true once, whoever repeats it.
        """
        if self.status is not Status.APPROVED:
            return False
        self.onboarding.mark(step)
        if self.onboarding.next_step:
            return False
        self.active_at = now
        self.onboarding.due_at = None
        self._become(Status.ACTIVE)
        return True

    def _decide(self, decision: Status, now: datetime) -> None:
        if self.status is not Status.APPLIED:
            raise ApplicationDecidedError(self.status)
        self.decided_at = now
        self._become(decision)

    def _become(self, status: Status) -> None:
        self.status = status
        self.version += 1

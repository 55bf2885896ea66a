"""How far a tenant is on its way in or out, as the HTTP contract tells it."""

from datetime import datetime
from hashlib import sha256
from typing import Self
from uuid import UUID

from services.member.application.queries import UnderWay
from services.member.domain.onboarding import RULES, Direction, Process, State, Step
from services.member.domain.organisation import Kind
from services.member.domain.tenant import Status, Tenant
from shared.http.fields import Body, Description, View


class RetryBody(Body):
    """Which step that failed is to be tried again at once, and why. Name no person."""

    step: Step
    reason: Description = ""


class AttemptView(View):
    """An attempt at a step that has ended; without an error it succeeded. Another service's has the number 0."""

    step: Step
    number: int
    ended_at: datetime
    error: str | None


class StepView(View):
    """One step. `needed` says whether the tenant's becoming active waits for it."""

    step: Step
    state: State
    needed: bool
    attempts: int
    error: str | None
    started_at: datetime | None
    done_at: datetime | None
    due_at: datetime | None


class OnboardingView(View):
    """Every step of a tenant's way in; of its way out, once it has left."""

    tenant_id: UUID
    status: Status
    direction: Direction
    is_complete: bool
    steps: tuple[StepView, ...]

    @classmethod
    def tell(cls, tenant: Tenant, process: Process | None) -> Self:
        """The view of a tenant's process; there is none before it is approved."""
        direction = process.direction if process else Direction.OPENING
        return cls(
            tenant_id=tenant.tenant_id,
            status=tenant.status,
            direction=direction,
            is_complete=process is not None and process.is_complete,
            steps=tuple(
                StepView(
                    step=step,
                    state=progress.state,
                    needed=RULES[direction][step].needed,
                    attempts=progress.attempts,
                    error=progress.error,
                    started_at=progress.started_at,
                    done_at=progress.done_at,
                    due_at=progress.due_at,
                )
                for step, progress in (process.steps.items() if process else ())
            ),
        )

    @property
    def fingerprint(self) -> str:
        """The same for the same state: who has seen it needs it no second time."""
        return sha256(self.model_dump_json().encode()).hexdigest()[:24]


class UnderWayView(View):
    """Who waits for a decision or is on the way in or out, as the cooperative's staff sees it."""

    name: str
    kind: Kind
    state: str
    applied_at: datetime
    decided_at: datetime | None
    onboarding: OnboardingView

    @classmethod
    def tell(cls, found: UnderWay) -> Self:
        """The view of one that is under way."""
        tenant = found.tenant
        return cls(
            name=tenant.organisation.name,
            kind=tenant.organisation.kind,
            state=tenant.organisation.state,
            applied_at=tenant.applied_at,
            decided_at=tenant.decided_at,
            onboarding=OnboardingView.tell(tenant, found.process),
        )

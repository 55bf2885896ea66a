"""What an operator may do with a tenant: when, with which effect, and why not now."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from services.console.domain.onboarding import Onboarding, State
from services.console.domain.operator import OPERATOR, Operator
from services.console.domain.tenant import COOPERATIVE, Status, Tenant
from services.console.domain.wording import msg

#: Why an act is not possible now; None if it is.
Obstacle = Callable[[Tenant, Onboarding | None], str | None]

NOT_OPERATOR: Final = msg("This needs the role operator.")


@dataclass(frozen=True, slots=True)
class Act:
    """An act: `effect` is what its confirmation says. `path` is member's address below the tenant's own."""

    name: str
    label: str
    effect: str
    path: str
    obstacle: Obstacle
    needs_reason: bool = True
    takes_day: bool = False
    takes_step: bool = False
    is_dangerous: bool = False


@dataclass(frozen=True, slots=True)
class Offer:
    """An act as it is offered to somebody now; disabled with the reason if it is not possible."""

    act: Act
    reason: str | None

    @property
    def is_allowed(self) -> bool:
        """Whether it may be done now."""
        return self.reason is None


def _only(status: Status, otherwise: str) -> Obstacle:
    return lambda tenant, _way: None if tenant.status is status else otherwise


def _suspend(tenant: Tenant, _way: Onboarding | None) -> str | None:
    if tenant.status is Status.SUSPENDED:
        return msg("It is suspended already.")
    return None if tenant.is_member else msg("Only a member can be suspended.")


def _exclude(tenant: Tenant, _way: Onboarding | None) -> str | None:
    if tenant.notice_by == COOPERATIVE:
        return msg("It is excluded already.")
    return None if tenant.is_member else msg("Only a member can be excluded.")


def _withdraw(tenant: Tenant, _way: Onboarding | None) -> str | None:
    if tenant.is_member and tenant.notice_by == COOPERATIVE:
        return None
    return msg("There is no exclusion that has not taken effect.")


def _retry(_tenant: Tenant, way: Onboarding | None) -> str | None:
    return None if way and way.has_failed else msg("No step has failed.")


def _invite(_tenant: Tenant, way: Onboarding | None) -> str | None:
    if way and way.was_invited:
        return None
    return msg("Nobody was invited, or the letter has not gone out yet.")


_DECIDED: Final = msg("The application is decided.")

ACTS: Final[Mapping[str, Act]] = {
    act.name: act
    for act in (
        Act(
            "approve",
            msg("Approve"),
            msg("It becomes a member with its shares, and is brought onto the platform at once."),
            "/v1/applications/{tenant_id}/approval",
            _only(Status.APPLIED, _DECIDED),
            needs_reason=False,
        ),
        Act(
            "refuse",
            msg("Refuse"),
            msg(
                "The application ends. The applicant reads the reason. Its official key is free for another application."
            ),
            "/v1/applications/{tenant_id}/refusal",
            _only(Status.APPLIED, _DECIDED),
        ),
        Act(
            "retry",
            msg("Try a step again"),
            msg("A worker takes the step now instead of after its pause."),
            "/v1/applications/{tenant_id}/onboarding/retry",
            _retry,
            takes_step=True,
        ),
        Act(
            "invite",
            msg("Invite again"),
            msg("The first administrator gets another letter to set a password."),
            "/v1/applications/{tenant_id}/invitation",
            _invite,
            needs_reason=False,
        ),
        Act(
            "suspend",
            msg("Suspend"),
            msg(
                "From now on nobody of this tenant can change anything, in any service. They can still read. The tenant reads the reason."
            ),
            "/v1/tenants/{tenant_id}/suspension",
            _suspend,
            is_dangerous=True,
        ),
        Act(
            "lift",
            msg("Lift the suspension"),
            msg("The tenant can do again what it could before."),
            "/v1/tenants/{tenant_id}/suspension/lifting",
            _only(Status.SUSPENDED, msg("It is not suspended.")),
        ),
        Act(
            "exclude",
            msg("Exclude"),
            msg(
                "The membership ends on the last day; until then the tenant can do everything. After it the tenant can only fetch its data, and when that time is over the data is deleted. The tenant reads the reason."
            ),
            "/v1/tenants/{tenant_id}/exclusion",
            _exclude,
            takes_day=True,
            is_dangerous=True,
        ),
        Act(
            "withdraw",
            msg("Withdraw the exclusion"),
            msg("The tenant stays a member."),
            "/v1/tenants/{tenant_id}/exclusion/withdrawal",
            _withdraw,
        ),
    )
}


def offers(tenant: Tenant, way: Onboarding | None, operator: Operator) -> Sequence[Offer]:
    """Every act, for somebody, now; those that are possible come first."""
    made = [offer(act, tenant, way, operator) for act in ACTS.values()]
    return sorted(made, key=lambda each: not each.is_allowed)


def offer(act: Act, tenant: Tenant, way: Onboarding | None, operator: Operator) -> Offer:
    """An act, for somebody, now."""
    if not operator.is_allowed(OPERATOR):
        return Offer(act, NOT_OPERATOR)
    return Offer(act, act.obstacle(tenant, way))


def failed_steps(way: Onboarding | None) -> Sequence[str]:
    """The steps that can be tried again."""
    return [each.step for each in way.steps if each.state is State.FAILED] if way else []

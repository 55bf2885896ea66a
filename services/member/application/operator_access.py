"""Operators come into a tenant: granted with a reason, ended by either side, written down for the tenant."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from services.member.application import outgoing
from services.member.application.ports import UnitOfWork
from services.member.domain.access_errors import TenantNeverActiveError
from services.member.domain.audit import Action, Entry
from services.member.domain.operator_access import EndedBy, OperatorAccess
from shared.envelope import Cause


@dataclass(frozen=True, slots=True)
class GrantAccess:
    """An operator asks to act for a tenant."""

    tenant_id: UUID
    access_id: UUID
    operator: str
    reason: str
    may_change: bool
    duration: timedelta
    cause: Cause


@dataclass(frozen=True, slots=True)
class EndAccess:
    """Somebody ends an access."""

    tenant_id: UUID
    access_id: UUID
    actor: str
    by: EndedBy
    cause: Cause


async def grant_operator_access(
    work: UnitOfWork, command: GrantAccess, now: datetime
) -> OperatorAccess | None:
    """Let the operator in; None when there is no such tenant.

    Raises AccessTooLongError, and TenantNeverActiveError: there is nothing yet to act on.
    """
    tenant = await work.tenants.get(command.tenant_id)
    if tenant is None:
        return None
    if tenant.active_at is None:
        raise TenantNeverActiveError
    access = OperatorAccess.grant(
        command.tenant_id,
        command.access_id,
        operator=command.operator,
        reason=command.reason,
        may_change=command.may_change,
        now=now,
        duration=command.duration,
    )
    await work.operator_accesses.save(access)
    await work.audit.add(_entry(access, command.operator, Action.ACCESS_GRANTED, now))
    work.publish(outgoing.operator_access_granted(access, command.cause))
    return access


async def end_operator_access(
    work: UnitOfWork, command: EndAccess, now: datetime
) -> OperatorAccess | None:
    """Let the operator in no more; None when the tenant has no such access. Repeating it changes nothing."""
    access = await work.operator_accesses.lock(command.access_id)
    if access and access.end(command.by, now):
        await work.operator_accesses.save(access)
        await work.audit.add(_entry(access, command.actor, Action.ACCESS_ENDED, now))
        work.publish(outgoing.operator_access_ended(access, command.cause))
    return access


def _entry(access: OperatorAccess, actor: str, action: Action, now: datetime) -> Entry:
    return Entry(access.tenant_id, now, actor, action, str(access.access_id), access.reason)

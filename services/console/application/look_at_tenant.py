"""Everything that a tenant's page shows, asked for at once; what does not answer is shown as that."""

import asyncio
from collections.abc import Awaitable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeVar

from services.console.application.ports import Services
from services.console.application.tenant_ports import Subscriptions, Tenants
from services.console.domain.errors import ServiceRefusedError, ServiceTroubleError
from services.console.domain.onboarding import Attempt, Onboarding
from services.console.domain.subscription import Subscription
from services.console.domain.tenant import Access, Done, HeldKey, Membership, Quotas, Tenant

T = TypeVar("T")

LETTERS, SUBSCRIPTIONS = 100, 100
NOT_FOUND = 404


@dataclass(frozen=True, slots=True)
class Letter:
    """A dead letter as a line of a list."""

    id: int
    type: str | None
    error: str
    failed_at: datetime
    correlation_id: str | None


@dataclass(frozen=True, slots=True)
class TenantPage:
    """A tenant, and around it what is known or why it is not; None where there is none."""

    tenant: Tenant
    onboarding: Onboarding | ServiceTroubleError
    quotas: Quotas | ServiceTroubleError | None
    accesses: Sequence[Access] | ServiceTroubleError
    subscriptions: Sequence[Subscription] | ServiceTroubleError
    letters: Mapping[str, Sequence[Letter] | ServiceTroubleError]

    @property
    def way(self) -> Onboarding | None:
        """The onboarding, if it is known."""
        return self.onboarding if isinstance(self.onboarding, Onboarding) else None


@dataclass(frozen=True, slots=True)
class TenantHistory:
    """What has become of a tenant over time."""

    tenant: Tenant
    attempts: Sequence[Attempt] | ServiceTroubleError
    done: Sequence[Done] | ServiceTroubleError
    membership: Membership | ServiceTroubleError | None
    official_keys: Sequence[HeldKey] | ServiceTroubleError

    @property
    def operators(self) -> Iterable[str]:
        """Who of the cooperative did something."""
        if not isinstance(self.done, ServiceTroubleError):
            yield from (each.operator for each in self.done)
        if isinstance(self.membership, Membership):
            yield from (each.recorded_by for each in self.membership.entries)


async def look_at_tenant(
    tenants: Tenants, subscriptions: Subscriptions, services: Services, token: str, tenant_id: str
) -> TenantPage:
    """The page. Raises a ServiceTroubleError when the tenant itself is not to be had."""
    tenant, onboarding, quotas, accesses, found, letters = await asyncio.gather(
        tenants.get(token, tenant_id),
        told(tenants.onboarding(token, tenant_id)),
        told_if_any(tenants.quotas(token, tenant_id)),
        told(tenants.accesses(token, tenant_id)),
        told(subscriptions.search(token, SUBSCRIPTIONS, 0, tenant_id=tenant_id)),
        letters_of(services, token, tenant_id),
    )
    return TenantPage(tenant, onboarding, quotas, accesses, found, letters)


async def look_back(tenants: Tenants, token: str, tenant_id: str) -> TenantHistory:
    """The history. Raises a ServiceTroubleError when the tenant itself is not to be had."""
    tenant, attempts, done, membership, keys = await asyncio.gather(
        tenants.get(token, tenant_id),
        told(tenants.attempts(token, tenant_id)),
        told(tenants.done(token, tenant_id)),
        told_if_any(tenants.membership(token, tenant_id)),
        told(tenants.official_keys(token, tenant_id)),
    )
    return TenantHistory(tenant, attempts, done, membership, keys)


async def letters_of(
    services: Services, token: str, tenant_id: str
) -> Mapping[str, Sequence[Letter] | ServiceTroubleError]:
    """The oldest dead letters of a tenant, by service."""
    path = "/v1/operations/dead-letters"
    return await services.everywhere(path, token, _letters, tenant_id=tenant_id, limit=LETTERS)


async def told(answer: Awaitable[T]) -> T | ServiceTroubleError:
    """What a service tells, or the trouble with it."""
    try:
        return await answer
    except ServiceTroubleError as trouble:
        return trouble


async def told_if_any(answer: Awaitable[T]) -> T | ServiceTroubleError | None:
    """The same of something that there may not be."""
    try:
        return await answer
    except ServiceRefusedError as refusal:
        return None if refusal.problem.status == NOT_FOUND else refusal
    except ServiceTroubleError as trouble:
        return trouble


def _letters(answer: Any) -> Sequence[Letter]:
    return [
        Letter(
            each["id"],
            each["type"],
            each["error"],
            datetime.fromisoformat(each["failed_at"]),
            each["correlation_id"],
        )
        for each in answer
    ]

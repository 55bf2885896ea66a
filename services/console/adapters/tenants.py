"""Tenants at the member service, over HTTP."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any, Final, cast

from pydantic import TypeAdapter

from services.console.application.ports import Services
from services.console.domain.onboarding import Attempt, Onboarding, UnderWay
from services.console.domain.tenant import (
    Access,
    Counts,
    Done,
    HeldKey,
    Membership,
    Quotas,
    Tenant,
    TenantSearch,
)
from services.console.domain.tenant_acts import Act

MEMBER: Final = "member"
NEWEST: Final = 100

_COUNTS = TypeAdapter(Counts)
_TENANT = TypeAdapter(Tenant)
_ONBOARDING = TypeAdapter(Onboarding)
_UNDER_WAY = TypeAdapter(tuple[UnderWay, ...])
_ATTEMPTS = TypeAdapter(tuple[Attempt, ...])
_QUOTAS = TypeAdapter(Quotas)
_MEMBERSHIP = TypeAdapter(Membership)
_KEYS = TypeAdapter(tuple[HeldKey, ...])
_ACCESSES = TypeAdapter(tuple[Access, ...])
_DONE = TypeAdapter(tuple[Done, ...])


class MemberTenants:
    """Tenants as the member service tells of them."""

    def __init__(self, services: Services) -> None:
        self._services = services

    async def search(
        self, token: str, wanted: TenantSearch, limit: int, offset: int
    ) -> Sequence[Tenant]:
        """Those that match, by name."""
        query = {**asdict(wanted), "order": "name", "limit": limit, "offset": offset}
        found = await self._services.get(MEMBER, "/v1/applications", token, _tenants, **query)
        return cast("Sequence[Tenant]", found)

    async def counts(self, token: str, wanted: TenantSearch) -> Counts:
        """How many match."""
        path = "/v1/applications/counts"
        return cast("Counts", await self._get(path, token, _COUNTS, **asdict(wanted)))

    async def get(self, token: str, tenant_id: str) -> Tenant:
        """One tenant."""
        found = await self._services.get(MEMBER, _application(tenant_id), token, _tenant)
        return cast("Tenant", found)

    async def under_way(self, token: str, limit: int) -> Sequence[UnderWay]:
        """Who waits for a decision, is on the way, or was decided on in the last hour."""
        found = await self._get("/v1/onboardings", token, _UNDER_WAY, limit=limit)
        return cast("Sequence[UnderWay]", found)

    async def onboarding(self, token: str, tenant_id: str) -> Onboarding:
        """Its steps."""
        path = f"{_application(tenant_id)}/onboarding"
        return cast("Onboarding", await self._get(path, token, _ONBOARDING))

    async def attempts(self, token: str, tenant_id: str) -> Sequence[Attempt]:
        """The newest attempts at its steps."""
        path = f"{_application(tenant_id)}/onboarding/attempts"
        return cast("Sequence[Attempt]", await self._get(path, token, _ATTEMPTS, limit=NEWEST))

    async def quotas(self, token: str, tenant_id: str) -> Quotas:
        """How much it may use, and uses."""
        path = f"{_own(tenant_id)}/quotas"
        return cast("Quotas", await self._get(path, token, _QUOTAS))

    async def membership(self, token: str, tenant_id: str) -> Membership:
        """What the register of members has of it."""
        return cast("Membership", await self._get(f"/v1/register/{tenant_id}", token, _MEMBERSHIP))

    async def official_keys(self, token: str, tenant_id: str) -> Sequence[HeldKey]:
        """The official keys over time."""
        path = f"{_own(tenant_id)}/official-keys"
        return cast("Sequence[HeldKey]", await self._get(path, token, _KEYS))

    async def accesses(self, token: str, tenant_id: str) -> Sequence[Access]:
        """The newest accesses of operators."""
        path = f"{_own(tenant_id)}/access"
        return cast("Sequence[Access]", await self._get(path, token, _ACCESSES, limit=NEWEST))

    async def done(self, token: str, tenant_id: str) -> Sequence[Done]:
        """What operators did to it, newest first."""
        path = "/v1/operations/log"
        found = await self._get(path, token, _DONE, text=tenant_id, limit=NEWEST)
        return cast("Sequence[Done]", found)

    async def act(self, token: str, tenant_id: str, act: Act, body: Mapping[str, Any]) -> None:
        """Do it."""
        path = act.path.format(tenant_id=tenant_id)
        await self._services.act("POST", MEMBER, path, token, body=body or None)

    async def change_quotas(self, token: str, tenant_id: str, body: Mapping[str, Any]) -> None:
        """Let it use more or less."""
        await self._services.act("PUT", MEMBER, f"{_own(tenant_id)}/quotas", token, body=body)

    async def ask_access(self, token: str, tenant_id: str, body: Mapping[str, Any]) -> None:
        """Come in for some hours."""
        await self._services.act("POST", MEMBER, f"{_own(tenant_id)}/access", token, body=body)

    async def end_access(self, token: str, tenant_id: str, access_id: str) -> None:
        """Go out before the time is over."""
        path = f"{_own(tenant_id)}/access/{access_id}/end"
        await self._services.act("POST", MEMBER, path, token)

    async def _get(self, path: str, token: str, form: TypeAdapter[Any], **query: Any) -> Any:
        return await self._services.get(MEMBER, path, token, form.validate_python, **query)


def _application(tenant_id: str) -> str:
    return f"/v1/applications/{tenant_id}"


def _own(tenant_id: str) -> str:
    return f"/v1/tenants/{tenant_id}"


def _tenant(answer: Any) -> Tenant:
    return _TENANT.validate_python(answer["tenant"])


def _tenants(answer: Any) -> Sequence[Tenant]:
    return [_tenant(each) for each in answer]

"""Tenants are named to operators; others read ids."""

from collections.abc import Iterable, Mapping

from fastapi import Request

from services.console.application.tenant_names import TenantNames
from services.console.domain.operator import OPERATOR, Operator


async def names_for(
    request: Request, visitor: Operator, tenant_ids: Iterable[str]
) -> Mapping[str, str]:
    """What tenants are called, as far as the visitor may know and member tells."""
    names: TenantNames = request.app.state.tenant_names
    return await names.of(tenant_ids, visitor.token) if visitor.is_allowed(OPERATOR) else {}

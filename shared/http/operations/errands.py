"""Data that names people is shown to an operator who has come into their tenant, with a reason."""

from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncEngine

from shared.auth.dependencies import operator_access_missing
from shared.auth.operator_access import Errand, OperatorAccess
from shared.auth.tokens import Caller


async def require_access(
    engine: AsyncEngine, caller: Caller, tenant: str | None, action: str
) -> None:
    """Raise Problem 403 unless the caller has a running access to the tenant, which sees the action."""
    try:
        tenant_id = UUID(tenant or "")
    except ValueError:
        admitted = False  # whose people it names is not known
    else:
        errand = Errand(caller.subject, tenant_id, action, changes=False)
        admitted = await OperatorAccess(engine).admit(errand)
    if not admitted:
        raise operator_access_missing()

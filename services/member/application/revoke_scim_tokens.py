"""A tenant's SCIM tokens are revoked: one by its administrator, all when the tenant is offboarded."""

from datetime import datetime
from uuid import UUID

from services.member.application.ports import UnitOfWork
from services.member.domain.scim_token import ScimToken


async def revoke_scim_token(
    work: UnitOfWork, tenant_id: UUID, token_id: UUID, now: datetime
) -> ScimToken | None:
    """It opens nothing from now on; None when the tenant has no such token."""
    tokens = [each for each in await work.scim_tokens.all(tenant_id) if each.token_id == token_id]
    for token in tokens:
        token.revoke(now)
    await work.scim_tokens.save(tokens)
    return tokens[0] if tokens else None


async def revoke_scim_tokens(work: UnitOfWork, tenant_id: UUID, now: datetime) -> None:
    """None of them opens anything from now on. Repeating it changes nothing."""
    tokens = await work.scim_tokens.all(tenant_id)
    for token in tokens:
        token.revoke(now)
    await work.scim_tokens.save(tokens)

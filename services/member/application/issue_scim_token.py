"""A tenant's administrator makes a token for the tenant's identity system."""

from datetime import datetime
from uuid import UUID

from services.member.application.ports import UnitOfWork
from services.member.application.register_people import require_active
from services.member.domain.scim_token import ScimToken, new_token


async def issue_scim_token(
    work: UnitOfWork, tenant_id: UUID, token_id: UUID, secret: str, now: datetime
) -> ScimToken:
    """Keep the digest of a secret. Raises TenantNotActiveError or TooManyScimTokensError."""
    await require_active(work, tenant_id)
    token = new_token(tenant_id, token_id, secret, await work.scim_tokens.all(tenant_id), now)
    await work.scim_tokens.save([token])
    return token

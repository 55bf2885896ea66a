"""A tenant proves that a domain is its own: it publishes what it is told, and the DNS is asked."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from services.member.application.ports import UnitOfWork
from services.member.application.register_people import require_active
from services.member.domain.onboarding_errors import TooManyDomainsError
from services.member.domain.web_domain import WebDomain

MAX_DOMAINS = 20


async def claim_domain(
    work: UnitOfWork, tenant_id: UUID, domain: str, challenge: str, now: datetime
) -> WebDomain:
    """Say what to publish; repeating it says the same. Raises MalformedDomainError, TooManyDomainsError."""
    await require_active(work, tenant_id)
    claimed = WebDomain.claim(tenant_id, domain, challenge, now)
    known = await work.domains.all(tenant_id)
    for each in known:
        if each.domain == claimed.domain:
            return each
    if len(known) >= MAX_DOMAINS:
        raise TooManyDomainsError(MAX_DOMAINS)
    await work.domains.save(claimed)
    return claimed


async def verify_domain(
    work: UnitOfWork, tenant_id: UUID, domain: str, published: Sequence[str], now: datetime
) -> WebDomain | None:
    """Compare what the DNS says; None when the tenant does not claim it. Raises DomainUnprovedError, DomainTakenError."""
    await require_active(work, tenant_id)
    claimed = await work.domains.get(tenant_id, domain)
    if claimed:
        claimed.verify(list(published), now)
        await work.domains.save(claimed)
    return claimed

"""Addresses to prove that a domain is one's own."""

from datetime import datetime
from secrets import token_hex
from typing import Annotated

from fastapi import APIRouter, Request
from pydantic import AfterValidator, StringConstraints

from services.member.application.outside import NameServers
from services.member.application.prove_domain import claim_domain, verify_domain
from services.member.domain.web_domain import MAX_LENGTH, domain_name
from services.member.entrypoints.dependencies import Units, outages_told
from shared.auth.dependencies import TenantAdmin
from shared.clock import utc_now
from shared.http.fields import Body, View
from shared.http.problems import not_found

CHALLENGE_BYTES = 20

DomainText = Annotated[
    str, StringConstraints(min_length=1, max_length=MAX_LENGTH), AfterValidator(domain_name)
]

router = APIRouter(prefix="/v1/tenant", tags=["member"])


class DomainBody(Body):
    """A domain as in your people's e-mail addresses."""

    domain: DomainText


class DomainView(View):
    """A domain, and the TXT record that proves it."""

    domain: str
    record_name: str
    record_value: str
    claimed_at: datetime
    verified_at: datetime | None


@router.get("/domains")
async def get_domains(caller: TenantAdmin, opened: Units) -> list[DomainView]:
    """The domains that you claim, and have proved."""
    async with opened([caller.tenant_id]) as work:
        return [DomainView.of(each) for each in await work.domains.all(caller.tenant_id)]


@router.post("/domains", status_code=201)
async def post_domain(body: DomainBody, caller: TenantAdmin, opened: Units) -> DomainView:
    """Claim a domain: publish the TXT record that the answer names. Repeating it gives the same answer."""
    async with opened([caller.tenant_id]) as work:
        challenge = token_hex(CHALLENGE_BYTES)
        return DomainView.of(
            await claim_domain(work, caller.tenant_id, body.domain, challenge, utc_now())
        )


@router.post("/domains/{domain}/verification")
async def post_verification(
    domain: DomainText,
    caller: TenantAdmin,
    opened: Units,
    request: Request,
) -> DomainView:
    """Have the record looked up. Once proved, a domain stays yours."""
    async with opened([caller.tenant_id]) as work:
        claimed = await work.domains.get(caller.tenant_id, domain)
    if claimed is None:
        raise not_found("domain")
    servers: NameServers = request.app.state.name_servers
    with outages_told():
        published = await servers.texts(claimed.record_name)
    async with opened([caller.tenant_id]) as work:
        verified = await verify_domain(work, caller.tenant_id, domain, published, utc_now())
        if verified is None:
            raise not_found("domain")
        return DomainView.of(verified)

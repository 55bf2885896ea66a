"""Addresses for the tokens of a tenant's identity system."""

from secrets import token_urlsafe
from uuid import UUID, uuid4

from fastapi import APIRouter

from services.member.application.issue_scim_token import issue_scim_token
from services.member.application.revoke_scim_tokens import revoke_scim_token
from services.member.domain.scim_token import PREFIX
from services.member.entrypoints.dependencies import Units
from services.member.entrypoints.people_bodies import NewScimTokenView, ScimTokenView
from shared.auth.dependencies import OwnAdmin
from shared.clock import utc_now
from shared.http.problems import not_found

SECRET_BYTES = 32


router = APIRouter(prefix="/v1/scim-tokens", tags=["member"])


@router.post("", status_code=201)
async def post_scim_token(caller: OwnAdmin, opened: Units) -> NewScimTokenView:
    """Make a token for your identity system. Its secret is shown this once; two may be valid at a time."""
    secret = PREFIX + token_urlsafe(SECRET_BYTES)
    async with opened([caller.tenant_id]) as work:
        token = await issue_scim_token(work, caller.tenant_id, uuid4(), secret, utc_now())
        return NewScimTokenView.with_secret(token, secret)


@router.get("")
async def get_scim_tokens(caller: OwnAdmin, opened: Units) -> list[ScimTokenView]:
    """Your tokens, newest first, without their secrets."""
    async with opened([caller.tenant_id]) as work:
        return [ScimTokenView.of(each) for each in await work.scim_tokens.all(caller.tenant_id)]


@router.delete("/{token_id}")
async def delete_scim_token(token_id: UUID, caller: OwnAdmin, opened: Units) -> ScimTokenView:
    """Revoke a token, at once and for ever. Repeating it changes nothing."""
    async with opened([caller.tenant_id]) as work:
        token = await revoke_scim_token(work, caller.tenant_id, token_id, utc_now())
        if token is None:
            raise not_found("SCIM token")
        return ScimTokenView.of(token)

"""Addresses for how a tenant looks."""

from fastapi import APIRouter

from services.member.application.brand_tenant import brand_tenant
from services.member.entrypoints.brand_bodies import BrandBody, BrandView
from services.member.entrypoints.dependencies import Units
from shared.auth.dependencies import TenantAdmin, TenantMember
from shared.envelope import Cause
from shared.http.middleware import current_traceparent
from shared.http.problems import not_found
from shared.telemetry.logs import correlation_id

router = APIRouter(prefix="/v1", tags=["member"])


@router.get("/tenant/brand")
async def get_brand(caller: TenantMember, opened: Units) -> BrandView:
    """How your organisation looks on pages and certificates."""
    async with opened([caller.tenant_id]) as work:
        brand = await work.brands.get(caller.tenant_id)
        if brand is None:
            raise not_found("brand")
        return BrandView.of(brand)


@router.put("/tenant/brand")
async def put_brand(body: BrandBody, caller: TenantAdmin, opened: Units) -> BrandView:
    """Choose how your organisation looks. Repeating it changes nothing."""
    brand = body.brand()
    async with opened([caller.tenant_id]) as work:
        cause = Cause(correlation_id.get(), traceparent=current_traceparent())
        await brand_tenant(work, caller.tenant_id, brand, cause)
        return BrandView.of(brand)

"""The HTTP contract of who may use programmes: which would pay for what, and why or why not."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query

from services.voucher.application.check_claims import Check, CheckClaim, check_claims
from services.voucher.domain.errors import TenantNotKnownError, VoucherError
from services.voucher.domain.terms import MAX_CENTS
from services.voucher.entrypoints.api import Units
from services.voucher.entrypoints.checking import Checker
from services.voucher.entrypoints.languages import Speaks
from services.voucher.entrypoints.programme_bodies import (
    CheckBody,
    CheckView,
    EligibilityView,
)
from shared.auth.dependencies import TenantMember
from shared.clock import utc_now
from shared.http.fields import Key
from shared.http.problems import not_found

router = APIRouter(prefix="/v1/programmes", tags=["programmes"])


@router.get("/for")
async def get_programmes_for(
    caller: TenantMember,
    opened: Units,
    language: Speaks,
    person_id: UUID,
    offer_id: UUID,
    offer_kind: Key,
    competence_field: Annotated[list[Key], Query(max_length=20)] = [],  # noqa: B006
    price_cents: Annotated[int | None, Query(ge=0, le=MAX_CENTS)] = None,
) -> list[CheckView]:
    """Which open programmes would pay an offer for one of your people, in the order in which they would.

    Those that would not are there too, with the reasons. Nothing is held by asking.
    """
    body = CheckBody(
        person_id=person_id,
        offer_id=offer_id,
        offer_kind=offer_kind,
        competence_fields=frozenset(competence_field),
        price_cents=price_cents,
    )
    question = CheckClaim(caller.tenant_id, person_id, body.item())
    return [CheckView.said(each, language) for each in await _asked(opened, question)]


@router.post("/{programme_id}/checks")
async def post_check(
    programme_id: UUID, body: CheckBody, caller: TenantMember, checker: Checker, language: Speaks
) -> CheckView:
    """Whether a programme would pay an offer for one of your people now. Nothing is held by asking."""
    question = CheckClaim(caller.tenant_id, body.person_id, body.item(), programme_id)
    return CheckView.said(await checker.check(question), language)


@router.get("/{programme_id}/eligibility")
async def get_eligibility(
    programme_id: UUID, caller: TenantMember, opened: Units, language: Speaks
) -> EligibilityView:
    """Whether your organisation may use any funder's programme, and why or why not."""
    async with opened([caller.tenant_id]) as work:
        terms = await work.queries.terms(programme_id)
        if terms is None:
            raise not_found("programme")
        known = await work.tenants.get_many([caller.tenant_id])
        if caller.tenant_id not in known:
            raise TenantNotKnownError
    tenant = known[caller.tenant_id]
    findings = [tenant.standing, *terms.eligibility.of_tenant(tenant)]
    return EligibilityView.judge(programme_id, terms, findings, language)


async def _asked(opened: Units, question: CheckClaim) -> list[Check]:
    """The answers. What is left of a programme is its funder's to see: the question is asked for both."""
    async with opened([question.tenant_id]) as work:
        funder_ids = await work.queries.funders_of([])
    async with opened({question.tenant_id, *funder_ids}) as work:
        [answer] = await check_claims(work, [question], utc_now())
    if isinstance(answer, VoucherError):
        raise answer
    return list(answer)

"""Addresses for cooperation agreements: a party's own, and the cooperative's register."""

from uuid import UUID, uuid4

from fastapi import APIRouter

from services.member.adapters.unit_of_work import PostgresUnitOfWork
from services.member.application.agree import (
    Proposal,
    declare,
    end_agreement,
    propose_agreement,
    propose_change,
)
from services.member.domain.agreement import Act, Declaration, Status
from services.member.entrypoints.agreement_bodies import (
    AgreementHistoryView,
    AgreementView,
    DecisionBody,
    TerminationBody,
    TermsBody,
)
from services.member.entrypoints.dependencies import Units
from shared.auth.dependencies import Operator, OwnAdmin, TenantCaller
from shared.clock import utc_now
from shared.database.unit_of_work import UnitsOfWork
from shared.http.idempotency import IdempotencyKey, answer_once
from shared.http.middleware import cause_of
from shared.http.pages import Limit, Offset
from shared.http.problems import not_found

router = APIRouter(prefix="/v1", tags=["member"])


@router.post("/agreements", status_code=201)
async def post_agreement(
    body: TermsBody, caller: OwnAdmin, opened: Units, key: IdempotencyKey = None
) -> AgreementView:
    """Propose a cooperation agreement and sign it; the other parties' administrators sign or refuse."""
    command = _proposal(body, caller, uuid4())
    async with opened([caller.tenant_id]) as work:

        async def action() -> AgreementView:
            return AgreementView.of(await propose_agreement(work, command, utc_now()))

        request = ("propose_agreement", body)
        return await answer_once(
            work.connection, caller.tenant_id, key, request, action, AgreementView
        )


@router.get("/agreements")
async def get_agreements(
    caller: OwnAdmin,
    opened: Units,
    status: Status | None = None,
    limit: Limit = 50,
    offset: Offset = 0,
) -> list[AgreementView]:
    """The agreements that your organisation is a party of, newest first."""
    async with opened([caller.tenant_id]) as work:
        found = await work.agreement_queries.agreements(status, limit, offset)
        return [AgreementView.of(each) for each in found]


@router.get("/agreements/{agreement_id}")
async def get_agreement(agreement_id: UUID, caller: OwnAdmin, opened: Units) -> AgreementView:
    """An agreement that your organisation is a party of."""
    async with opened([caller.tenant_id]) as work:
        agreement = await work.agreements.get(agreement_id)
        if agreement is None:
            raise not_found("agreement")
        return AgreementView.of(agreement)


@router.get("/agreements/{agreement_id}/history")
async def get_agreement_history(
    agreement_id: UUID, caller: OwnAdmin, opened: Units
) -> AgreementHistoryView:
    """Every text that was proposed, and every signature, refusal, notice and added offer."""
    async with opened([caller.tenant_id]) as work:
        if await work.agreements.get(agreement_id) is None:
            raise not_found("agreement")
        return AgreementHistoryView.of_history(
            await work.agreement_queries.revisions(agreement_id),
            await work.agreements.declarations(agreement_id),
        )


@router.post("/agreements/{agreement_id}/changes", status_code=201)
async def post_agreement_change(
    agreement_id: UUID,
    body: TermsBody,
    caller: OwnAdmin,
    opened: Units,
    key: IdempotencyKey = None,
) -> AgreementView:
    """Propose another text and sign it; what is in force stays until all parties have signed."""
    command = _proposal(body, caller, agreement_id)
    async with opened([caller.tenant_id]) as work:

        async def action() -> AgreementView:
            agreement = await propose_change(work, command, utc_now())
            if agreement is None:
                raise not_found("agreement")
            return AgreementView.of(agreement)

        request = (f"propose_change {agreement_id}", body)
        return await answer_once(
            work.connection, caller.tenant_id, key, request, action, AgreementView
        )


@router.post("/agreements/{agreement_id}/signature")
async def post_signature(
    agreement_id: UUID, body: DecisionBody, caller: OwnAdmin, opened: Units
) -> AgreementView:
    """Sign a text for your organisation. Repeating it changes nothing."""
    return await _declare(opened, _word(caller, agreement_id, Act.SIGNS, body.revision))


@router.post("/agreements/{agreement_id}/refusal")
async def post_agreement_refusal(
    agreement_id: UUID, body: DecisionBody, caller: OwnAdmin, opened: Units
) -> AgreementView:
    """Refuse a text for your organisation; then nobody needs to sign it any more."""
    return await _declare(opened, _word(caller, agreement_id, Act.REFUSES, body.revision))


@router.post("/agreements/{agreement_id}/notice")
async def post_notice(agreement_id: UUID, caller: OwnAdmin, opened: Units) -> AgreementView:
    """Give notice: the agreement ends for all after the days that its text says."""
    return await _declare(opened, _word(caller, agreement_id, Act.GIVES_NOTICE))


@router.put("/agreements/{agreement_id}/offers/{offer_id}")
async def put_shared_offer(
    agreement_id: UUID, offer_id: UUID, caller: OwnAdmin, opened: Units
) -> AgreementView:
    """Share one more of your own offers, where the text lets parties add some later."""
    return await _declare(opened, _word(caller, agreement_id, Act.SHARES, offer_id=offer_id))


@router.delete("/agreements/{agreement_id}/offers/{offer_id}")
async def delete_shared_offer(
    agreement_id: UUID, offer_id: UUID, caller: OwnAdmin, opened: Units
) -> AgreementView:
    """Withdraw an offer that you added; one that the text names stays until the text changes."""
    return await _declare(opened, _word(caller, agreement_id, Act.WITHDRAWS, offer_id=offer_id))


@router.get("/agreement-register")
async def get_agreement_register(
    _caller: Operator,
    opened: Units,
    status: Status | None = None,
    limit: Limit = 50,
    offset: Offset = 0,
) -> list[AgreementView]:
    """All agreements, newest first, for the cooperative's staff."""
    async with opened(operator=True) as work:
        found = await work.agreement_queries.agreements(status, limit, offset)
        return [AgreementView.of(each) for each in found]


@router.post("/agreement-register/{agreement_id}/termination")
async def post_termination(
    agreement_id: UUID, body: TerminationBody, _caller: Operator, opened: Units
) -> AgreementView:
    """End an agreement at once, for the cooperative. Repeating it keeps the first reason."""
    async with opened(operator=True) as work:
        found = await work.agreements.get(agreement_id)
    if found is None:
        raise not_found("agreement")
    cause = cause_of(agreement_id)
    async with opened([found.tenant_id]) as work:
        return AgreementView.of(
            await end_agreement(work, agreement_id, body.reason, cause, utc_now())
        )


async def _declare(
    opened: UnitsOfWork[PostgresUnitOfWork], declaration: Declaration
) -> AgreementView:
    cause = cause_of(declaration.agreement_id)
    agreement = await declare(opened, declaration, cause, declaration.at)
    if agreement is None:
        raise not_found("agreement")
    return AgreementView.of(agreement)


def _word(
    caller: TenantCaller,
    agreement_id: UUID,
    act: Act,
    revision: int = 0,
    offer_id: UUID | None = None,
) -> Declaration:
    return Declaration(
        caller.tenant_id, uuid4(), agreement_id, act, revision, caller.subject, utc_now(), offer_id
    )


def _proposal(body: TermsBody, caller: TenantCaller, agreement_id: UUID) -> Proposal:
    return Proposal(
        tenant_id=caller.tenant_id,
        agreement_id=agreement_id,
        terms=body.terms(),
        declaration_id=uuid4(),
        subject=caller.subject,
        cause=cause_of(agreement_id),
    )

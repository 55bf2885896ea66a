"""Members agree to share offers: they propose, declare each for itself, and the agreement follows."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from services.member.application import outgoing
from services.member.application.agreement_ports import AgreementUnit, OpenAgreementUnit
from services.member.application.register_people import require_active
from services.member.domain.agreement import Act, Agreement, Declaration
from services.member.domain.agreement_terms import Terms
from shared.envelope import Cause


@dataclass(frozen=True, slots=True)
class Proposal:
    """A text that a tenant wants to be signed, by the account `subject`, which signs it thereby."""

    tenant_id: UUID
    agreement_id: UUID
    terms: Terms
    declaration_id: UUID
    subject: str
    cause: Cause


async def propose_agreement(work: AgreementUnit, command: Proposal, now: datetime) -> Agreement:
    """Ask the other parties. Raises TenantNotActiveError or InvalidAgreementError."""
    await require_active(work, command.tenant_id)
    agreement = Agreement.propose(command.tenant_id, command.agreement_id, command.terms, now)
    await work.agreements.add(agreement)
    return await _sign(work, agreement, command, now)


async def propose_change(work: AgreementUnit, command: Proposal, now: datetime) -> Agreement | None:
    """Ask for new signatures; what is in force stays until all are there. None when it is not seen.

    Raises TenantNotActiveError, NotItsProposerError, AgreementDecidedError or InvalidAgreementError.
    """
    await require_active(work, command.tenant_id)
    agreement = await work.agreements.get(command.agreement_id)
    if agreement is None:
        return None
    if agreement.tenant_id == command.tenant_id:
        agreement = await work.agreements.lock(command.agreement_id) or agreement
    agreement.propose_change(command.tenant_id, command.terms, now)
    await work.agreements.add_revision(agreement, now)
    return await _sign(work, agreement, command, now)


async def declare(
    opened: OpenAgreementUnit, declaration: Declaration, cause: Cause, now: datetime
) -> Agreement | None:
    """Keep a party's word, then draw the conclusion. None when the party has no such agreement.

    The word is written by the party alone; the conclusion by the proposer's tenant, or by the clock
    should this process die in between. Raises TenantNotActiveError and what `Agreement.check` raises.
    """
    async with opened([declaration.tenant_id]) as work:
        await require_active(work, declaration.tenant_id)
        agreement = await work.agreements.get(declaration.agreement_id)
        if agreement is None:
            return None
        earlier = await work.agreements.declarations(declaration.agreement_id)
        if agreement.check(declaration, earlier):
            await work.agreements.declare(agreement, declaration)
    return await settle_agreement(opened, agreement.tenant_id, declaration.agreement_id, cause, now)


async def settle_agreement(
    opened: OpenAgreementUnit, tenant_id: UUID, agreement_id: UUID, cause: Cause, now: datetime
) -> Agreement | None:
    """Start, change or end an agreement if its declarations or the time say so, and announce it."""
    async with opened([tenant_id]) as work:
        agreement = await work.agreements.lock(agreement_id)
        if agreement and not agreement.is_final:
            await _settle(work, agreement, cause, now)
        return agreement


async def end_agreement(
    work: AgreementUnit, agreement_id: UUID, explanation: str, cause: Cause, now: datetime
) -> Agreement | None:
    """The cooperative ends an agreement, acting for its proposer; None when there is none."""
    agreement = await work.agreements.lock(agreement_id)
    if agreement:
        change = agreement.end_by_cooperative(explanation, now)
        await work.agreements.save(agreement)
        work.publish(*outgoing.agreement_changed(agreement, change, cause))
    return agreement


async def _sign(
    work: AgreementUnit, agreement: Agreement, command: Proposal, now: datetime
) -> Agreement:
    declaration = Declaration(
        tenant_id=command.tenant_id,
        declaration_id=command.declaration_id,
        agreement_id=command.agreement_id,
        act=Act.SIGNS,
        revision=agreement.last_revision,
        subject=command.subject,
        at=now,
    )
    await work.agreements.declare(agreement, declaration)
    await _settle(work, agreement, command.cause, now)
    return agreement


async def _settle(work: AgreementUnit, agreement: Agreement, cause: Cause, now: datetime) -> None:
    declarations = await work.agreements.declarations(agreement.agreement_id)
    change = agreement.settle(declarations, now)
    await work.agreements.save(agreement)
    work.publish(*outgoing.agreement_changed(agreement, change, cause))

"""A funder plans its financing, asks for a proof of use, and people sign it."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from services.voucher.application import outgoing
from services.voucher.application.ports import ProofWork
from services.voucher.domain.financing_plan import FinancingPlan
from services.voucher.domain.ledger import Account
from services.voucher.domain.programme import Programme
from services.voucher.domain.proof import Cutoff, Kind, Proof
from services.voucher.domain.statement import Side
from shared.envelope import Cause


@dataclass(frozen=True, slots=True)
class RequestProof:
    """A person of the funder asks for a proof of what is in the ledger now."""

    proof_id: UUID
    kind: Kind
    subject: str


@dataclass(frozen=True, slots=True)
class SignProof:
    """A person stands by a proof, in a role; `sha256` is that of its JSON file."""

    subject: str
    role: str
    sha256: str
    comment: str
    cause: Cause


async def plan_financing(work: ProofWork, programme: Programme, plan: FinancingPlan) -> None:
    """Give a locked programme a plan in place of the one before; proofs that were asked for keep theirs."""
    if programme.total.granted:
        plan.check(programme.total.granted)
    await work.proofs.keep_plan(programme.tenant_id, programme.programme_id, plan)


async def request_proof(
    work: ProofWork, programme: Programme, command: RequestProof, now: datetime
) -> Proof:
    """Keep how far the proof reads. The programme is locked, so its balances belong to its last line."""
    funder = (programme.tenant_id, programme.programme_id, Side.FUNDER)
    cutoff = Cutoff(
        programme.chain.entries,
        programme.chain.head,
        await work.evidence.entries(programme.programme_id),
        (await work.settlements.so_far(*funder)).entry,
        {account.value: getattr(programme.total, account) for account in Account},
    )
    plan = await work.proofs.plan(programme.programme_id)
    proof = Proof.request(
        programme, command.proof_id, command.kind, cutoff, plan, command.subject, now
    )
    await work.proofs.save(proof)
    return proof


async def sign_proof(work: ProofWork, proof: Proof, command: SignProof, now: datetime) -> None:
    """Keep who stood by a locked proof, in which role."""
    proof.sign(command.subject, command.role, command.sha256, command.comment, now)
    await work.proofs.save(proof)
    work.publish(outgoing.proof_signed(proof, command.cause))

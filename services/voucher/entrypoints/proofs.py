"""The addresses of proofs of use: the plan they follow, asking for one, its files, and who stands by it."""

from typing import Annotated, cast
from uuid import UUID, uuid4

from fastapi import APIRouter, Depends, Request, Response
from fastapi.responses import StreamingResponse

from services.voucher.adapters.proof_files import CsvFile, JsonFile
from services.voucher.adapters.proof_reads import ProofReads
from services.voucher.adapters.unit_of_work import PostgresUnitOfWork
from services.voucher.application.make_proofs import lines_of
from services.voucher.application.proof_document import Writer, written
from services.voucher.application.prove_use import (
    RequestProof,
    SignProof,
    plan_financing,
    request_proof,
    sign_proof,
)
from services.voucher.domain.programme import Programme
from services.voucher.domain.proof import Proof
from services.voucher.domain.words import Language
from services.voucher.entrypoints.api import Units
from services.voucher.entrypoints.proof_bodies import (
    FinancingPlanBody,
    FinancingPlanView,
    ProofBody,
    ProofView,
    SignatureBody,
)
from shared.auth.dependencies import TENANT_ADMIN, TenantCaller, for_tenant, for_tenant_itself
from shared.clock import utc_now
from shared.database.reading import Reads
from shared.http.idempotency import IdempotencyKey, answer_once
from shared.http.middleware import cause_of
from shared.http.pages import Limit, Offset
from shared.http.problems import not_found

router = APIRouter(prefix="/v1/programmes/{programme_id}", tags=["proof of use"])

#: In the order in which a signature names them, where a person has both.
SIGNERS = ("auditor", "funder")

Planner = Annotated[TenantCaller, Depends(for_tenant("funder", TENANT_ADMIN))]
Reader = Annotated[TenantCaller, Depends(for_tenant("funder", "auditor", TENANT_ADMIN))]
Signer = Annotated[TenantCaller, Depends(for_tenant_itself(*SIGNERS))]


async def ledger_reads(request: Request) -> Reads[ProofReads]:
    """How this process reads ledgers."""
    return cast("Reads[ProofReads]", request.app.state.ledger_reads)


LedgerReads = Annotated[Reads[ProofReads], Depends(ledger_reads)]


@router.put("/financing-plan")
async def put_financing_plan(
    programme_id: UUID, body: FinancingPlanBody, caller: Planner, opened: Units
) -> FinancingPlanView:
    """What was agreed to be paid for, in place of the plan before; proofs that are there keep theirs."""
    plan = body.plan()
    async with opened([caller.tenant_id]) as work:
        await plan_financing(work, await _locked(work, programme_id), plan)
    return FinancingPlanView.of(plan)


@router.get("/financing-plan")
async def get_financing_plan(
    programme_id: UUID, caller: Reader, opened: Units
) -> FinancingPlanView:
    """The positions that proofs of use follow."""
    async with opened([caller.tenant_id]) as work:
        await _programme(work, programme_id)
        return FinancingPlanView.of(await work.proofs.plan(programme_id))


@router.post("/proofs", status_code=202)
async def post_proof(
    programme_id: UUID, body: ProofBody, caller: Reader, opened: Units, key: IdempotencyKey = None
) -> ProofView:
    """Ask for a proof of what is in the ledger now. It is made within seconds, a minute for a million lines."""
    command = RequestProof(uuid4(), body.kind, caller.subject)
    async with opened([caller.tenant_id]) as work:

        async def action() -> ProofView:
            programme = await _locked(work, programme_id)
            return ProofView.of(await request_proof(work, programme, command, utc_now()))

        request = (f"request_proof {programme_id}", body)
        return await answer_once(work.connection, caller.tenant_id, key, request, action, ProofView)


@router.get("/proofs")
async def get_proofs(
    programme_id: UUID, caller: Reader, opened: Units, limit: Limit = 50, offset: Offset = 0
) -> list[ProofView]:
    """The proofs of your programme, the newest first."""
    async with opened([caller.tenant_id]) as work:
        await _programme(work, programme_id)
        found = await work.proofs.of_programme(programme_id, limit, offset)
        return [ProofView.of(each) for each in found]


@router.get("/proofs/{proof_id}")
async def get_proof(programme_id: UUID, proof_id: UUID, caller: Reader, opened: Units) -> ProofView:
    """One proof: whether it is ready, the hashes of its files, and who stands by it."""
    async with opened([caller.tenant_id]) as work:
        return ProofView.of(await _proof(work, programme_id, proof_id))


@router.get("/proofs/{proof_id}/pdf", response_class=Response)
async def get_pdf(
    programme_id: UUID,
    proof_id: UUID,
    caller: Reader,
    opened: Units,
    language: Language = Language.GERMAN,
) -> Response:
    """The proof to read and to keep: PDF/A-3a and PDF/UA-1, with the JSON document in it."""
    async with opened([caller.tenant_id]) as work:
        (await _proof(work, programme_id, proof_id)).require_ready()
        pdf = await work.proofs.pdf(proof_id, language)
    assert pdf, "a proof that is ready is set in every language"
    name = _file_name(proof_id, f"{language}.pdf")
    return Response(pdf, media_type="application/pdf", headers=name)


@router.get("/proofs/{proof_id}/json", response_class=StreamingResponse)
async def get_json(
    programme_id: UUID, proof_id: UUID, caller: Reader, opened: Units, reads: LedgerReads
) -> StreamingResponse:
    """The whole proof for machines: head, income, expenses, allocations. The same bytes whenever it is asked for."""
    return await _streamed(caller, opened, reads, (programme_id, proof_id), JsonFile(), "json")


@router.get("/proofs/{proof_id}/csv", response_class=StreamingResponse)
async def get_csv(
    programme_id: UUID, proof_id: UUID, caller: Reader, opened: Units, reads: LedgerReads
) -> StreamingResponse:
    """The list of receipts for a spreadsheet: income first, then expenses, by the day."""
    return await _streamed(caller, opened, reads, (programme_id, proof_id), CsvFile(), "csv")


@router.post("/proofs/{proof_id}/signatures", status_code=201)
async def post_signature(
    programme_id: UUID, proof_id: UUID, body: SignatureBody, caller: Signer, opened: Units
) -> ProofView:
    """Stand by a proof in your role. Each person signs once, what the hash names."""
    role = next(each for each in SIGNERS if each in caller.roles)
    command = SignProof(caller.subject, role, body.sha256, body.comment, cause_of(proof_id))
    async with opened([caller.tenant_id]) as work:
        proof = await _proof(work, programme_id, proof_id, lock=True)
        await sign_proof(work, proof, command, utc_now())
        return ProofView.of(proof)


async def _streamed(
    caller: TenantCaller,
    opened: Units,
    reads: Reads[ProofReads],
    ids: tuple[UUID, UUID],
    writer: Writer,
    form: str,
) -> StreamingResponse:
    programme_id, proof_id = ids
    async with opened([caller.tenant_id]) as work:
        proof = await _proof(work, programme_id, proof_id)
        programme = await _programme(work, programme_id)
    proof.require_ready()
    parts = written(proof, lines_of(proof, programme.terms, reads), writer)
    media = {"json": "application/json", "csv": "text/csv; charset=utf-8"}[form]
    headers = {
        **_file_name(proof_id, form),
        "Content-Length": str(proof.files[form].size),
    }
    return StreamingResponse(parts, media_type=media, headers=headers)


def _file_name(proof_id: UUID, suffix: str) -> dict[str, str]:
    return {"Content-Disposition": f'attachment; filename="proof-of-use-{proof_id}.{suffix}"'}


async def _programme(work: PostgresUnitOfWork, programme_id: UUID) -> Programme:
    programme = await work.programmes.get(programme_id)
    if programme is None:
        raise not_found("programme")
    return programme


async def _locked(work: PostgresUnitOfWork, programme_id: UUID) -> Programme:
    locked = await work.programmes.lock([programme_id], [])
    if programme_id not in locked:
        raise not_found("programme")
    return locked[programme_id]


async def _proof(
    work: PostgresUnitOfWork, programme_id: UUID, proof_id: UUID, *, lock: bool = False
) -> Proof:
    proof = await work.proofs.get(programme_id, proof_id, lock=lock)
    if proof is None:
        raise not_found("proof of use")
    return proof

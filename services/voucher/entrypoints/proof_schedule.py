"""Proofs of use are made by the worker: a large ledger takes longer than anybody waits for an answer."""

from collections.abc import Collection
from datetime import timedelta
from uuid import UUID

from services.voucher.adapters.proof_files import CsvFile, JsonFile
from services.voucher.adapters.proof_pdf import typeset
from services.voucher.adapters.proof_reads import ProofReads
from services.voucher.adapters.scopes import funders
from services.voucher.adapters.unit_of_work import PostgresUnitOfWork
from services.voucher.application.make_proofs import Forms, keep_proof, make_proof
from shared.database.reading import Reads
from shared.database.unit_of_work import UnitsOfWork
from shared.processes.foundation import Foundation
from shared.processes.jobs import Job

AT_ONCE = 10

#: The forms of every proof.
FORMS = Forms({"json": JsonFile, "csv": CsvFile}, typeset)


def create_proof_schedule(
    foundation: Foundation[PostgresUnitOfWork], cooperative: str
) -> list[Job]:
    """The job that makes what was asked for; two workers may make the same proof, and come to the same."""
    reads = foundation.reader.reads(ProofReads)

    async def make() -> None:
        asking = await funders(foundation.engine)
        await make_pending(foundation.units, reads, asking, cooperative)

    return [Job("make_proofs", timedelta(seconds=2), make)]


async def make_pending(
    opened: UnitsOfWork[PostgresUnitOfWork],
    reads: Reads[ProofReads],
    asking: Collection[UUID],
    cooperative: str,
) -> None:
    """Make what these funders asked for, a few at once."""
    async with opened(asking) as work:
        pending = await work.proofs.pending(AT_ONCE)
    for proof in pending:
        async with opened([proof.tenant_id]) as work:
            programme = await work.programmes.get(proof.programme_id)
        assert programme, "a proof is of a programme"
        pdfs = await make_proof(proof, programme, reads, FORMS, cooperative)
        async with opened([proof.tenant_id]) as work:
            await keep_proof(work, proof, pdfs)

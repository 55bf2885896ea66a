"""A proof of use over a long ledger, made by a process of its own, set up like a worker: its time and its memory."""

import asyncio
import json
import os
import resource
import sys
import time
from dataclasses import dataclass
from uuid import UUID, uuid4

import uvloop

from deploy.local.stack import Stack
from services.voucher.adapters.proof_reads import ProofReads
from services.voucher.adapters.unit_of_work import PostgresUnitOfWork
from services.voucher.application.make_proofs import make_proof
from services.voucher.application.prove_use import RequestProof, request_proof
from services.voucher.domain.proof import Kind
from services.voucher.entrypoints.proof_schedule import FORMS
from services.voucher.settings import VoucherSettings
from shared.clock import utc_now
from shared.processes.foundation import lay_foundation
from tests.support.processes import REPOSITORY
from tests.system.voucher_case import VoucherCase


@dataclass(frozen=True, slots=True)
class Made:
    """What a proof cost."""

    entries: int
    seconds: float
    megabytes: float


async def made(stack: Stack, case: VoucherCase) -> Made:
    """A proof of the programme as it is now."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "tests.bench.voucher_proof"),
        *(str(case.funder_id), str(case.programme_id)),
        env={**os.environ, **stack.service_environment("voucher")},
        cwd=REPOSITORY,
        stdout=asyncio.subprocess.PIPE,
    )
    output, _ = await process.communicate()
    assert process.returncode == 0, "the proof failed, see above"
    return Made(**json.loads(output))


async def _make(funder_id: UUID, programme_id: UUID) -> None:
    settings = VoucherSettings()
    foundation = lay_foundation("voucher", settings, PostgresUnitOfWork)
    async with foundation.running():
        async with foundation.units([funder_id]) as work:
            programme = (await work.programmes.lock([programme_id], []))[programme_id]
            command = RequestProof(uuid4(), Kind.INTERIM, "bench")
            proof = await request_proof(work, programme, command, utc_now())
        started = time.perf_counter()
        reads = foundation.reader.reads(ProofReads)
        pdfs = await make_proof(proof, programme, reads, FORMS, settings.cooperative_name)
        seconds = time.perf_counter() - started
    assert pdfs, proof.failure
    kilobytes = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    cost = {"entries": proof.cutoff.entries, "seconds": seconds, "megabytes": kilobytes / 1_024}
    print(json.dumps(cost))


if __name__ == "__main__":
    uvloop.run(_make(UUID(sys.argv[1]), UUID(sys.argv[2])))

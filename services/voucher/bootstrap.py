"""Puts the voucher service together."""

from fastapi import FastAPI

from services.voucher.adapters.code_reads import CodeReads
from services.voucher.adapters.codes import CodeFingerprints
from services.voucher.adapters.proof_reads import ProofReads
from services.voucher.adapters.unit_of_work import PostgresUnitOfWork
from services.voucher.contracts.expectations import EXPECTATIONS
from services.voucher.contracts.topics import READS
from services.voucher.domain.errors import VoucherError
from services.voucher.entrypoints import (
    allocations,
    api,
    assignments,
    checks,
    codes,
    corrections,
    operations,
    programmes,
    proofs,
    reconciliations,
    requests,
    settlements,
    statements,
)
from services.voucher.entrypoints.checking import ClaimChecker
from services.voucher.entrypoints.consumer import create_consumer
from services.voucher.entrypoints.giving_bodies import GIVING_STATUSES
from services.voucher.entrypoints.proof_schedule import create_proof_schedule
from services.voucher.entrypoints.redeeming import CodeRedeemer
from services.voucher.entrypoints.schedule import create_schedule
from services.voucher.settings import VoucherSettings
from shared.processes.api import create_api as create_api_process
from shared.processes.foundation import Foundation, lay_foundation
from shared.processes.worker import create_worker as create_worker_process


def create_api(settings: VoucherSettings) -> FastAPI:
    """The api process."""
    foundation = _foundation(settings)
    return create_api_process(
        foundation,
        description="Funding programmes, vouchers and the ledger.",
        reads=READS,
        expects=EXPECTATIONS,
        routers=[
            # The first are found first: these have the most requests.
            checks.router,
            codes.router,
            programmes.router,
            api.router,
            allocations.router,
            assignments.router,
            requests.router,
            corrections.router,
            proofs.router,
            statements.router,
            settlements.router,
            operations.router,
            reconciliations.router,
            reconciliations.operations,
        ],
        domain_error=VoucherError,
        statuses={**api.STATUSES, **GIVING_STATUSES},
        state={
            "cooperative": settings.cooperative,
            "ledger_reads": foundation.reader.reads(ProofReads),
            "claim_checker": ClaimChecker(foundation.units),
            "code_redeemer": CodeRedeemer(foundation.units, foundation.reader.reads(CodeReads)),
            "code_fingerprints": CodeFingerprints(settings.voucher_code_key.get_secret_value()),
        },
    )


def create_worker(settings: VoucherSettings) -> FastAPI:
    """The worker process."""
    foundation = _foundation(settings)
    return create_worker_process(
        foundation,
        consumer=create_consumer(foundation),
        topics=READS,
        schedule=[
            *create_schedule(foundation),
            *create_proof_schedule(foundation, settings.cooperative_name),
        ],
    )


def _foundation(settings: VoucherSettings) -> Foundation[PostgresUnitOfWork]:
    return lay_foundation("voucher", settings, PostgresUnitOfWork)

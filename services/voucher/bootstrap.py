"""Puts the voucher service together."""

from fastapi import FastAPI

from services.voucher.adapters.unit_of_work import PostgresUnitOfWork
from services.voucher.contracts.expectations import EXPECTATIONS
from services.voucher.contracts.topics import READS
from services.voucher.domain.errors import VoucherError
from services.voucher.entrypoints import api, operations
from services.voucher.entrypoints.consumer import create_consumer
from services.voucher.entrypoints.schedule import create_schedule
from services.voucher.settings import VoucherSettings
from shared.processes.api import create_api as create_api_process
from shared.processes.foundation import Foundation, lay_foundation
from shared.processes.worker import create_worker as create_worker_process


def create_api(settings: VoucherSettings) -> FastAPI:
    """The api process."""
    return create_api_process(
        _foundation(settings),
        description="Funding programmes, vouchers and the ledger.",
        reads=READS,
        expects=EXPECTATIONS,
        routers=[api.router, operations.router],
        domain_error=VoucherError,
        statuses=api.STATUSES,
    )


def create_worker(settings: VoucherSettings) -> FastAPI:
    """The worker process."""
    foundation = _foundation(settings)
    return create_worker_process(
        foundation,
        consumer=create_consumer(foundation),
        topics=READS,
        schedule=create_schedule(foundation),
    )


def _foundation(settings: VoucherSettings) -> Foundation[PostgresUnitOfWork]:
    return lay_foundation("voucher", settings, PostgresUnitOfWork)

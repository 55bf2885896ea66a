"""Puts the certificate service together."""

from functools import partial

from fastapi import FastAPI

from services.certificate.adapters.keys import KeyVault
from services.certificate.adapters.tenant_signer import TenantSigner
from services.certificate.adapters.unit_of_work import PostgresUnitOfWork
from services.certificate.contracts.expectations import EXPECTATIONS
from services.certificate.contracts.topics import PERSONAL, READS
from services.certificate.domain.addresses import Addresses
from services.certificate.domain.errors import CertificateError
from services.certificate.entrypoints import api, public
from services.certificate.entrypoints.consumer import create_consumer
from services.certificate.entrypoints.schedule import create_schedule
from services.certificate.settings import CertificateSettings
from shared.processes.api import create_api as create_api_process
from shared.processes.foundation import Foundation, lay_foundation
from shared.processes.worker import create_worker as create_worker_process


def create_api(settings: CertificateSettings) -> FastAPI:
    """The api process."""
    return create_api_process(
        _foundation(settings),
        description="Credentials, their issuers and keys, revocation and public verification.",
        reads=READS,
        expects=EXPECTATIONS,
        personal=PERSONAL,
        routers=[api.router, public.router],
        domain_error=CertificateError,
        statuses=api.STATUSES,
    )


def create_worker(settings: CertificateSettings) -> FastAPI:
    """The worker process."""
    foundation = _foundation(settings)
    return create_worker_process(
        foundation,
        consumer=create_consumer(foundation),
        topics=READS,
        schedule=create_schedule(foundation),
    )


def _foundation(settings: CertificateSettings) -> Foundation[PostgresUnitOfWork]:
    addresses = Addresses(settings.public_url)
    vault = KeyVault(settings.certificate_master_key.get_secret_value())
    unit = partial(PostgresUnitOfWork, signer=TenantSigner(vault, addresses), addresses=addresses)
    return lay_foundation("certificate", settings, unit)

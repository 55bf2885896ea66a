"""Puts the catalogue service together."""

from fastapi import FastAPI

from services.catalogue.adapters.unit_of_work import PostgresUnitOfWork
from services.catalogue.contracts.expectations import EXPECTATIONS
from services.catalogue.contracts.topics import READS
from services.catalogue.domain.errors import CatalogueError
from services.catalogue.entrypoints import api
from services.catalogue.entrypoints.consumer import create_consumer
from services.catalogue.entrypoints.schedule import create_schedule
from services.catalogue.settings import CatalogueSettings
from shared.processes.api import create_api as create_api_process
from shared.processes.foundation import Foundation, lay_foundation
from shared.processes.worker import create_worker as create_worker_process


def create_api(settings: CatalogueSettings) -> FastAPI:
    """The api process."""
    return create_api_process(
        _foundation(settings),
        description="Competence models, offers and bookings.",
        reads=READS,
        expects=EXPECTATIONS,
        routers=[api.router],
        domain_error=CatalogueError,
        statuses=api.STATUSES,
    )


def create_worker(settings: CatalogueSettings) -> FastAPI:
    """The worker process."""
    foundation = _foundation(settings)
    return create_worker_process(
        foundation,
        consumer=create_consumer(foundation),
        topics=READS,
        schedule=create_schedule(foundation),
    )


def _foundation(settings: CatalogueSettings) -> Foundation[PostgresUnitOfWork]:
    return lay_foundation("catalogue", settings, PostgresUnitOfWork)

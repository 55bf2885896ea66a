"""Puts the member service together."""

from contextlib import AbstractAsyncContextManager
from functools import partial

from fastapi import FastAPI

from services.member.adapters.keycloak import Keycloak
from services.member.adapters.unit_of_work import PostgresUnitOfWork
from services.member.contracts.topics import READS
from services.member.domain.errors import MemberError
from services.member.entrypoints import api
from services.member.entrypoints.consumer import create_consumer
from services.member.entrypoints.schedule import create_schedule
from services.member.settings import MemberSettings
from shared.processes.api import create_api as create_api_process
from shared.processes.foundation import Foundation, lay_foundation
from shared.processes.worker import create_worker as create_worker_process


def create_api(settings: MemberSettings) -> FastAPI:
    """The api process."""
    return create_api_process(
        _foundation(settings),
        description="Member organisations, their onboarding, and their people.",
        reads=READS,
        routers=api.ROUTERS,
        domain_error=MemberError,
        statuses=api.STATUSES,
    )


def create_worker(settings: MemberSettings) -> FastAPI:
    """The worker process."""
    foundation = _foundation(settings)
    return create_worker_process(
        foundation,
        consumer=create_consumer(foundation),
        topics=READS,
        schedule=create_schedule(foundation, partial(_connect_keycloak, settings)),
    )


def _foundation(settings: MemberSettings) -> Foundation[PostgresUnitOfWork]:
    return lay_foundation("member", settings, PostgresUnitOfWork)


def _connect_keycloak(settings: MemberSettings) -> AbstractAsyncContextManager[Keycloak]:
    return Keycloak.connect(
        settings.keycloak_url,
        settings.keycloak_realm,
        settings.keycloak_client_id,
        settings.keycloak_client_secret.get_secret_value(),
    )

"""Puts the member service together."""

import ssl
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import timedelta
from functools import partial

from fastapi import FastAPI

from services.member.adapters.dns import Dns
from services.member.adapters.guarded_fetch import GuardedFetch
from services.member.adapters.kafka_access import KafkaAccess
from services.member.adapters.keycloak import Keycloak
from services.member.adapters.keycloak_links import KeycloakLinks
from services.member.adapters.login_metadata import MetadataReader
from services.member.adapters.people_reads import PeopleReads
from services.member.adapters.probe import TokenProbe
from services.member.adapters.unit_of_work import PostgresUnitOfWork
from services.member.adapters.watching import Watchers
from services.member.application.outside import Outside
from services.member.contracts.expectations import EXPECTATIONS
from services.member.contracts.topics import PERSONAL, READS
from services.member.domain.errors import MemberError
from services.member.entrypoints import api
from services.member.entrypoints.consumer import create_consumer
from services.member.entrypoints.onboarding_worker import OnboardingWorker
from services.member.entrypoints.schedule import create_schedule
from services.member.settings import MemberSettings
from shared.auth.tokens import Authenticator
from shared.messaging.connection import MECHANISM
from shared.outbound.client import Outbound
from shared.outbound.guard import Guard
from shared.outbound.names import resolving
from shared.processes.api import create_api as create_api_process
from shared.processes.foundation import Foundation, lay_foundation
from shared.processes.worker import create_worker as create_worker_process


def create_api(settings: MemberSettings) -> FastAPI:
    """The api process."""
    guard = Guard(
        resolving(settings.dns_nameserver),
        allow_loopback=settings.allow_loopback_identity_providers,
    )
    foundation = _foundation(settings)
    return create_api_process(
        foundation,
        description="Member organisations, their onboarding, and their people.",
        reads=READS,
        personal=PERSONAL,
        expects=EXPECTATIONS,
        routers=api.ROUTERS,
        domain_error=MemberError,
        statuses=api.STATUSES,
        state={
            "reads": foundation.reader.reads(PeopleReads),
            "watchers": Watchers(settings.database_url),
            "connect_broker": partial(connect_broker, settings),
            "connect_provider": partial(connect_keycloak, settings),
            "connect_linker": partial(connect_linker, settings),
            "name_servers": Dns(settings.dns_nameserver),
            "public_url": settings.public_url.rstrip("/"),
            "metadata_reader": MetadataReader(GuardedFetch(Outbound(guard))),
            "kafka_bootstrap_servers": settings.kafka_bootstrap_servers,
        },
    )


def create_worker(settings: MemberSettings) -> FastAPI:
    """The worker process."""
    foundation = _foundation(settings)
    onboarding = OnboardingWorker(
        foundation,
        partial(connect_outside, settings, foundation.authenticator),
        timedelta(seconds=settings.onboarding_lease_seconds),
    )
    return create_worker_process(
        foundation,
        consumer=create_consumer(foundation),
        topics=READS,
        schedule=create_schedule(foundation, onboarding, partial(connect_keycloak, settings)),
    )


def _foundation(settings: MemberSettings) -> Foundation[PostgresUnitOfWork]:
    return lay_foundation("member", settings, PostgresUnitOfWork)


@asynccontextmanager
async def connect_outside(
    settings: MemberSettings, authenticator: Authenticator
) -> AsyncIterator[Outside]:
    """Nothing connects before it is used; then it stays connected."""
    async with AsyncExitStack() as stack:
        keycloak = await stack.enter_async_context(connect_keycloak(settings))
        broker = await stack.enter_async_context(connect_broker(settings))
        yield Outside(
            identity=keycloak,
            broker=broker,
            prober=TokenProbe(keycloak, authenticator),
        )


@asynccontextmanager
async def connect_keycloak(settings: MemberSettings) -> AsyncIterator[Keycloak]:
    """Keycloak, with the account that may manage organizations and users."""
    async with Keycloak.connect(
        settings.keycloak_url,
        settings.keycloak_realm,
        settings.keycloak_client_id,
        settings.keycloak_client_secret.get_secret_value(),
    ) as keycloak:
        yield keycloak


@asynccontextmanager
async def connect_linker(settings: MemberSettings) -> AsyncIterator[KeycloakLinks]:
    """Keycloak, to link tenants' own identity providers."""
    async with connect_keycloak(settings) as keycloak:
        yield KeycloakLinks(keycloak, settings.oidc_issuer)


@asynccontextmanager
async def connect_broker(settings: MemberSettings) -> AsyncIterator[KafkaAccess]:
    """Kafka, with the account that may change tenants' users and rights."""
    access = KafkaAccess(
        {
            "bootstrap_servers": settings.kafka_bootstrap_servers,
            "security_protocol": settings.kafka_security_protocol,
            "ssl_context": ssl.create_default_context() if settings.kafka_uses_tls else None,
            "sasl_mechanism": MECHANISM,
            "sasl_plain_username": settings.kafka_access_username,
            "sasl_plain_password": settings.kafka_access_password.get_secret_value(),
        }
    )
    try:
        yield access
    finally:
        await access.close()

"""The api process: answers requests, publishes through the outbox, consumes nothing."""

from collections.abc import AsyncIterator, Collection, Mapping, Sequence
from contextlib import asynccontextmanager
from typing import Any

from fastapi import APIRouter, FastAPI, Request

from shared.auth.access import declared, describe_access
from shared.auth.operator_access import OperatorAccess
from shared.auth.standing import StandingReads, TenantStandings
from shared.database.unit_of_work import UnitsOfWork
from shared.expectations import Expectation
from shared.http.app import create_app
from shared.http.operations import Operated, operations_router
from shared.messaging.waiting import KafkaTopics
from shared.processes.foundation import Foundation
from shared.processes.heartbeat import beating


def create_api(
    foundation: Foundation[Any],
    *,
    description: str,
    reads: Collection[str],
    routers: Sequence[APIRouter],
    domain_error: type[Exception],
    statuses: Mapping[str, int],
    state: Mapping[str, object] | None = None,
    personal: Collection[str] = (),
    expects: Sequence[Expectation] = (),
) -> FastAPI:
    """A service's HTTP contract.

    `reads` are the topics that it consumes, `personal` those, also of its own, that name people; `expects` is what
    has to follow its events; `state` is what its dependencies find on `app.state`.
    """
    checks = {"database": foundation.check_database}

    @asynccontextmanager
    async def lifespan(_app: FastAPI) -> AsyncIterator[None]:
        async with foundation.running(), beating(foundation, "api", checks):
            yield

    app = create_app(
        title=f"Lernverbund {foundation.service}",
        description=description,
        checks=checks,
        lifespan=lifespan,
        domain_error=domain_error,
        statuses=statuses,
    )
    app.state.authenticator = foundation.authenticator
    app.state.standings = TenantStandings(foundation.reader.reads(StandingReads))
    app.state.units = foundation.units
    app.state.cache = foundation.cache
    app.state.operator_access = OperatorAccess(foundation.engine)
    app.state.topics = KafkaTopics(foundation.settings, foundation.service, tuple(reads))
    for name, value in (state or {}).items():
        setattr(app.state, name, value)
    operated = Operated(
        service=foundation.service,
        engine=foundation.engine,
        reads=reads,
        personal=personal,
        expects=expects,
        repair_alone=foundation.settings.repair_alone,
    )
    for router in (*routers, operations_router(operated)):
        app.include_router(router)
    # An address that does not say who may call it keeps the process from starting.
    describe_access(app, declared(app))
    return app


async def units(request: Request) -> UnitsOfWork[Any]:
    """A dependency: how this process opens units of work."""
    opened: UnitsOfWork[Any] = request.app.state.units
    return opened

"""What the addresses of this service are given by FastAPI, beside who calls."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Annotated
from uuid import uuid4

from fastapi import Depends, Request

from services.member.adapters.people_reads import PeopleReads
from services.member.adapters.unit_of_work import PostgresUnitOfWork
from services.member.application.outside import OutsideError
from services.member.application.read_learning_data import Read
from services.member.domain.reading import Purpose, Reader
from shared.auth.dependencies import TENANT_ADMIN, TenantCaller, for_tenant, for_tenant_itself
from shared.clock import utc_now
from shared.database.reading import Reads as ReadsOf
from shared.database.unit_of_work import UnitsOfWork
from shared.http.problems import Problem
from shared.processes.api import units

Units = Annotated[UnitsOfWork[PostgresUnitOfWork], Depends(units)]

Hr = Annotated[TenantCaller, Depends(for_tenant("hr", TENANT_ADMIN))]
Leader = Annotated[TenantCaller, Depends(for_tenant("leader"))]
#: A person for itself; nobody else in its place.
Oneself = Annotated[TenantCaller, Depends(for_tenant_itself())]


@contextmanager
def outages_told() -> Iterator[None]:
    """Another system that does not do its part is no defect of this one: the caller may try again."""
    try:
        yield
    except OutsideError as error:
        raise Problem(
            503, f"outside_{error.code}", str(error), headers={"Retry-After": "5"}
        ) from error


def reading_of(caller: TenantCaller, purpose: Purpose) -> Read:
    """What the log of readings has to know of a request."""
    reader = Reader(caller.tenant_id, caller.subject, caller.roles, purpose)
    return Read(reader, uuid4(), utc_now())


def reads(request: Request) -> ReadsOf[PeopleReads]:
    """How this process reads people. No dependency of FastAPI's, which is solved anew at every request."""
    opened: ReadsOf[PeopleReads] = request.app.state.reads
    return opened

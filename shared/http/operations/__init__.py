"""What the cooperative's staff may do at every service: see how it is, and set it right.

Everything done here is written down with the operator's name, looking at data included.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from fastapi import APIRouter
from sqlalchemy.ext.asyncio import AsyncEngine

from shared.expectations import Expectation
from shared.http.operations.groups import add_groups
from shared.http.operations.letters import add_letters
from shared.http.operations.log import add_log
from shared.http.operations.parked import add_parked
from shared.http.operations.repairs import add_repairs
from shared.http.operations.replays import add_replays
from shared.http.operations.status import add_status
from shared.http.operations.stories import add_stories


@dataclass(frozen=True, slots=True)
class Operated:
    """What the addresses have to know of a service.

    `reads` are the topics that it consumes. `personal` are those, also of its own, that name people: the data
    of a letter or an event is shown to who has an access to its tenant. `expects` is what has to follow its events.
    `repair_alone` is how many letters one person may repair without a second one.
    """

    service: str
    engine: AsyncEngine
    reads: Collection[str]
    personal: Collection[str] = ()
    expects: Sequence[Expectation] = ()
    repair_alone: int = 1_000


def operations_router(operated: Operated) -> APIRouter:
    """The addresses, the same for every service."""
    router = APIRouter(prefix="/v1/operations", tags=["operations"])
    add_status(router, operated.engine, operated.service)
    add_letters(router, operated.engine, operated.personal)
    add_groups(router, operated.engine)
    add_parked(router, operated.engine)
    add_repairs(router, operated.engine, operated.repair_alone)
    add_replays(router, operated.engine, operated.reads)
    add_stories(router, operated.engine, operated.expects, operated.personal)
    add_log(router, operated.engine)
    return router


__all__ = ["Operated", "operations_router"]

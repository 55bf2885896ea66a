"""Events, what is awaited and what failed, as services tell of them."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any
from uuid import uuid4

from shared.clock import utc_now
from tests.console.conftest import World
from tests.console.fakes import NAMES

STORY, BOOKING, TENANT = str(uuid4()), str(uuid4()), str(uuid4())


TRACE = "0af7651916cd43dd8448eb211c80319c"


REQUESTED, RESERVED = str(uuid4()), str(uuid4())


PATH = f"/v1/operations/stories/{STORY}"


START = utc_now() - timedelta(minutes=5)


def event(id_: str, type_: str, cause: str | None = None, **changes: Any) -> dict[str, Any]:
    return {
        "id": id_,
        "type": type_,
        "topic": "some-events",
        "subject": BOOKING,
        "tenant_id": TENANT,
        "sequence": 1,
        "time": START.isoformat(),
        "causation_id": cause,
        "traceparent": f"00-{TRACE}-{'cd' * 8}-01",
        "state": "sent",
        "expects": [],
        **changes,
    }


def awaited(**changes: Any) -> dict[str, Any]:
    return {
        "types": ["voucher.reserved.v1", "voucher.refused.v1"],
        "by": "voucher",
        "due_at": (START + timedelta(seconds=30)).isoformat(),
        "given": None,
        **changes,
    }


def failure(**changes: Any) -> dict[str, Any]:
    return {
        "event_id": REQUESTED,
        "type": "booking.requested.v1",
        "topic": "catalogue-events",
        "subject": BOOKING,
        "tenant_id": TENANT,
        "state": "dead",
        "error": "LookupError: no programme",
        "attempts": 5,
        "since": START.isoformat(),
        "due_at": None,
        "letter_id": 7,
        "group_id": "ab" * 8,
        **changes,
    }


def tells(world: World, told: Mapping[str, list[dict[str, Any]]], **more: Any) -> None:
    """Each service tells its events; the others have none, and nothing was handled or failed but what is given."""
    for service in NAMES:
        world.services.says(service, PATH, told.get(service, []))
        world.services.says(service, "/v1/operations/failures", more.get(f"{service}_failed", []))
        world.services.says(service, "/v1/operations/handled", more.get(f"{service}_handled", []))

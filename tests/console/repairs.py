"""Failures, repairs and entries of the audit log as services tell of them."""

from datetime import UTC, datetime, timedelta
from typing import Any

from tests.console.conftest import World
from tests.console.fakes import NAMES

OPERATIONS = "/v1/operations"


NOW = datetime(2026, 11, 22, 8, 30, tzinfo=UTC)


HOSTILE = "<script>alert(1)</script> \u202eevil " + "x" * 10_000


def group(**changes: Any) -> dict[str, Any]:
    return {
        "group_id": "0123456789abcdef",
        "type": "booking.requested.v1",
        "code": "TenantNotKnownError tenant_unknown",
        "place": "services/voucher/domain/eligibility.py:require",
        "state": "open",
        "letters": 2,
        "parked_keys": 1,
        "tenants": 1,
        "first_at": NOW.isoformat(),
        "last_at": NOW.isoformat(),
        "releases": ["0.1.0 c0ffee"],
        "note": None,
        "noted_by": None,
        "noted_at": None,
        "of a later version": True,
        **changes,
    }


def letter(**changes: Any) -> dict[str, Any]:
    return {
        "id": 7,
        "topic": "catalogue-events",
        "partition": 0,
        "offset": 12,
        "key": "tenant:booking",
        "type": "booking.requested.v1",
        "tenant_id": "trier",
        "subject": "booking",
        "correlation_id": "a/b c",
        "traceparent": "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
        "error": "TenantNotKnownError",
        "attempts": 5,
        "failed_at": NOW.isoformat(),
        "discarded_at": None,
        "group_id": "0123456789abcdef",
        "release": "0.1.0",
        "repair_id": None,
        "held_by": None,
        **changes,
    }


def entry(minute: float, **changes: Any) -> dict[str, Any]:
    return {
        "at": (NOW + timedelta(minutes=minute)).isoformat(),
        "operator": "subject-1",
        "action": "confirm",
        "subject": f"repair {minute}",
        "reason": "mended",
        **changes,
    }


def everywhere(world: World, path: str, answer: Any) -> None:
    for name in NAMES:
        world.services.says(name, f"{OPERATIONS}/{path}", answer)

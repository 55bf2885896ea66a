"""What member and feed answer of a tenant, for tests of its pages."""

from typing import Any

from tests.console.conftest import World
from tests.console.fakes import FakeServices

TENANT = "6c9f0c8e-4a43-4f5c-8a0e-6a4f0d1b7e55"
SUBSCRIPTION = "1c9f0c8e-4a43-4f5c-8a0e-6a4f0d1b7e56"
EVENT = "2c9f0c8e-4a43-4f5c-8a0e-6a4f0d1b7e57"
#: Markup, a right-to-left override, and more than any page is wide.
HOSTILE = "<script>alert(1)</script>\"\u202e'" + "x" * 10_000
THEN = "2026-11-22T00:00:00Z"


def tenant(**changes: Any) -> dict[str, Any]:
    return {
        "tenant_id": TENANT,
        "name": "Speyer",
        "kind": "municipality",
        "official_key": "07318000",
        "state": "DE-RP",
        "regions": ["mrn"],
        "contact_email": "bildung@speyer.example.org",
        "status": "active",
        "reason": None,
        "applied_at": THEN,
        "decided_at": THEN,
        "active_at": THEN,
        "suspension_reason": None,
        "suspended_at": None,
        "notice_by": None,
        "notice_reason": None,
        "notice_given_at": None,
        "last_day": None,
        "left_at": None,
        "last_export_day": None,
        **changes,
    }


def step(name: str = "kafka_rights", **changes: Any) -> dict[str, Any]:
    return {
        "step": name,
        "state": "done",
        "needed": True,
        "attempts": 1,
        "error": None,
        "started_at": THEN,
        "done_at": THEN,
        "due_at": None,
        **changes,
    }


FAILED = step(
    state="failed", error="unreachable: Kafka does not answer.", done_at=None, due_at=THEN
)


def onboarding(*steps: dict[str, Any], **changes: Any) -> dict[str, Any]:
    return {
        "tenant_id": TENANT,
        "status": "active",
        "direction": "opening",
        "is_complete": True,
        "steps": list(steps),
        **changes,
    }


def under_way(way: dict[str, Any], **changes: Any) -> dict[str, Any]:
    described = tenant()
    names = ("name", "kind", "state", "applied_at", "decided_at")
    return {**{name: described[name] for name in names}, "onboarding": way, **changes}


QUOTAS = {
    "people": 50_000,
    "events_per_day": 1_000_000,
    "machine_clients": 20,
    "subscriptions": 20,
    "used": {"people": 7, "machine_clients": 1},
}


def subscription(**changes: Any) -> dict[str, Any]:
    return {
        "subscription_id": SUBSCRIPTION,
        "tenant_id": TENANT,
        "tenant_name": "Speyer",
        "name": "Statistik",
        "way": "webhook",
        "types": ["*"],
        "status": "active",
        "status_since": THEN,
        "status_reason": None,
        "created_at": THEN,
        "behind": 3,
        "failing_keys": 1,
        "waiting_events": 2,
        "next_attempt_at": THEN,
        "endpoint": {
            "host": "hooks.speyer.example.org",
            "verified_at": THEN,
            "failing_since": THEN,
            "last_success_at": None,
            "pauses_at": THEN,
            "resting_until": None,
            "tripped": 0,
        },
        **changes,
    }


def access(**changes: Any) -> dict[str, Any]:
    return {
        "access_id": EVENT,
        "operator": "subject-1",
        "reason": "Ticket 4711",
        "may_change": True,
        "granted_at": THEN,
        "until": "2999-01-01T00:00:00Z",
        "ended_by": None,
        **changes,
    }


def letter(**changes: Any) -> dict[str, Any]:
    return {
        "id": 4711,
        "type": "booking.requested.v1",
        "error": "no such programme",
        "failed_at": THEN,
        "correlation_id": "story-1",
        **changes,
    }


def tell(services: FakeServices, **changes: Any) -> None:
    """Everything that a tenant's pages ask for."""
    application = f"/v1/applications/{TENANT}"
    services.says("member", application, {"tenant": tenant(**changes)})
    services.says("member", f"{application}/onboarding", onboarding(step("probe")))
    services.says(
        "member",
        f"{application}/onboarding/attempts",
        [{"step": "kafka_rights", "number": 1, "ended_at": THEN, "error": "unreachable: Kafka"}],
    )
    services.says("member", f"/v1/tenants/{TENANT}/quotas", QUOTAS)
    services.says("member", f"/v1/tenants/{TENANT}/access", [])
    services.says(
        "member",
        f"/v1/tenants/{TENANT}/official-keys",
        [{"official_key": "07318000", "valid_from": "2020-01-01", "valid_to": None}],
    )
    services.says("member", "/v1/operations/log", [])
    services.says("feed", "/v1/operations/subscriptions", [subscription()])
    for service in services.names:
        services.says(service, "/v1/operations/dead-letters", [])


STATUSES = ("applied", "approved", "active", "suspended", "leaving", "left", "refused")


def listed(world: World, *found: dict[str, Any]) -> None:
    world.services.says("member", "/v1/applications", [{"tenant": each} for each in found])
    counts = dict.fromkeys(STATUSES, 0) | {"active": len(found)}
    world.services.says(
        "member", "/v1/applications/counts", {"by_status": counts, "total": len(found)}
    )

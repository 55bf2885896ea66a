"""Subscriptions of tenants' systems as feed tells operators of them, and what may be done with one."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from services.console.domain.wording import msg

PULL, WEBHOOK, KAFKA = "pull", "webhook", "kafka"


@dataclass(frozen=True, slots=True)
class Endpoint:
    """A webhook's endpoint; of its address only the host is known here."""

    host: str
    verified_at: datetime | None
    failing_since: datetime | None
    last_success_at: datetime | None
    pauses_at: datetime | None
    resting_until: datetime | None
    tripped: int


@dataclass(frozen=True, slots=True)
class Subscription:
    """A subscription and how its deliveries go."""

    subscription_id: str
    tenant_id: str
    tenant_name: str | None
    name: str
    way: str
    types: tuple[str, ...]
    status: str
    status_since: datetime
    status_reason: str | None
    created_at: datetime
    behind: int | None
    failing_keys: int
    waiting_events: int
    next_attempt_at: datetime | None
    endpoint: Endpoint | None

    @property
    def condition(self) -> str:
        """How it is, in the words of conditions."""
        if self.status in {"paused_auto", "gone"}:
            return "down"
        if self.status == "paused_by_tenant":
            return "paused"
        if self.status == "unverified":
            return "unknown"
        if self.status == "cooling" or self.failing_keys:
            return "degraded"
        return "ok"


@dataclass(frozen=True, slots=True)
class FailingKey:
    """An aggregate of which events wait, the first of them after `attempts` attempts."""

    aggregate: str
    waiting: int
    attempts: int
    next_attempt_at: datetime
    since: datetime


@dataclass(frozen=True, slots=True)
class Delivery:
    """An event's way to the endpoint, by its last attempt."""

    event_id: str
    position: int | None
    type: str
    aggregate: str
    status: str
    attempts: int
    at: datetime
    next_attempt_at: datetime | None
    answer_status: int | None
    error_class: str | None


@dataclass(frozen=True, slots=True)
class DeliveryAttempt:
    """One attempt to deliver an event."""

    number: int
    trigger: str
    at: datetime
    milliseconds: int
    outcome: str
    status: int | None
    error_class: str | None


@dataclass(frozen=True, slots=True)
class SubscriptionAct:
    """What may be done in the tenant's place by who has an access to it; `statuses` are those where it makes sense."""

    name: str
    label: str
    effect: str
    path: str
    statuses: frozenset[str]


ACTS: Final[Mapping[str, SubscriptionAct]] = {
    act.name: act
    for act in (
        SubscriptionAct(
            "resume",
            msg("Resume"),
            msg(
                "Events are delivered again from where it stopped, as far as the log still has them."
            ),
            "resumption",
            frozenset({"paused_auto", "paused_by_tenant"}),
        ),
        SubscriptionAct(
            "pause",
            msg("Pause"),
            msg(
                "Nothing is delivered until somebody resumes it. The log keeps events for 30 days."
            ),
            "pause",
            frozenset({"active", "cooling"}),
        ),
        SubscriptionAct(
            "test",
            msg("Send a test event"),
            msg("The endpoint gets an event that says that it is a test."),
            "endpoint/test",
            frozenset({"active", "cooling", "paused_auto", "paused_by_tenant"}),
        ),
    )
}


def acts_for(subscription: Subscription) -> Sequence[SubscriptionAct]:
    """The acts that its way of delivery knows."""
    if subscription.way == PULL:
        return []
    return [act for act in ACTS.values() if act.name != "test" or subscription.way == WEBHOOK]


def obstacle(act: SubscriptionAct, subscription: Subscription, *, may_change: bool) -> str | None:
    """Why an act is not possible now; None if it is."""
    if not may_change:
        return msg(
            "You need a running access to this tenant that allows changes. Ask for it on the tenant's page."
        )
    return None if subscription.status in act.statuses else msg("Its state does not allow this.")

"""What webhooks need from the outside."""

from collections.abc import Callable, Collection, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol
from uuid import UUID

from services.feed.application.ports import Subscriptions
from services.feed.application.queries import LogEntry, Page
from services.feed.domain.attempt import Attempt, Result
from services.feed.domain.breaker import Recent
from services.feed.domain.endpoint import Endpoint
from services.feed.domain.errand import Errand
from services.feed.domain.failing_key import FailingKey
from services.feed.domain.person_name import PersonName
from services.feed.domain.reading import Reading
from services.feed.domain.replay import Replay, Wanted
from services.feed.domain.secret import Secret
from services.feed.domain.subscription import Selection, Subscription
from shared.envelope import Outgoing


class Readings(Protocol):
    """Readings of the tenants that the unit of work acts for."""

    async def advance(self, reading: Reading, position: int) -> None:
        """Be done with everything up to a position, and hold it on. Raises LeaseLostError."""

    async def release(
        self,
        reading: Reading,
        position: int,
        *,
        due_at: datetime | None = None,
        resting_until: datetime | None = None,
    ) -> None:
        """Be done with everything up to a position, and leave the rest. Raises LeaseLostError."""

    async def call(self, tenant_id: UUID, subscription_id: UUID, at: datetime) -> None:
        """Have a reading looked at by then, even one that rests."""


class Endpoints(Protocol):
    """Endpoints and their secrets, by subscription."""

    async def get(self, subscription: Subscription) -> Endpoint | None:
        """Where a subscription's events go."""

    async def put(self, subscription: Subscription, endpoint: Endpoint) -> None:
        """Keep it, whatever was there."""

    async def secrets(self, subscription: Subscription) -> Sequence[Secret]:
        """Its secrets, newest first."""

    async def put_secrets(self, subscription: Subscription, secrets: Sequence[Secret]) -> None:
        """Keep these and no others."""


class Deliveries(Protocol):
    """What is on its way, and what was."""

    async def record(self, subscription: Subscription, attempts: Sequence[Attempt]) -> None:
        """Keep attempts."""

    async def save_keys(self, subscription: Subscription, keys: Collection[FailingKey]) -> None:
        """Keep what waits, and forget the keys for which nothing waits any more."""

    async def begin_anew(self, subscription: Subscription, now: datetime) -> None:
        """Whatever waits may be sent at once, as if for the first time."""

    async def next_attempt_at(self, subscription: Subscription) -> datetime | None:
        """When the first of what waits is sent again."""

    async def add_replay(self, subscription: Subscription, replay: Replay) -> bool:
        """Keep a new one; False while another is running."""

    async def save_replay(self, subscription: Subscription, replay: Replay) -> None:
        """Keep how far it has come."""


class Errands(Protocol):
    """What is to be sent to endpoints beside the log's events."""

    async def put(self, errand: Errand) -> None:
        """Have it sent, in place of one of its kind that waits."""

    async def claim(self, at_most: int) -> Sequence[Errand]:
        """Take errands that nobody is at, for a while. Across tenants."""

    async def remove(self, errand: Errand) -> None:
        """It is done; a newer one stays."""


class UnitOfWork(Protocol):
    """One transaction."""

    @property
    def subscriptions(self) -> Subscriptions:
        """The subscriptions."""

    @property
    def readings(self) -> Readings:
        """The readings."""

    @property
    def endpoints(self) -> Endpoints:
        """The endpoints."""

    @property
    def deliveries(self) -> Deliveries:
        """Keys that wait, attempts, replays."""

    @property
    def errands(self) -> Errands:
        """Tests and verifications."""

    def publish(self, *events: Outgoing) -> None:
        """Have events leave with this transaction."""


OpenUnit = Callable[..., AbstractAsyncContextManager[UnitOfWork]]


@dataclass(frozen=True, slots=True)
class Load:
    """What there is to do for a subscription, read at one moment."""

    subscription: Subscription
    endpoint: Endpoint
    secrets: Sequence[Secret]
    recent: Recent
    #: The keys whose turn is next, due or not.
    keys: Sequence[FailingKey]
    page: Page
    #: The keys of the page's and the replay's aggregates.
    waiting: Sequence[FailingKey]
    #: The events that the keys are about to send, by position.
    held: Mapping[int, LogEntry]
    oldest_position: int
    replay: Replay | None
    replayed: Sequence[LogEntry]
    #: What people of these events are called, where the subscription shows it.
    names: Mapping[UUID, PersonName]


class WebhookReads(Protocol):
    """Reads of one moment."""

    async def load(self, reading: Reading, after: int, now: datetime) -> Load | None:
        """What there is to do after a position; None when there is no endpoint any more."""

    async def wanted(self, subscription: Subscription, wanted: Wanted) -> tuple[int, int]:
        """How far the subscription has come, and how many events up to there a replay would send."""


OpenReads = Callable[..., AbstractAsyncContextManager[WebhookReads]]


@dataclass(frozen=True, slots=True)
class Message:
    """What goes to an endpoint at once: a CloudEvent, under its id."""

    event_id: UUID
    body: bytes


class Line(Protocol):
    """A way to one endpoint, which may keep its connections while it is open."""

    async def send(self, message: Message, now: datetime) -> Result:
        """Send it, signed; whatever happens is a result."""


class Sender(Protocol):
    """The way out."""

    def open(
        self, tenant_id: UUID, endpoint: Endpoint, secrets: Sequence[Secret]
    ) -> AbstractAsyncContextManager[Line]:
        """Lines end with the block."""


class Vault(Protocol):
    """Where secrets come from."""

    def make(self, tenant_id: UUID, secret_id: UUID, now: datetime) -> tuple[Secret, str]:
        """A new secret, and the text that its tenant is shown once."""


#: What a subscription is shown of an event.
Show = Callable[[Selection, LogEntry, Mapping[UUID, PersonName]], bytes]

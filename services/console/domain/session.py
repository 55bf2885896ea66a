"""When a session is over, and when its access token is to be renewed."""

from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Final, Self

from services.console.domain.operator import Operator

#: Without a request for so long, the session is over.
IDLE: Final = timedelta(minutes=30)
#: However busy, the session is over then.
LIFE: Final = timedelta(hours=10)
#: A token is renewed so long before it ends, so that no request sets out with one that ends on the way.
RENEW_BEFORE: Final = timedelta(seconds=30)
#: Requests within so long of the last one noted are not noted.
NOTED_EVERY: Final = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class Tokens:
    """What Keycloak gave for a login. `id_token` is told Keycloak again when they log out."""

    access: str = field(repr=False)
    refresh: str = field(repr=False)
    id_token: str = field(repr=False)
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class Session:
    """A login. `form_key` (hexadecimal) proves that a form was drawn for this session."""

    subject: str
    name: str
    roles: frozenset[str]
    tokens: Tokens
    form_key: str = field(repr=False)
    opened_at: datetime
    seen_at: datetime

    def is_over(self, now: datetime) -> bool:
        """Idle for too long, or too old."""
        return now - self.seen_at >= IDLE or now - self.opened_at >= LIFE

    def needs_renewal(self, now: datetime) -> bool:
        """Whether the access token ends soon, or has ended."""
        return now >= self.tokens.expires_at - RENEW_BEFORE

    def is_to_be_noted(self, now: datetime) -> bool:
        """Whether it is time to write down that somebody is still there."""
        return now - self.seen_at >= NOTED_EVERY

    def seen(self, now: datetime) -> Self:
        """The session after a request."""
        return replace(self, seen_at=now)

    def ended(self, now: datetime) -> Self:
        """The session when Keycloak says that it is over; whose it was stays known for a while."""
        return replace(self, seen_at=now - IDLE)

    def renewed(self, tokens: Tokens, roles: frozenset[str]) -> Self:
        """The session with new tokens, and the roles that these name."""
        return replace(self, tokens=tokens, roles=roles)

    @property
    def operator(self) -> Operator:
        """Who it is."""
        return Operator(self.subject, self.name, self.roles, self.tokens.access)

"""What an endpoint's messages are signed with; several at once while one takes another's place."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from uuid import UUID

from services.feed.domain.webhook_errors import TooManySecretsError

MOST_RUNNING = 3
LONGEST_OVERLAP = timedelta(days=7)


@dataclass(frozen=True, slots=True)
class Secret:
    """A signing secret; only its sealed form is kept."""

    secret_id: UUID
    sealed: bytes
    made_at: datetime
    ends_at: datetime | None = None

    def signs(self, now: datetime) -> bool:
        """Whether messages are signed with it at this time."""
        return self.ends_at is None or self.ends_at > now


def rotated(
    secrets: Sequence[Secret], new: Secret, overlap: timedelta, now: datetime
) -> Sequence[Secret]:
    """The new one beside those that still sign, each for the overlap at most. Raises TooManySecretsError."""
    running = [each for each in secrets if each.signs(now)] if overlap else []
    if len(running) >= MOST_RUNNING:
        raise TooManySecretsError(MOST_RUNNING)
    end = now + overlap
    return [new, *(replace(each, ends_at=min(each.ends_at or end, end)) for each in running)]

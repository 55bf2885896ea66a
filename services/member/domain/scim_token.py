"""The secret by which a tenant's identity system writes its people; only its digest is kept."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256
from uuid import UUID

from services.member.domain.people_errors import TooManyScimTokensError

#: Two at a time, so that one can be replaced without a gap.
MOST_VALID = 2
VALIDITY = timedelta(days=365)
PREFIX = "lvscim_"


@dataclass(slots=True)
class ScimToken:
    """A token; whoever has the secret of this digest may use it until it expires or is revoked."""

    tenant_id: UUID
    token_id: UUID
    digest: bytes
    created_at: datetime
    expires_at: datetime
    revoked_at: datetime | None = None

    def is_valid(self, now: datetime) -> bool:
        """Whether it opens the tenant's addresses now."""
        return self.revoked_at is None and now < self.expires_at

    def revoke(self, now: datetime) -> None:
        """It opens nothing from now on. Repeating it changes nothing."""
        if self.revoked_at is None:
            self.revoked_at = now


def digest_of(secret: str) -> bytes:
    """What is kept of a secret. It is random and long, so a plain hash cannot be turned round."""
    return sha256(secret.encode()).digest()


def new_token(
    tenant_id: UUID, token_id: UUID, secret: str, others: Sequence[ScimToken], now: datetime
) -> ScimToken:
    """One more token. Raises TooManyScimTokensError when two of the others are valid."""
    if sum(each.is_valid(now) for each in others) >= MOST_VALID:
        raise TooManyScimTokensError
    return ScimToken(tenant_id, token_id, digest_of(secret), now, now + VALIDITY)

"""From why a use case runs to what its ledger lines keep of it."""

from uuid import UUID

from services.voucher.domain.ledger import Why
from shared.envelope import Cause


def why(cause: Cause, reason: str | None = None) -> Why:
    """The event that moves units, if one does, and the reason that a person gave."""
    return Why(UUID(cause.causation_id) if cause.causation_id else None, reason)

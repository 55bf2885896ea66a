"""Signing secrets of endpoints: made here, kept only sealed. Their form is that of Standard Webhooks."""

import base64
import os
from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from services.feed.domain.secret import Secret
from shared.sealing import Seal

PREFIX = "whsec_"
#: The specification asks for 24 to 64.
SECRET_BYTES = 32


class SecretVault:
    """Makes, seals and opens secrets under one master key. Raises MasterKeyError."""

    def __init__(self, master_key: str) -> None:
        self._seal = Seal(master_key)

    def make(self, tenant_id: UUID, secret_id: UUID, now: datetime) -> tuple[Secret, str]:
        """A new secret, and the text that its tenant is shown once."""
        raw = os.urandom(SECRET_BYTES)
        sealed = self._seal.seal(raw, _owner(tenant_id, secret_id))
        return Secret(secret_id, sealed, now), PREFIX + base64.b64encode(raw).decode()

    def open(self, tenant_id: UUID, secrets: Sequence[Secret]) -> list[bytes]:
        """What to sign with. Raises NotOpenedError."""
        return [self._seal.open(each.sealed, _owner(tenant_id, each.secret_id)) for each in secrets]


def _owner(tenant_id: UUID, secret_id: UUID) -> bytes:
    return tenant_id.bytes + secret_id.bytes

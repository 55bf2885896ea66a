"""Cursors as readers get them: opaque, and signed for one subscription."""

import hmac
from base64 import urlsafe_b64decode, urlsafe_b64encode
from binascii import Error
from uuid import UUID

from services.feed.domain.cursor import Cursor
from services.feed.domain.errors import CursorInvalidError

VERSION = "v1"
SIGNATURE_BYTES = 16
MAX_LENGTH = 200


class CursorCodec:
    """Writes cursors down under a key, and reads only what was written under it."""

    def __init__(self, key: str) -> None:
        """`key` is 32 bytes in base64url."""
        self._key = urlsafe_b64decode(key)

    def encode(self, subscription_id: UUID, cursor: Cursor) -> str:
        """A cursor for a subscription."""
        content = f"{VERSION}.{cursor.epoch}.{cursor.position}.{cursor.filter}".encode()
        signed = content + self._signature(subscription_id, content)
        return urlsafe_b64encode(signed).decode().rstrip("=")

    def decode(self, subscription_id: UUID, text: str) -> Cursor:
        """The cursor that was handed out. Raises CursorInvalidError for anything else."""
        try:
            signed = urlsafe_b64decode(text + "=" * (-len(text) % 4))
        except (Error, ValueError) as error:
            raise CursorInvalidError from error
        content, signature = signed[:-SIGNATURE_BYTES], signed[-SIGNATURE_BYTES:]
        if not hmac.compare_digest(signature, self._signature(subscription_id, content)):
            raise CursorInvalidError
        _version, epoch, position, fingerprint = content.decode().split(".")
        return Cursor(int(epoch), int(position), fingerprint)

    def _signature(self, subscription_id: UUID, content: bytes) -> bytes:
        return hmac.digest(self._key, subscription_id.bytes + content, "sha256")[:SIGNATURE_BYTES]

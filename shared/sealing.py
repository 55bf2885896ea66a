"""Keeping secrets in a database in a form that only a process with the master key can read.

AES-256-GCM (NIST SP 800-38D). What a secret belongs to is associated data: copied to another row, it
does not open.
"""

import base64
import binascii
import os

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

KEY_BYTES = 32
_NONCE_BYTES = 12


class MasterKeyError(Exception):
    """The text is not 32 bytes in base64url."""


class NotOpenedError(Exception):
    """Another master key, changed bytes, or sealed for something else; AES-GCM cannot tell these apart."""


class Seal:
    """Seals and opens under one master key: 32 bytes in base64url, padded or not. Raises MasterKeyError."""

    def __init__(self, master_key: str) -> None:
        self._cipher = AESGCM(key_bytes(master_key))

    def seal(self, secret: bytes, belongs_to: bytes) -> bytes:
        """A form to keep; another one each time."""
        nonce = os.urandom(_NONCE_BYTES)
        return nonce + self._cipher.encrypt(nonce, secret, belongs_to)

    def open(self, sealed: bytes, belongs_to: bytes) -> bytes:
        """The secret. Raises NotOpenedError."""
        nonce, secret = sealed[:_NONCE_BYTES], sealed[_NONCE_BYTES:]
        try:
            return self._cipher.decrypt(nonce, secret, belongs_to)
        except (InvalidTag, ValueError) as error:
            raise NotOpenedError from error


def key_bytes(master_key: str) -> bytes:
    """A key of 32 bytes from base64url, padded or not. Raises MasterKeyError."""
    try:
        padded = master_key.strip() + "=" * (-len(master_key.strip()) % 4)
        raw = base64.b64decode(padded, altchars=b"-_", validate=True)
    except (binascii.Error, ValueError) as error:
        raise MasterKeyError("the master key is not base64url") from error
    if len(raw) != KEY_BYTES:
        raise MasterKeyError(f"the master key must be {KEY_BYTES} bytes")
    return raw

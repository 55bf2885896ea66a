"""One bit per credential: places in a status list and their bits.

Standard: W3C Bitstring Status List 1.0, section 3 (bit order: the most significant bit of the
first byte is index 0; at least 131,072 places, so that a place says little about its holder).
"""

from __future__ import annotations

from collections.abc import Callable
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from uuid import UUID

from services.certificate.domain.errors import CertificateError

LIST_LENGTH = 131_072
FIRST_LIST = 1
#: A half full list is followed by another one: a random place is then free at the second try.
LIST_CAPACITY = LIST_LENGTH // 2
#: How long a published list may be believed, and how long before its end it is signed again.
VALIDITY = timedelta(hours=24)
RENEWAL = timedelta(hours=12)


@dataclass(frozen=True)
class StatusList:
    """The bits of a tenant's credentials, and the signed credential that publishes them, if any.

    Raises CertificateError ``status_list_invalid`` unless there are LIST_LENGTH bits.
    """

    tenant_id: UUID
    list_id: int
    bits: bytes
    signed: bytes | None = None
    valid_until: datetime | None = None

    def __post_init__(self) -> None:
        if len(self.bits) * 8 != LIST_LENGTH:
            raise CertificateError("status_list_invalid", f"a list has {LIST_LENGTH} places")

    def revoke(self, index: int) -> StatusList:
        """The list with a credential revoked, to be signed anew. Raises ``status_index_invalid``."""
        return StatusList(self.tenant_id, self.list_id, set_bit(self.bits, index))

    def publish(self, signed: bytes, now: datetime) -> StatusList:
        """The list with its signed form, signed at `now`."""
        return replace(self, signed=signed, valid_until=now + VALIDITY)

    def published(self, now: datetime) -> bytes | None:
        """The signed form, or None when the bits must be signed (again) before they are shown."""
        if self.valid_until is None or self.valid_until - now < RENEWAL:
            return None
        return self.signed


def choose_index(randbelow: Callable[[int], int], used: AbstractSet[int]) -> int:
    """A random place that no credential has yet: a place in order would tell when it was issued.

    ``randbelow(n)`` gives an integer below n (``secrets.randbelow``). Raises CertificateError
    ``status_list_full`` when every place is used.
    """
    free = LIST_LENGTH - len(used)
    if free <= 0:
        raise CertificateError("status_list_full", "every place of the status list is used")
    if free > LIST_LENGTH // 2:
        return _draw(randbelow, used)
    skip = randbelow(free)
    unused = (index for index in range(LIST_LENGTH) if index not in used)
    return next(index for position, index in enumerate(unused) if position == skip)


def _draw(randbelow: Callable[[int], int], used: AbstractSet[int]) -> int:
    while (index := randbelow(LIST_LENGTH)) in used:
        continue
    return index


def empty_bits() -> bytes:
    """A list in which no bit is set."""
    return bytes(LIST_LENGTH // 8)


def get_bit(bits: bytes, index: int) -> bool:
    """Whether the credential at ``index`` is revoked. Raises ``status_index_invalid``."""
    byte, mask = _place(bits, index)
    return bool(bits[byte] & mask)


def set_bit(bits: bytes, index: int) -> bytes:
    """The list with the bit at ``index`` set. Raises ``status_index_invalid``."""
    byte, mask = _place(bits, index)
    return bits[:byte] + bytes([bits[byte] | mask]) + bits[byte + 1 :]


def clear_bit(bits: bytes, index: int) -> bytes:
    """The list with the bit at ``index`` cleared. Raises ``status_index_invalid``."""
    byte, mask = _place(bits, index)
    return bits[:byte] + bytes([bits[byte] & ~mask & 0xFF]) + bits[byte + 1 :]


def _place(bits: bytes, index: int) -> tuple[int, int]:
    if not 0 <= index < len(bits) * 8:
        raise CertificateError("status_index_invalid", f"no place {index} in this status list")
    return index // 8, 0x80 >> (index % 8)

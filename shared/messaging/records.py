"""Kafka's record batch, format 2, of records whose content was encoded when their events were written.

Source: the message format in Apache Kafka's documentation. aiokafka's own builder encodes key, value
and headers at sending time, from Python objects made for each: half of the relay's time.
"""

import struct
import time
from collections.abc import Mapping
from functools import lru_cache

from aiokafka.record.util import calc_crc32c

_START = struct.Struct(">qiibI")
_REST = struct.Struct(">hiqqqhii")
_LENGTH_COUNTS_FROM = 12
_NO_LEADER_EPOCH, _MAGIC, _ATTRIBUTES = -1, 2, 0
_HEADER_BYTES = _START.size + _REST.size
#: A record's attributes, and the difference of its time to the batch's.
_RECORD_START = b"\0\0"
_MOST_LENGTH_BYTES = 5
#: The length -1, which says that there is no value.
_NO_VALUE = b"\x01"


@lru_cache(maxsize=65_536)
def _varint(number: int) -> bytes:
    """A number of at least 0 as Kafka writes it: seven bits a byte, the sign in the lowest bit."""
    rest, encoded = number << 1, bytearray()
    while rest > 0x7F:
        encoded.append(rest & 0x7F | 0x80)
        rest >>= 7
    encoded.append(rest)
    return bytes(encoded)


@lru_cache(maxsize=1_024)
def _encoded_name(name: str) -> bytes:
    return _varint(len(name.encode())) + name.encode()


def encode_prefix(key: str, value: bytes | None) -> bytes:
    """What stands before the value in a record: the key, and the value's length; none makes a tombstone."""
    key_bytes = key.encode()
    length = _NO_VALUE if value is None else _varint(len(value))
    return b"".join((_varint(len(key_bytes)), key_bytes, length))


def encode_headers(headers: Mapping[str, str]) -> bytes:
    """What stands behind the value in a record."""
    parts = [_varint(len(headers))]
    for name, value in headers.items():
        value_bytes = value.encode()
        parts += (_encoded_name(name), _varint(len(value_bytes)), value_bytes)
    return b"".join(parts)


def decode_headers(encoded: bytes) -> dict[str, str]:
    """The headers that were encoded."""
    texts, (count, at) = [], _read_varint(encoded, 0)
    for _ in range(2 * count):
        length, at = _read_varint(encoded, at)
        texts.append(encoded[at : at + length].decode())
        at += length
    return dict(zip(texts[::2], texts[1::2], strict=True))


def _read_varint(encoded: bytes, at: int) -> tuple[int, int]:
    """A number, and where what follows it begins."""
    number = shift = 0
    while True:
        byte = encoded[at]
        number |= (byte & 0x7F) << shift
        at, shift = at + 1, shift + 7
        if byte < 0x80:
            return number >> 1, at


class RecordBatch:
    """Records of one partition, in order, as `AIOKafkaProducer.send_batch` takes them."""

    def __init__(self, most_bytes: int) -> None:
        self.ids: list[int] = []
        self._parts: list[bytes] = []
        self._room = most_bytes - _HEADER_BYTES
        self._producer = (-1, -1, -1)
        self._built = b""

    def append(self, id_: int, content: bytes) -> bool:
        """Add prefix, value and headers under the sender's own `id_`; whether they fitted. The first do."""
        offset = _varint(len(self.ids))
        length = len(_RECORD_START) + len(offset) + len(content)
        if length + _MOST_LENGTH_BYTES > self._room and self.ids:
            return False
        self._room -= length + _MOST_LENGTH_BYTES
        self._parts += (_varint(length), _RECORD_START, offset, content)
        self.ids.append(id_)
        return True

    # What aiokafka asks of a batch, by the names of its own BatchBuilder.

    def record_count(self) -> int:
        """How many records there are."""
        return len(self.ids)

    def closed(self) -> bool:
        """Whether it may be sent at once: a batch that is given to the producer is complete."""
        return True

    def _set_producer_state(self, producer_id: int, producer_epoch: int, sequence: int) -> None:
        self._producer = (producer_id, producer_epoch, sequence)

    def _build(self) -> bytes:
        if not self._built:
            self._built = self._encoded(int(time.time() * 1000))
            self._parts.clear()
        return self._built

    def _encoded(self, now: int) -> bytes:
        count = len(self.ids)
        rest = _REST.pack(_ATTRIBUTES, count - 1, now, now, *self._producer, count)
        checked = b"".join((rest, *self._parts))
        length = _START.size + len(checked) - _LENGTH_COUNTS_FROM
        start = _START.pack(0, length, _NO_LEADER_EPOCH, _MAGIC, calc_crc32c(checked))
        return start + checked

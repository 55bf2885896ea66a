"""The chain of a programme's ledger: each line's hash covers the line and the hash before it.

Whoever keeps a published head can tell later whether any line up to it was changed, left out or put in.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from hashlib import sha256

from services.voucher.domain.ledger import Transfer

#: What stands before the first line.
GENESIS = bytes(32)

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)


def canonical(line: Transfer) -> bytes:
    """The bytes of a line that are hashed: its fields as text, by "|"; the time in microseconds since 1970 (UTC).

    The form never changes; its version stands first. The reason comes last, since it may hold anything.
    """
    at = (line.at - _EPOCH) // _MICROSECOND
    return (
        f"1|{line.programme_id}|{line.entry}|{line.pool_id}|{line.kind}|{line.debit}|{line.credit}|{line.units}|{at}|"
        f"{line.voucher_id or ''}|{line.beneficiary_id or ''}|{line.reverses or ''}|{line.cause_id or ''}|"
        f"{line.reason or ''}"
    ).encode()


def link(previous: bytes, line: Transfer) -> bytes:
    """The hash of a line that follows the one with the hash `previous`: SHA-256 of both."""
    return sha256(previous + canonical(line)).digest()


@dataclass(slots=True)
class Chain:
    """How far a programme's ledger has come: the number of its lines, and the hash of the last."""

    entries: int = 0
    head: bytes = GENESIS

    def append(self, line: Transfer) -> Transfer:
        """The line with its number and its hash."""
        numbered = line._replace(entry=self.entries + 1)
        self.head = link(self.head, numbered)
        self.entries += 1
        return numbered._replace(hash=self.head)

    def follow(self, lines: Iterable[Transfer]) -> int | None:
        """Go on over lines as they were kept; the number of the first that is not as it was written, or None."""
        for line in lines:
            expected = self.entries + 1
            if line.entry != expected or link(self.head, line) != line.hash:
                return expected
            self.entries, self.head = expected, line.hash
        return None

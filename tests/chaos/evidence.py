"""What is on record when everything has settled: the material that invariants are checked against."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from tests.chaos.load import Outcome


@dataclass(frozen=True, slots=True)
class Record:
    """A record on a topic, in the order of its partition."""

    topic: str
    partition: int
    event_id: str
    type: str
    key: str
    sequence: int
    data: bytes
    booking_id: str = ""


@dataclass(frozen=True, slots=True)
class Written:
    """An event as the service's outbox keeps it."""

    service: str
    topic: str
    event_id: str
    type: str
    key: str
    sequence: int


@dataclass(frozen=True, slots=True)
class Booking:
    """A booking of catalogue."""

    booking_id: str
    status: str
    voucher_id: str | None


@dataclass(frozen=True, slots=True)
class Voucher:
    """A voucher, or a refusal, of voucher."""

    voucher_id: str
    booking_id: str
    status: str


@dataclass(frozen=True, slots=True)
class Transfer:
    """A movement between two accounts of the programme, in the order of the ledger."""

    debit: str
    credit: str
    units: int
    voucher_id: str | None = None


@dataclass(frozen=True, slots=True)
class Award:
    """A completion as certificate keeps it, with how many signed credentials there are of it."""

    booking_id: str
    state: str
    credentials: int


@dataclass(frozen=True, slots=True)
class Evidence:
    """Everything of one run's tenants. Mappings are by service."""

    limit: int
    outcomes: Sequence[Outcome]
    bookings: Sequence[Booking]
    vouchers: Sequence[Voucher]
    pool: Mapping[str, int]
    transfers: Sequence[Transfer]
    awards: Sequence[Award]
    #: Bookings of which member knows the completion and the certificate.
    recorded: Sequence[str]
    written: Sequence[Written]
    pending: Mapping[str, int]
    records: Sequence[Record]
    #: Types that a service has a handler for, and the events that its inbox remembers.
    handled_types: Mapping[str, frozenset[str]]
    inbox: Mapping[str, frozenset[str]]
    dead_letters: Mapping[str, Sequence[str]]
    #: Names of the services' own invariants that do not hold.
    violated: Mapping[str, Sequence[str]]
    over_limit: Sequence[str] = ()
    unsettled: Sequence[str] = ()

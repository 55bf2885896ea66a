"""What must hold after a run, as a list of named checks. Each returns its violations in words."""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping

from tests.chaos.evidence import Evidence, Record, Voucher
from tests.chaos.plan import Script

Check = Callable[[Evidence], list[str]]

FAILED = "declined"
#: How a visitor's booking may have ended; "declined" is always possible when vouchers run out.
ENDS = {
    Script.KEEP: {"confirmed", FAILED},
    Script.CANCEL: {"cancelled", FAILED},
    Script.CANCEL_AT_ONCE: {"cancelled", FAILED},
    Script.COMPLETE: {"completed", FAILED},
}
#: The events of a booking in their order, by its end.
STORIES: Mapping[str, list[tuple[str, ...]]] = {
    "confirmed": [("booking.requested.v1", "booking.confirmed.v1")],
    "declined": [("booking.requested.v1", "booking.declined.v1")],
    "cancelled": [
        ("booking.requested.v1", "booking.cancelled.v1"),
        ("booking.requested.v1", "booking.confirmed.v1", "booking.cancelled.v1"),
    ],
    "completed": [
        ("booking.requested.v1", "booking.confirmed.v1", "participation.completed.v1"),
    ],
}
#: What may have become of a booking's voucher, by the booking's end.
VOUCHERS = {
    "confirmed": {"reserved"},
    "declined": {"refused"},
    # Cancelled at once: before the voucher was asked for, before its answer came, or after it.
    "cancelled": {"released", "refused", "withdrawn"},
    "completed": {"redeemed"},
}
#: Events that a booking has one of at most, whatever was killed or repeated.
ONCE = {
    "answered": {"voucher.reserved.v1", "voucher.refused.v1"},
    "decided": {"booking.confirmed.v1", "booking.declined.v1"},
    "settled": {"voucher.redeemed.v1", "voucher.released.v1", "voucher.expired.v1"},
    "certified": {"credential.issued.v1"},
}


def everything_settled(evidence: Evidence) -> list[str]:
    """Outboxes are empty and consumers have caught up."""
    left = [f"{count} in the outbox of {s}" for s, count in evidence.pending.items() if count]
    return [*evidence.unsettled, *left]


def requests_answered(evidence: Evidence) -> list[str]:
    """Every request got an answer that it may get, at the latest when it was repeated."""
    return [outcome.trouble for outcome in evidence.outcomes if outcome.trouble]


def bookings_as_asked_for(evidence: Evidence) -> list[str]:
    """Each wish became one booking, which ended in a way that the wish allows."""
    there = {booking.booking_id: booking.status for booking in evidence.bookings}
    asked = {outcome.booking_id: outcome for outcome in evidence.outcomes if outcome.booking_id}
    found = [f"booking {each} was answered and is not there" for each in asked.keys() - there]
    found += [f"booking {each} was not asked for" for each in there.keys() - asked]
    for booking_id in asked.keys() & there.keys():
        outcome, status = asked[booking_id], there[booking_id]
        if outcome.trouble:
            continue  # its wish was not played to the end, which is a violation by itself
        ends = ENDS[outcome.visit.script] if outcome.eligible else {FAILED, "cancelled"}
        if status not in ends:
            found.append(f"booking {booking_id} ({outcome.visit.script}) ended as {status}")
        if outcome.status != status:
            found.append(f"booking {booking_id} is {status}; its tenant heard {outcome.status}")
    return found


def bookings_told_right(evidence: Evidence) -> list[str]:
    """The events of each booking tell its story, in an order that is allowed."""
    stories: dict[str, list[str]] = defaultdict(list)
    for record in _first_occurrences(evidence.records):
        if record.topic == "catalogue-events" and record.booking_id:
            stories[record.booking_id].append(record.type)
    return [
        f"booking {booking.booking_id} is {booking.status}; told was {told}"
        for booking in evidence.bookings
        if (told := tuple(stories[booking.booking_id])) not in STORIES.get(booking.status, [])
    ]


def services_agree(evidence: Evidence) -> list[str]:
    """Voucher, certificate and member know of each booking what catalogue does."""
    vouchers = {voucher.booking_id: voucher for voucher in evidence.vouchers}
    awards = {award.booking_id for award in evidence.awards if award.state == "issued"}
    recorded = set(evidence.recorded)
    found = []
    for booking in evidence.bookings:
        name, completed = f"booking {booking.booking_id}", booking.status == "completed"
        voucher = vouchers.get(booking.booking_id)
        if _status(voucher) not in VOUCHERS.get(booking.status, ()):
            found.append(f"{name} is {booking.status}; its voucher is {_status(voucher)}")
        if booking.voucher_id and (not voucher or voucher.voucher_id != booking.voucher_id):
            found.append(f"{name} names a voucher that is not its own")
        if (booking.booking_id in awards) is not completed:
            found.append(f"{name} is {booking.status}; a certificate: {not completed}")
        if (booking.booking_id in recorded) is not completed:
            found.append(f"{name} is {booking.status}; on the person's record: {not completed}")
    return found


def _status(voucher: Voucher | None) -> str:
    return voucher.status if voucher else "not there"


def ledger_sums_to_zero(evidence: Evidence) -> list[str]:
    """Every account holds what its transfers add up to, and all of them together nothing."""
    balances: Counter[str] = Counter({"granted": 0})
    for transfer in evidence.transfers:
        balances[transfer.debit] -= transfer.units
        balances[transfer.credit] += transfer.units
    said = dict(evidence.pool, granted=-evidence.pool["granted"])
    found = [] if sum(said.values()) == 0 else [f"the pool sums to {sum(said.values())}: {said}"]
    return found + [
        f"{account} says {units}, its transfers {balances[account]}"
        for account, units in said.items()
        if units != balances[account]
    ]


def never_over_the_limit(evidence: Evidence) -> list[str]:
    """At no moment of the ledger, and at no look, were more vouchers out than were granted."""
    held, worst = 0, 0
    for transfer in evidence.transfers:
        held += (transfer.debit == "available") - (transfer.credit == "available")
        held += transfer.debit == "granted"
        worst = max(worst, held)
    over = worst > evidence.limit
    found = [f"{worst} of {evidence.limit} vouchers were out"] if over else []
    return [*found, *evidence.over_limit]


def no_event_lost(evidence: Evidence) -> list[str]:
    """What an outbox has written is on its topic."""
    there = {(record.topic, record.event_id) for record in evidence.records}
    return [
        f"{each.type} {each.event_id} of {each.service} is not on {each.topic}"
        for each in evidence.written
        if (each.topic, each.event_id) not in there
    ]


def no_event_made_up(evidence: Evidence) -> list[str]:
    """What is on a topic was written, as it is, together with the state that it tells of."""
    written = {
        each.event_id: (each.topic, each.type, each.key, each.sequence) for each in evidence.written
    }
    return [
        f"{each.type} {each.event_id} on {each.topic} is not what an outbox has written"
        for each in evidence.records
        if written.get(each.event_id) != (each.topic, each.type, each.key, each.sequence)
    ]


def every_event_handled(evidence: Evidence) -> list[str]:
    """Each consumer has handled every event that it has a handler for."""
    return [
        f"{service} has not handled {record.type} {record.event_id}"
        for record in _first_occurrences(evidence.records)
        for service, types in evidence.handled_types.items()
        if record.type in types and record.event_id not in evidence.inbox[service]
    ]


def none_doubled_in_effect(evidence: Evidence) -> list[str]:
    """A booking has one voucher, one answer, one certificate; a voucher moves once from each account."""
    found = _more_than_once("vouchers", (each.booking_id for each in evidence.vouchers))
    found += _more_than_once("awards", (each.booking_id for each in evidence.awards))
    found += [
        f"booking {each.booking_id} has {each.credentials} credentials"
        for each in evidence.awards
        if each.credentials > 1
    ]
    moves = Counter((each.voucher_id, each.debit) for each in evidence.transfers if each.voucher_id)
    found += [
        f"voucher {voucher_id} left {debit} {count} times"
        for (voucher_id, debit), count in moves.items()
        if count > 1
    ]
    for what, types in ONCE.items():
        events = (r for r in _first_occurrences(evidence.records) if r.type in types)
        found += _more_than_once(f"events by which it is {what}", (r.booking_id for r in events))
    return found


def _more_than_once(what: str, booking_ids: Iterable[str]) -> list[str]:
    counts = Counter(booking_ids)
    return [f"booking {each} has {count} {what}" for each, count in counts.items() if count > 1]


def repeated_unchanged(evidence: Evidence) -> list[str]:
    """An event that is on its topic again is the same, and in the same partition."""
    first: dict[str, Record] = {}
    return [
        f"{each.type} {each.event_id} came again as another"
        for each in evidence.records
        if first.setdefault(each.event_id, each) != each
    ]


def none_out_of_order(evidence: Evidence) -> list[str]:
    """On each topic each key's sequence grows by one, whatever comes again in between."""
    found: list[str] = []
    last: dict[tuple[str, str], int] = {}
    for record in _first_occurrences(evidence.records):
        place = record.topic, record.key
        if record.sequence != last.get(place, record.sequence - 1) + 1:
            found.append(f"{' '.join(place)}: {record.sequence} came after {last[place]}")
        last[place] = record.sequence
    return found


def no_dead_letters(evidence: Evidence) -> list[str]:
    """Outages are nobody's dead letter."""
    return _by_service("buried", evidence.dead_letters)


def own_invariants_hold(evidence: Evidence) -> list[str]:
    """What each service checks in production holds."""
    return _by_service("violates", evidence.violated)


def _by_service(verb: str, found: Mapping[str, Iterable[str]]) -> list[str]:
    return [f"{service} {verb}: {each}" for service, names in found.items() for each in names]


def _first_occurrences(records: Iterable[Record]) -> list[Record]:
    first: dict[tuple[str, str], Record] = {}
    for record in records:
        first.setdefault((record.topic, record.event_id), record)
    return list(first.values())


CHECKS: Mapping[str, Check] = {
    "everything settled": everything_settled,
    "every request was answered": requests_answered,
    "every booking ended as it may": bookings_as_asked_for,
    "the events tell each booking's story": bookings_told_right,
    "the services agree about every booking": services_agree,
    "the ledger sums to zero": ledger_sums_to_zero,
    "never more vouchers than the limit": never_over_the_limit,
    "no event lost": no_event_lost,
    "no event made up": no_event_made_up,
    "every event handled": every_event_handled,
    "none doubled in effect": none_doubled_in_effect,
    "what is repeated is the same": repeated_unchanged,
    "none out of order": none_out_of_order,
    "no dead letters": no_dead_letters,
    "every service's own invariants hold": own_invariants_hold,
}


def violations(evidence: Evidence) -> dict[str, list[str]]:
    """The checks that failed, with what they found."""
    found = {name: check(evidence) for name, check in CHECKS.items()}
    return {name: words for name, words in found.items() if words}

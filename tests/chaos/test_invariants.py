"""Each invariant is seen to fail: evidence of a good run, spoiled in one place at a time."""

from collections.abc import Callable
from dataclasses import replace

import pytest

from tests.chaos.evidence import Award, Booking, Evidence, Transfer, Voucher
from tests.chaos.invariants import CHECKS, violations
from tests.chaos.samples import evidence, outcomes

Spoil = Callable[[Evidence], Evidence]


def _waiting(sound: Evidence) -> Evidence:
    return replace(sound, pending={**sound.pending, "voucher": 1})


def _unsettled(sound: Evidence) -> Evidence:
    return replace(sound, unsettled=["voucher is at 3 of 4"])


def _unanswered(sound: Evidence) -> Evidence:
    spoiled = outcomes()
    spoiled[0].trouble = "visit 0: 404"
    return replace(sound, outcomes=spoiled)


def _booking_gone(sound: Evidence) -> Evidence:
    return replace(sound, bookings=sound.bookings[:2])


def _booked_twice(sound: Evidence) -> Evidence:
    return replace(sound, bookings=[*sound.bookings, Booking("d", "requested", None)])


def _ended_wrongly(sound: Evidence) -> Evidence:
    return replace(sound, bookings=[Booking("a", "confirmed", "va"), *sound.bookings[1:]])


def _heard_otherwise(sound: Evidence) -> Evidence:
    spoiled = outcomes()
    spoiled[0].status = "declined"
    return replace(sound, outcomes=spoiled)


def _paid_for_an_outsider(sound: Evidence) -> Evidence:
    spoiled = outcomes()
    spoiled[0].eligible = False
    return replace(sound, outcomes=spoiled)


def _told_wrongly(sound: Evidence) -> Evidence:
    first, second, *rest = sound.records
    return replace(sound, records=[second, first, *rest])


def _voucher_kept(sound: Evidence) -> Evidence:
    kept = [Voucher("va", "a", "reserved"), *sound.vouchers[1:]]
    return replace(sound, vouchers=kept)


def _another_voucher(sound: Evidence) -> Evidence:
    return replace(sound, bookings=[Booking("a", "completed", "vb"), *sound.bookings[1:]])


def _no_certificate(sound: Evidence) -> Evidence:
    return replace(sound, awards=[Award("a", "pending", 0)])


def _not_recorded(sound: Evidence) -> Evidence:
    return replace(sound, recorded=[])


def _pool_differs(sound: Evidence) -> Evidence:
    return replace(sound, pool={**sound.pool, "available": 2})


def _transfer_lost(sound: Evidence) -> Evidence:
    return replace(sound, transfers=sound.transfers[:-1])


def _over_the_limit(sound: Evidence) -> Evidence:
    more = [Transfer("available", "reserved", 1, f"v{n}") for n in range(3)]
    back = [Transfer("reserved", "available", 1, f"v{n}") for n in range(3)]
    return replace(sound, transfers=[*sound.transfers, *more, *back])


def _seen_over_the_limit(sound: Evidence) -> Evidence:
    return replace(sound, over_limit=["of 2 vouchers the pool said 3"])


def _event_lost(sound: Evidence) -> Evidence:
    lost = sound.records[-2]  # the certificate, told last but for a repetition
    return replace(sound, records=[each for each in sound.records if each != lost])


def _event_made_up(sound: Evidence) -> Evidence:
    return replace(sound, written=sound.written[:-1])


def _event_altered(sound: Evidence) -> Evidence:
    altered = replace(sound.written[-1], key="t:another")
    return replace(sound, written=[*sound.written[:-1], altered])


def _event_unhandled(sound: Evidence) -> Evidence:
    return replace(sound, inbox={**sound.inbox, "voucher": frozenset()})


def _two_vouchers(sound: Evidence) -> Evidence:
    return replace(sound, vouchers=[Voucher("vx", "a", "redeemed"), *sound.vouchers])


def _two_credentials(sound: Evidence) -> Evidence:
    return replace(sound, awards=[Award("a", "issued", 2)])


def _redeemed_twice(sound: Evidence) -> Evidence:
    return replace(sound, transfers=[*sound.transfers, sound.transfers[-1]])


def _answered_twice(sound: Evidence) -> Evidence:
    answer = next(each for each in sound.records if each.type == "voucher.reserved.v1")
    return replace(sound, records=[*sound.records, replace(answer, event_id="another")])


def _repeated_elsewhere(sound: Evidence) -> Evidence:
    return replace(sound, records=[*sound.records, replace(sound.records[1], partition=5)])


def _gap(sound: Evidence) -> Evidence:
    gone = sound.records[1]  # the second of three of its key
    return replace(sound, records=[each for each in sound.records if each != gone])


def _buried(sound: Evidence) -> Evidence:
    return replace(sound, dead_letters={"voucher": ["catalogue-events: TimeoutError"]})


def _own_invariant(sound: Evidence) -> Evidence:
    return replace(sound, violated={"voucher": ["every unit granted is in one account"]})


FAULTS: dict[str, list[Spoil]] = {
    "everything settled": [_waiting, _unsettled],
    "every request was answered": [_unanswered],
    "every booking ended as it may": [
        *(_booking_gone, _booked_twice, _ended_wrongly, _heard_otherwise, _paid_for_an_outsider),
    ],
    "the events tell each booking's story": [_told_wrongly, _ended_wrongly],
    "the services agree about every booking": [
        *(_voucher_kept, _another_voucher, _no_certificate, _not_recorded),
    ],
    "the ledger sums to zero": [_pool_differs, _transfer_lost],
    "never more vouchers than the limit": [_over_the_limit, _seen_over_the_limit],
    "no event lost": [_event_lost, _gap],
    "no event made up": [_event_made_up, _event_altered],
    "every event handled": [_event_unhandled],
    "none doubled in effect": [
        *(_two_vouchers, _two_credentials, _redeemed_twice, _answered_twice),
    ],
    "what is repeated is the same": [_repeated_elsewhere],
    "none out of order": [_told_wrongly, _gap],
    "no dead letters": [_buried],
    "every service's own invariants hold": [_own_invariant],
}


def test_a_good_run_violates_nothing() -> None:
    assert violations(evidence()) == {}


def test_every_check_is_seen_to_fail() -> None:
    assert FAULTS.keys() == CHECKS.keys()


@pytest.mark.parametrize(
    ("name", "spoil"),
    [(name, spoil) for name, spoils in FAULTS.items() for spoil in spoils],
    ids=lambda each: each if isinstance(each, str) else each.__name__.strip("_"),
)
def test_a_fault_is_found(name: str, spoil: Spoil) -> None:
    assert name in violations(spoil(evidence()))

"""The evidence of a run in which all went well, small enough to spoil by hand."""

from collections.abc import Iterator, Sequence

from tests.chaos.evidence import Award, Booking, Evidence, Record, Transfer, Voucher, Written
from tests.chaos.load import Outcome
from tests.chaos.plan import Script, Visit

SERVICE_OF = {"catalogue-events": "catalogue", "voucher-events": "voucher"}
SERVICE_OF |= {"certificate-events": "certificate"}
HANDLED = {
    "member": frozenset({"participation.completed.v1", "credential.issued.v1"}),
    "catalogue": frozenset({"voucher.reserved.v1", "voucher.refused.v1"}),
    "voucher": frozenset({"booking.requested.v1", "booking.cancelled.v1"}),
    "certificate": frozenset({"participation.completed.v1"}),
}
LIMIT = 2


def outcomes() -> list[Outcome]:
    """Three visits: "a" was completed, "b" cancelled, "c" came too late."""
    wishes = [("a", Script.COMPLETE, "completed"), ("b", Script.CANCEL, "cancelled")]
    wishes.append(("c", Script.KEEP, "declined"))
    return [
        Outcome(Visit(n, 0.0, 0, False, script), "t", True, booking, status)  # noqa: FBT003
        for n, (booking, script, status) in enumerate(wishes)
    ]


def records() -> list[Record]:
    """What the topics tell of them; one event came twice."""
    told = list(_told())
    return [*told, told[0]]


def _told() -> Iterator[Record]:
    booked, answered, certified = SERVICE_OF
    yield from _story(booked, "a", "booking.requested", "booking.confirmed")
    yield _record(booked, "a", 3, "participation.completed")
    yield from _story(booked, "b", "booking.requested", "booking.confirmed", "booking.cancelled")
    yield from _story(booked, "c", "booking.requested", "booking.declined")
    yield from _story(answered, "a", "voucher.reserved", "voucher.redeemed")
    yield from _story(answered, "b", "voucher.reserved", "voucher.released")
    yield from _story(answered, "c", "voucher.refused")
    yield from _story(certified, "a", "credential.issued")


def _story(topic: str, booking: str, *types: str) -> Iterator[Record]:
    for sequence, each in enumerate(types, 1):
        yield _record(topic, booking, sequence, each)


def _record(topic: str, booking: str, sequence: int, name: str) -> Record:
    event_id = f"{topic}/{booking}/{sequence}"
    return Record(topic, 0, event_id, f"{name}.v1", f"t:{booking}", sequence, b"{}", booking)


def written(told: Sequence[Record]) -> list[Written]:
    """The outboxes that these records come from."""
    return [
        Written(
            SERVICE_OF[each.topic], each.topic, each.event_id, each.type, each.key, each.sequence
        )
        for each in dict.fromkeys(told)
    ]


def inbox(told: Sequence[Record]) -> dict[str, frozenset[str]]:
    """Everything that has a handler was handled."""
    return {
        service: frozenset(each.event_id for each in told if each.type in types)
        for service, types in HANDLED.items()
    }


def evidence() -> Evidence:
    """All of it, without a fault."""
    told = records()
    nothing = dict.fromkeys(HANDLED, 0)
    return Evidence(
        limit=LIMIT,
        outcomes=outcomes(),
        bookings=[
            Booking("a", "completed", "va"),
            Booking("b", "cancelled", "vb"),
            Booking("c", "declined", None),
        ],
        vouchers=[
            Voucher("va", "a", "redeemed"),
            Voucher("vb", "b", "released"),
            Voucher("vc", "c", "refused"),
        ],
        pool={"granted": LIMIT, "available": 1, "reserved": 0, "redeemed": 1},
        transfers=[
            Transfer("granted", "available", LIMIT),
            Transfer("available", "reserved", 1, "va"),
            Transfer("available", "reserved", 1, "vb"),
            Transfer("reserved", "available", 1, "vb"),
            Transfer("reserved", "redeemed", 1, "va"),
        ],
        awards=[Award("a", "issued", 1)],
        recorded=["a"],
        written=written(told),
        pending=nothing,
        records=told,
        handled_types=HANDLED,
        inbox=inbox(told),
        dead_letters=dict.fromkeys(HANDLED, ()),
        violated=dict.fromkeys(HANDLED, ()),
    )

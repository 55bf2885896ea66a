"""Made-up events of a tenant's log, and what a subscriber must know after them."""

import random
from collections.abc import Iterable, Sequence
from typing import Any
from uuid import UUID, uuid5

NAMES = UUID("6f0c4b36-6a51-4f3e-9d1f-3a7f5d0c2b11")
LIVES = (
    ("catalogue", ("booking.requested.v1", "booking.confirmed.v1", "participation.completed.v1")),
    ("voucher", ("voucher.reserved.v1", "voucher.redeemed.v1")),
    ("certificate", ("credential.issued.v1",)),
)


def lives(count: int, *, seed: int = 1) -> list[dict[str, Any]]:
    """Events of `count` aggregates, mixed as they come from several services, each aggregate in order."""
    waiting = [_life(number) for number in range(count)]
    chance, events = random.Random(seed), []
    while waiting:
        life = chance.choice(waiting)
        events.append(life.pop(0))
        if not life:
            waiting.remove(life)
    return events


def _life(number: int) -> list[dict[str, Any]]:
    service, types = LIVES[number % len(LIVES)]
    subject = uuid5(NAMES, str(number))
    return [
        {
            "specversion": "1.0",
            "id": str(uuid5(subject, kind)),
            "source": f"/{service}",
            "subject": str(subject),
            "type": kind,
            "time": "2026-11-21T12:00:00+00:00",
            "sequence": f"{sequence:020d}",
            "data": {
                "booking_id": str(subject),
                "person_id": str(uuid5(subject, "person")),
                "credential_id": str(subject),
                "url": f"https://example.org/{number}",
                "issued_at": "2026-11-21T12:00:00Z",
                f"only_in_{sequence}": "ü",
            },
        }
        for sequence, kind in enumerate(types, 1)
    ]


def known_after(events: Iterable[dict[str, Any]]) -> dict[str, Any]:
    """What is to be known after all events, each once and in order."""
    things: dict[str, Any] = {}
    for event in events:
        name = f"{event['source']} {event['subject']}"
        data = {**things.get(name, {"data": {}})["data"], **event["data"]}
        things[name] = {"type": event["type"], "sequence": int(event["sequence"]), "data": data}
    return things


def snapshot_of(events: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """The snapshot after these events, which ends in the cursor."""
    lines = []
    for name, thing in known_after(events).items():
        source, subject = name.split(" ")
        lines.append({"source": source, "subject": subject, **thing, "view": "own"})
    return [*lines, {"cursor": str(len(events)), "items": len(lines)}]

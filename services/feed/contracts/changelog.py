"""What changed in the public contracts, newest first: what is added, deprecated and ended, with its day."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Any, Final

from services.feed.contracts.public_events import PUBLIC_EVENTS
from services.feed.contracts.public_events.base import PublicEvent

#: Whoever reads a type has at least so many days to change over: twelve months.
NOTICE_DAYS: Final = 365


class Kind(StrEnum):
    """What happened to a contract."""

    ADDED = "added"
    CHANGED = "changed"
    DEPRECATED = "deprecated"
    ENDED = "ended"


@dataclass(frozen=True, slots=True)
class Change:
    """A change, of one type or of the whole."""

    on: date
    kind: Kind
    english: str
    german: str
    event_type: str | None = None

    def document(self) -> Mapping[str, Any]:
        """The change as it is published."""
        return {
            "on": self.on.isoformat(),
            "kind": self.kind.value,
            "event_type": self.event_type,
            "text": {"en": self.english, "de": self.german},
        }


#: Written by hand. Deprecations are not: they follow from the types.
CHANGES: Final[tuple[Change, ...]] = (
    Change(
        date(2026, 11, 22),
        Kind.ADDED,
        "A funder hears when its programme is nearly used and topped up; everybody hears when one ends.",
        "Ein Fördergeber erfährt, wenn sein Programm fast verbraucht ist oder aufgestockt wird; alle erfahren das Ende.",
    ),
    Change(
        date(2026, 11, 22),
        Kind.CHANGED,
        "A programme says what it counts, what a voucher pays up to, and all its conditions.",
        "Ein Programm nennt, worin es zählt, bis zu welchem Wert ein Gutschein bezahlt, und alle Bedingungen.",
        "programme.opened.v1",
    ),
    Change(
        date(2026, 11, 22),
        Kind.ADDED,
        "Funders and providers hear of each invoice and credit note that the cooperative issues.",
        "Fördergeber und Anbieter erfahren von jeder Rechnung und Korrektur der Genossenschaft.",
        "statement.issued.v1",
    ),
    Change(
        date(2026, 11, 22),
        Kind.ADDED,
        "How vouchers are given out: allocations, requests, assignments and reminders.",
        "Wie Gutscheine vergeben werden: Kontingente, Anträge, Zuweisungen und Erinnerungen.",
    ),
    Change(
        date(2026, 11, 22),
        Kind.CHANGED,
        "An offer says what a booking costs and which competence fields it belongs to.",
        "Ein Angebot nennt, was eine Buchung kostet und zu welchen Kompetenzfeldern es gehört.",
        "offer.published.v1",
    ),
    Change(
        date(2026, 11, 21),
        Kind.ADDED,
        "The first version: every event type listed here, by pull, webhook and Kafka.",
        "Die erste Fassung: alle hier genannten Ereignistypen, per Abruf, Webhook und Kafka.",
    ),
)


def changelog() -> list[Mapping[str, Any]]:
    """Every change, newest first."""
    changes = [*CHANGES, *(each for event in PUBLIC_EVENTS for each in _deprecations(event))]
    return [change.document() for change in sorted(changes, key=lambda each: each.on, reverse=True)]


def _deprecations(event: type[PublicEvent]) -> list[Change]:
    notice = event.DEPRECATED
    if notice is None:
        return []
    return [
        Change(
            notice.deprecated_on,
            Kind.DEPRECATED,
            f"Use {notice.replaced_by}; this type is sent until {notice.ends_on}.",
            f"Nutzen Sie {notice.replaced_by}; dieser Typ wird bis {notice.ends_on} gesendet.",
            event.TYPE,
        )
    ]

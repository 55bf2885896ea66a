"""Made-up stories for those who build a subscriber: one booking after the other, from request to certificate.

The same moment gives the same events with the same ids, whoever asks and however often. Ids come round
after STORIES stories, with sequences that go on, so that what is kept of a sandbox does not grow for ever.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Final
from uuid import UUID, uuid5

STEP: Final = timedelta(seconds=30)
STEPS: Final = 6
STORIES: Final = 500
PEOPLE: Final = 20
OFFERS: Final = ("Datenschutz im Alltag", "Digitale Verwaltung gestalten", "KI verstehen")
_BEGINNING: Final = datetime(2026, 1, 1, tzinfo=UTC)
_PROGRAMME: Final = "programme"


@dataclass(frozen=True, slots=True)
class MadeUp:
    """An event that did not happen, in the words of the service that would have told it."""

    event_id: UUID
    type: str
    source: str
    aggregate: UUID
    sequence: int
    at: datetime
    story: UUID
    data: Mapping[str, Any]


def told_until(tenant_id: UUID, now: datetime) -> list[MadeUp]:
    """What the story that runs at a moment has told until then, from its beginning."""
    number, step = divmod((now - _BEGINNING) // STEP, STEPS)
    story = _Story(tenant_id, number)
    return [*story.prelude(), *list(story.steps())[: step + 1]]


class _Story:
    """One person books one offer with a voucher, completes it and gets a certificate."""

    def __init__(self, tenant_id: UUID, number: int) -> None:
        self._tenant_id, self._number = tenant_id, number
        self._round, self._place = divmod(number, STORIES)
        self._begins = _BEGINNING + number * STEPS * STEP
        self._booking = self._id(f"booking/{self._place}")
        self._voucher = self._id(f"voucher/{self._place}")
        self._credential = self._id(f"credential/{self._place}")
        self._person = self._id(f"person/{number % PEOPLE}")
        self._title = OFFERS[number % len(OFFERS)]
        self._offer = self._id(f"offer/{self._title}")

    def prelude(self) -> Iterator[MadeUp]:
        """The person and the offer, which are told once: later stories have them already."""
        person = {"person_id": str(self._person), "roles": ["learner"]}
        offer = {
            "offer_id": str(self._offer),
            "kind": "on_demand_course",
            "title": self._title,
            "competences": [],
            "duration_minutes": 90,
        }
        yield self._once("person.registered.v1", "/member", self._person, person)
        yield self._once("offer.published.v1", "/catalogue", self._offer, offer)

    def steps(self) -> Iterator[MadeUp]:
        """What happens, one step after the other."""
        booking = {
            "booking_id": str(self._booking),
            "person_id": str(self._person),
            "offer_id": str(self._offer),
            "provider_id": str(self._tenant_id),
        }
        programme = {"programme_id": str(self._id(_PROGRAMME))}
        voucher = {
            "voucher_id": str(self._voucher),
            "booking_id": str(self._booking),
            "person_id": str(self._person),
            "funder_id": str(self._tenant_id),
            **programme,
        }
        requested = {**booking, "offer_kind": "on_demand_course", **programme}
        expires_at = (self._at(1) + timedelta(days=90)).isoformat()
        yield self._step(0, "booking.requested.v1", "/catalogue", self._booking, 1, 3, requested)
        reserved = {**voucher, "expires_at": expires_at}
        yield self._step(1, "voucher.reserved.v1", "/voucher", self._voucher, 1, 2, reserved)
        yield self._step(2, "booking.confirmed.v1", "/catalogue", self._booking, 2, 3, booking)
        completed = {**booking, **self._completion()}
        yield self._step(
            3, "participation.completed.v1", "/catalogue", self._booking, 3, 3, completed
        )
        yield self._step(4, "voucher.redeemed.v1", "/voucher", self._voucher, 2, 2, voucher)
        issued = {
            "credential_id": str(self._credential),
            "booking_id": str(self._booking),
            "person_id": str(self._person),
            "url": f"https://sandbox.invalid/credentials/{self._credential}",
            "issued_at": self._at(5).isoformat(),
        }
        yield self._step(5, "credential.issued.v1", "/certificate", self._credential, 1, 1, issued)

    def _completion(self) -> dict[str, Any]:
        achievement = {
            "name": self._title,
            "description": self._title,
            "criteria": "Alle Lerneinheiten bearbeitet.",
            "competences": [],
            "duration_minutes": 90,
        }
        return {
            "provider_name": "Sandbox",
            "completed_at": self._at(3).isoformat(),
            "achievement": achievement,
        }

    def _step(
        self, step: int, name: str, source: str, aggregate: UUID, nth: int, of: int, data: Any
    ) -> MadeUp:
        """A step that is the nth event of its aggregate in this story, of so many."""
        event_id = self._id(f"event/{self._number}/{step}")
        sequence = self._round * of + nth
        at = self._at(step)
        return MadeUp(event_id, name, source, aggregate, sequence, at, self._booking, data)

    def _once(self, name: str, source: str, aggregate: UUID, data: Any) -> MadeUp:
        event_id = uuid5(aggregate, name)
        return MadeUp(event_id, name, source, aggregate, 1, self._begins, aggregate, data)

    def _at(self, step: int) -> datetime:
        return self._begins + step * STEP

    def _id(self, name: str) -> UUID:
        return uuid5(self._tenant_id, name)

"""The text of a cooperation agreement: what all its parties sign."""

from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from services.member.domain.agreement_errors import InvalidAgreementError

MAX_PARTIES = 100
MAX_OFFERS = 500
MAX_NOTICE_DAYS = 730


class Part(StrEnum):
    """What a party does. A facilitator helps and has no learners of its own in it."""

    HOST = "host"
    PARTY = "party"
    FACILITATOR = "facilitator"


@dataclass(frozen=True, slots=True)
class Party:
    """A member that takes part, and what the others call it."""

    tenant_id: UUID
    name: str
    part: Part


@dataclass(frozen=True, slots=True)
class SharedOffer:
    """An offer that its provider, a party, shares."""

    provider_id: UUID
    offer_id: UUID


@dataclass(frozen=True, slots=True)
class Terms:
    """One revision of an agreement. `adds_later`: a party may add offers of its own while it runs."""

    purpose: str
    parties: tuple[Party, ...]
    offers: frozenset[SharedOffer]
    adds_later: bool
    starts_at: datetime
    ends_at: datetime | None
    notice_days: int

    def __post_init__(self) -> None:
        """Refuse a text that contradicts itself. Raises InvalidAgreementError."""
        _check(len(self.party_ids) == len(self.parties), "A party is named twice. Name each once.")
        _check(2 <= len(self.parties) <= MAX_PARTIES, f"Name 2 to {MAX_PARTIES} parties.")
        parts = {party.part for party in self.parties}
        _check(Part.HOST in parts, "One party at least is the host. Give it the part host.")
        _check(bool(self.offers) or self.adds_later, "Name offers, or let parties add them later.")
        _check(len(self.offers) <= MAX_OFFERS, f"Name {MAX_OFFERS} offers at most.")
        foreign = {offer.provider_id for offer in self.offers} - self.party_ids
        _check(not foreign, "An offer is not a party's. Name offers of the parties only.")
        _check(
            self.ends_at is None or self.starts_at < self.ends_at,
            "The agreement must end after it starts. Correct ends_at.",
        )
        _check(0 <= self.notice_days <= MAX_NOTICE_DAYS, f"Notice has 0 to {MAX_NOTICE_DAYS} days.")

    @property
    def party_ids(self) -> frozenset[UUID]:
        """The parties' tenants."""
        return frozenset(party.tenant_id for party in self.parties)

    def without(self, left: Collection[UUID]) -> tuple[Party, ...]:
        """The parties that stay when some leave."""
        return tuple(party for party in self.parties if party.tenant_id not in left)

    def makes_sense_without(self, left: Collection[UUID]) -> bool:
        """Whether those who stay could have signed it alone: two or more, a host, something to share."""
        offers = frozenset(offer for offer in self.offers if offer.provider_id not in left)
        try:
            replace(self, parties=self.without(left), offers=offers)
        except InvalidAgreementError:
            return False
        return True


def _check(is_right: bool, otherwise: str) -> None:
    if not is_right:
        raise InvalidAgreementError(otherwise)

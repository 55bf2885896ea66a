"""What this service needs to know of cooperation agreements; member owns them."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from services.catalogue.domain.offer import Offer

#: The part of a party that helps and has no learners of its own in the agreement.
FACILITATOR = "facilitator"


@dataclass(frozen=True, slots=True)
class Agreement:
    """An agreement that the tenant `tenant_id` proposed; one that ended shares nothing.

    `offers` are pairs of provider and offer: a party shares what it provides itself, nothing else.
    """

    tenant_id: UUID
    agreement_id: UUID
    parts: Mapping[UUID, str]
    offers: frozenset[tuple[UUID, UUID]]
    ends_at: datetime | None

    def lets_see(self, tenant_id: UUID, offer: Offer, now: datetime) -> bool:
        """Whether a party's people see the offer now. The view `shared_offer` says the same in SQL."""
        is_over = self.ends_at is not None and self.ends_at <= now
        is_shared = (offer.tenant_id, offer.offer_id) in self.offers
        return not is_over and is_shared and {tenant_id, offer.tenant_id} <= self.parts.keys()

    def lets_book(self, tenant_id: UUID, offer: Offer, now: datetime) -> bool:
        """Whether it can be booked for a party's people: a facilitator has none."""
        return self.lets_see(tenant_id, offer, now) and self.parts[tenant_id] != FACILITATOR

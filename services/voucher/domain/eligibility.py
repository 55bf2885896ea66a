"""Who may use a programme, as data, with a plain reason for each no."""

from dataclasses import dataclass
from uuid import UUID


@dataclass(frozen=True, slots=True)
class Beneficiary:
    """A tenant as eligibility sees it."""

    tenant_id: UUID
    name: str
    kind: str
    state: str
    regions: frozenset[str]
    status: str = "active"

    @property
    def refusal(self) -> "Refusal | None":
        """Why the tenant gets nothing new, or None if it may act. What is reserved may still be redeemed."""
        if self.status == "suspended":
            return Refusal("tenant_suspended", f"{self.name} is suspended by the cooperative.")
        if self.status == "left":
            return Refusal("tenant_not_active", f"{self.name} has left the cooperative.")
        return None


@dataclass(frozen=True, slots=True)
class Refusal:
    """A no, with a stable code and the reason in words."""

    reason: str
    explanation: str


@dataclass(frozen=True, slots=True)
class Eligibility:
    """A programme's conditions. An empty set sets no condition; state OR region is enough."""

    states: frozenset[str] = frozenset()
    regions: frozenset[str] = frozenset()
    tenant_kinds: frozenset[str] = frozenset()
    offers: frozenset[UUID] = frozenset()
    offer_kinds: frozenset[str] = frozenset()

    def refuse_tenant(self, tenant: Beneficiary) -> Refusal | None:
        """Why this tenant may not use the programme, or None if it may."""
        if self.tenant_kinds and tenant.kind not in self.tenant_kinds:
            kinds = ", ".join(sorted(self.tenant_kinds))
            return Refusal(
                "tenant_kind_not_eligible", f"Only for {kinds}; {tenant.name} is a {tenant.kind}."
            )
        if not self._covers(tenant):
            areas = ", ".join(sorted(self.states | self.regions))
            return Refusal("outside_area", f"Only for {areas}; {tenant.name} lies in none of them.")
        return None

    def refuse_offer(self, offer_id: UUID, offer_kind: str) -> Refusal | None:
        """Why a voucher does not pay this offer, or None if it does."""
        if self.offers and offer_id not in self.offers:
            return Refusal("offer_not_eligible", "The programme does not pay for this offer.")
        if self.offer_kinds and offer_kind not in self.offer_kinds:
            kinds = ", ".join(sorted(self.offer_kinds))
            return Refusal("offer_not_eligible", f"The programme pays only for {kinds}.")
        return None

    def _covers(self, tenant: Beneficiary) -> bool:
        if not self.states and not self.regions:
            return True
        return tenant.state in self.states or not self.regions.isdisjoint(tenant.regions)

"""Who may use a programme and for what, as data: every condition says yes or no, and why."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Self
from uuid import UUID

from services.voucher.domain.errors import VoucherError
from services.voucher.domain.explanations import Parameter, explain
from services.voucher.domain.words import Language


@dataclass(frozen=True, slots=True)
class Refusal:
    """A no: a stable code, the reason in English, and what it is made of, to say it in another language."""

    reason: str
    explanation: str
    parameters: Mapping[str, Parameter] = field(default_factory=dict, compare=False)

    @classmethod
    def because(cls, reason: str, **parameters: Parameter) -> Self:
        """The refusal with this code."""
        return cls(reason, explain(reason, parameters), parameters)

    def said(self, language: Language) -> str:
        """The explanation in a language; what an earlier release refused is known in English only."""
        try:
            return explain(self.reason, self.parameters, language)
        except KeyError:
            return self.explanation


class VoucherRefusedError(VoucherError):
    """The programme gives no voucher for this; the code is that of the refusal."""

    def __init__(self, refusal: Refusal) -> None:
        super().__init__(refusal.explanation)
        self.refusal = refusal
        self.code = refusal.reason


@dataclass(frozen=True, slots=True)
class Finding:
    """What one condition says of a claim. `code` and `parameters` are what an explanation is made of."""

    condition: str
    code: str
    parameters: Mapping[str, Parameter] = field(default_factory=dict)
    met: bool = field(kw_only=True)

    @property
    def refusal(self) -> Refusal:
        """The no that follows from a condition that is not met."""
        return Refusal.because(self.code, **self.parameters)


def first_refusal(findings: Iterable[Finding]) -> Refusal | None:
    """The first no, or None when all conditions are met."""
    return next((each.refusal for each in findings if not each.met), None)


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
    def standing(self) -> Finding:
        """Whether the tenant may act. Who may not gets nothing new; what is reserved may still be redeemed."""
        codes = {"suspended": "tenant_suspended", "left": "tenant_not_active"}
        code = codes.get(self.status, "tenant_active")
        return Finding("standing", code, {"tenant": self.name}, met=code == "tenant_active")

    @property
    def refusal(self) -> Refusal | None:
        """Why the tenant gets nothing new, or None if it may act."""
        return first_refusal([self.standing])


@dataclass(frozen=True, slots=True)
class Item:
    """What is to be paid for. `price_cents` is None where nobody said what it costs."""

    offer_id: UUID
    offer_kind: str
    competence_fields: frozenset[str] = frozenset()
    price_cents: int | None = None


@dataclass(frozen=True, slots=True)
class Claim:
    """Who wants which item paid; None for whom a voucher is to be held before anything is chosen.

    `roles` are those that the tenant told of the person.
    """

    tenant: Beneficiary
    person_id: UUID
    roles: frozenset[str]
    item: Item | None


@dataclass(frozen=True, slots=True)
class Eligibility:
    """A programme's conditions. An empty set sets no condition.

    Of states, regions and single tenants one is enough; each other condition has to be met.
    """

    states: frozenset[str] = frozenset()
    regions: frozenset[str] = frozenset()
    tenants: frozenset[UUID] = frozenset()
    tenant_kinds: frozenset[str] = frozenset()
    roles: frozenset[str] = frozenset()
    offers: frozenset[UUID] = frozenset()
    offer_kinds: frozenset[str] = frozenset()
    competence_fields: frozenset[str] = frozenset()

    def of_claim(self, claim: Claim) -> Iterator[Finding]:
        """What the conditions say of a claim, in the order in which a no counts."""
        yield from self.of_tenant(claim.tenant)
        yield from self.of_person(claim.roles)
        if claim.item:
            yield from self.of_item(claim.item)

    def of_tenant(self, tenant: Beneficiary) -> Iterator[Finding]:
        """What the conditions say of an organisation."""
        if self.tenant_kinds:
            yield self._kind(tenant)
        if self.states or self.regions or self.tenants:
            yield self._area(tenant)

    def of_person(self, roles: frozenset[str]) -> Iterator[Finding]:
        """What the conditions say of a person with these roles."""
        if not self.roles:
            return
        found = self.roles & roles
        code = "role_eligible" if found else "role_not_eligible"
        yield Finding("role", code, {"roles": _sorted(found or self.roles)}, met=bool(found))

    def of_item(self, item: Item) -> Iterator[Finding]:
        """What the conditions say of what is to be paid for."""
        if self.offers:
            met = item.offer_id in self.offers
            yield Finding("offer", "offer_eligible" if met else "offer_not_eligible", met=met)
        if self.offer_kinds:
            yield self._offer_kind(item)
        if self.competence_fields:
            found = self.competence_fields & item.competence_fields
            code = "competence_field_eligible" if found else "competence_field_not_eligible"
            fields = {"fields": _sorted(found or self.competence_fields)}
            yield Finding("competence_field", code, fields, met=bool(found))

    def _kind(self, tenant: Beneficiary) -> Finding:
        met = tenant.kind in self.tenant_kinds
        code = "tenant_kind_eligible" if met else "tenant_kind_not_eligible"
        kinds = _sorted(self.tenant_kinds)
        named: Mapping[str, Parameter] = {"tenant": tenant.name, "kind": tenant.kind}
        return Finding("tenant_kind", code, {**named, "kinds": kinds}, met=met)

    def _area(self, tenant: Beneficiary) -> Finding:
        covering = (self.states & {tenant.state}) | (self.regions & tenant.regions)
        if covering:
            areas = {"tenant": tenant.name, "areas": _sorted(covering)}
            return Finding("area", "inside_area", areas, met=True)
        if tenant.tenant_id in self.tenants:
            return Finding("area", "named_by_funder", {"tenant": tenant.name}, met=True)
        wanted = (*_sorted(self.states | self.regions), *(("named",) if self.tenants else ()))
        return Finding("area", "outside_area", {"tenant": tenant.name, "areas": wanted}, met=False)

    def _offer_kind(self, item: Item) -> Finding:
        met = item.offer_kind in self.offer_kinds
        code = "offer_kind_eligible" if met else "offer_kind_not_eligible"
        kinds = {"offer_kind": item.offer_kind, "offer_kinds": _sorted(self.offer_kinds)}
        return Finding("offer_kind", code, kinds, met=met)


def _sorted(keys: Iterable[str]) -> tuple[str, ...]:
    return tuple(sorted(keys))

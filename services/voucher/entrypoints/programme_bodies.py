"""The bodies of programmes: what a funder decides, and what others see of it."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Annotated, Self
from uuid import UUID

from pydantic import Field, model_validator

from services.voucher.application.check_claims import Check
from services.voucher.domain.eligibility import Eligibility, Finding, Item
from services.voucher.domain.explanations import explain
from services.voucher.domain.limits import MAX_CLAIMS, Limits
from services.voucher.domain.programme import Programme, State
from services.voucher.domain.simulation import Outlook, Simulation
from services.voucher.domain.terms import (
    MAX_CENTS,
    MAX_VOUCHERS,
    Distribution,
    Step,
    Terms,
    Unit,
)
from services.voucher.domain.words import Language
from shared.http.fields import Body, Description, Key, Moment, Name, View

Keys = Annotated[frozenset[Key], Field(max_length=200)]
Ids = Annotated[frozenset[UUID], Field(max_length=1_000)]
Cents = Annotated[int, Field(ge=1, le=MAX_CENTS)]
Claims = Annotated[int, Field(ge=1, le=MAX_CLAIMS)]
Amount = Annotated[int, Field(ge=1, le=MAX_CENTS, description="Vouchers, or euro cents")]
Reason = Annotated[Description, Field(min_length=1, max_length=1_000)]


class EligibilityBody(Body):
    """Conditions; an empty list sets none. Of states, regions and single tenants one is enough."""

    states: Keys = frozenset()
    regions: Keys = frozenset()
    tenants: Ids = frozenset()
    tenant_kinds: Keys = frozenset()
    roles: Keys = frozenset()
    offers: Ids = frozenset()
    offer_kinds: Keys = frozenset()
    competence_fields: Keys = frozenset()


class ProgrammeBody(Body):
    """A funder's decision. It counts vouchers, or money: give `vouchers` or `budget_cents`."""

    name: Name
    reference: Annotated[Name, Field(description="The funder's file reference (Aktenzeichen)")]
    legal_basis: Annotated[
        Description, Field(max_length=500, description="Law or guideline (Rechtsgrundlage)")
    ] = ""
    vouchers: Annotated[int, Field(ge=1, le=MAX_VOUCHERS)] | None = None
    budget_cents: Cents | None = None
    cap_cents: Annotated[
        Cents | None, Field(description="The value that one voucher pays up to")
    ] = None
    eligibility: EligibilityBody
    vouchers_per_person: Annotated[int, Field(ge=1, le=1_000)] = 1
    vouchers_per_tenant: Claims | None = None
    vouchers_per_month: Annotated[
        Claims | None, Field(description="Of one tenant, in a calendar month of Germany")
    ] = None
    opens_at: Moment
    closes_at: Moment
    distribution: Distribution = Distribution.FIRST_COME
    approval: Annotated[
        tuple[Step, ...], Field(max_length=2, description="Who has to approve, in this order")
    ] = ()
    reservation_days: Annotated[int, Field(ge=1, le=3_650)] = 90
    assignment_days: Annotated[int, Field(ge=1, le=3_650)] = 90

    @model_validator(mode="after")
    def _counts_one_thing(self) -> Self:
        if (self.vouchers is None) == (self.budget_cents is None):
            raise ValueError("give either vouchers or budget_cents")
        return self

    def terms(self) -> Terms:
        """The terms in the domain's words. Raises InvalidProgrammeError."""
        return Terms(
            name=self.name,
            reference=self.reference,
            eligibility=Eligibility(**self.eligibility.model_dump()),
            opens_at=self.opens_at,
            closes_at=self.closes_at,
            reservation=timedelta(days=self.reservation_days),
            limits=Limits(
                self.vouchers_per_person, self.vouchers_per_tenant, self.vouchers_per_month
            ),
            legal_basis=self.legal_basis,
            unit=Unit.CENT if self.vouchers is None else Unit.VOUCHER,
            budget=self.vouchers or self.budget_cents or 0,
            cap_cents=self.cap_cents,
            distribution=self.distribution,
            approval=self.approval,
            assignment=timedelta(days=self.assignment_days),
        )


class NewProgrammeBody(ProgrammeBody):
    """A funder's decision, or a draft of it, which may still change and gives nothing yet."""

    draft: bool = False


class TopUpBody(Body):
    """More units, and why."""

    units: Amount
    reason: Reason | None = None


class ReturnBody(Body):
    """Units that go back to the funder, and why."""

    units: Amount
    reason: Reason


class ClosingBody(Body):
    """Why a programme ends before its time."""

    reason: Reason | None = None


class PoolView(View):
    """Where the units are. granted = available + reserved + redeemed + expired + returned."""

    granted: int
    available: int
    reserved: int
    redeemed: int
    expired: int
    returned: int


class EligibilityTermsView(View):
    """The conditions of a programme."""

    states: Sequence[str]
    regions: Sequence[str]
    tenants: Sequence[UUID]
    tenant_kinds: Sequence[str]
    roles: Sequence[str]
    offers: Sequence[UUID]
    offer_kinds: Sequence[str]
    competence_fields: Sequence[str]

    @classmethod
    def of(cls, source: object) -> Self:
        """The view of a programme's conditions."""
        return cls(**{name: sorted(getattr(source, name)) for name in cls.model_fields})


class ProgrammeView(View):
    """A programme as its funder sees it. All figures are in `unit`: vouchers or euro cents."""

    programme_id: UUID
    name: str
    reference: str
    legal_basis: str
    state: State
    unit: Unit
    budget: int
    cap_cents: int | None
    eligibility: EligibilityTermsView
    vouchers_per_person: int
    vouchers_per_tenant: int | None
    vouchers_per_month: int | None
    opens_at: datetime
    closes_at: datetime
    closed_at: datetime | None
    is_closed: bool
    distribution: Distribution
    approval: Sequence[Step]
    reservation_days: int
    assignment_days: int
    pool: PoolView
    used_percent: int

    @classmethod
    def of(cls, source: object) -> Self:
        """The view of a programme."""
        assert isinstance(source, Programme)
        terms = source.terms
        return cls(
            programme_id=source.programme_id,
            name=terms.name,
            reference=terms.reference,
            legal_basis=terms.legal_basis,
            state=source.state,
            unit=terms.unit,
            budget=terms.budget,
            cap_cents=terms.cap_cents,
            eligibility=EligibilityTermsView.of(terms.eligibility),
            vouchers_per_person=terms.limits.per_person,
            vouchers_per_tenant=terms.limits.per_tenant,
            vouchers_per_month=terms.limits.per_month,
            opens_at=terms.opens_at,
            closes_at=terms.closes_at,
            closed_at=source.closed_at,
            is_closed=source.is_closed,
            distribution=terms.distribution,
            approval=terms.approval,
            reservation_days=terms.reservation.days,
            assignment_days=terms.assignment.days,
            pool=PoolView.of(source.total),
            used_percent=source.used_percent,
        )


class FindingView(View):
    """What one condition says: a stable code with its parameters, and the same in plain words."""

    condition: str
    met: bool
    code: str
    parameters: Mapping[str, int | str | Sequence[str]]
    explanation: str

    @classmethod
    def said(cls, finding: Finding, language: Language) -> Self:
        """The finding in a language."""
        return cls(
            condition=finding.condition,
            met=finding.met,
            code=finding.code,
            parameters=finding.parameters,
            explanation=explain(finding.code, finding.parameters, language),
        )


def said(findings: Iterable[Finding], language: Language) -> list[FindingView]:
    """Findings in a language."""
    return [FindingView.said(each, language) for each in findings]


class EligibilityView(View):
    """Whether the caller's organisation may use a programme, and why or why not.

    `reason` and `explanation` are those of the first condition that is not met.
    """

    programme_id: UUID
    name: str
    eligible: bool
    reason: str | None
    explanation: str | None
    findings: list[FindingView]

    @classmethod
    def judge(
        cls, programme_id: UUID, terms: Terms, findings: Sequence[Finding], language: Language
    ) -> Self:
        """The answer for one tenant."""
        found = said(findings, language)
        no = next((each for each in found if not each.met), None)
        return cls(
            programme_id=programme_id,
            name=terms.name,
            eligible=no is None,
            reason=no.code if no else None,
            explanation=no.explanation if no else None,
            findings=found,
        )


class CheckBody(Body):
    """Who would book what, at which price."""

    person_id: UUID
    offer_id: UUID
    offer_kind: Key
    competence_fields: Keys = frozenset()
    price_cents: Annotated[int, Field(ge=0, le=MAX_CENTS)] | None = None

    def item(self) -> Item:
        """What is to be paid for, in the domain's words."""
        return Item(self.offer_id, self.offer_kind, self.competence_fields, self.price_cents)


class CheckView(View):
    """Whether a programme would pay now, and why or why not; nothing is held by asking.

    `pays_cents` is what it pays of the price, if there is one; `units` what a booking would take of the pool.
    """

    programme_id: UUID
    name: str
    closes_at: datetime
    pays: bool
    unit: Unit
    units: int | None
    pays_cents: int | None
    findings: list[FindingView]

    @classmethod
    def said(cls, check: Check, language: Language) -> Self:
        """The answer in a language."""
        terms = check.terms
        return cls(
            programme_id=check.programme_id,
            name=terms.name,
            closes_at=terms.closes_at,
            pays=check.pays,
            unit=terms.unit,
            units=check.units,
            pays_cents=check.pays_cents,
            findings=said(check.findings, language),
        )


class OutlookView(View):
    """What a programme would be for one organisation. `people` is null where they are fewer than five."""

    tenant_id: UUID
    name: str
    kind: str
    state: str
    eligible: bool
    people: int | None
    findings: list[FindingView]

    @classmethod
    def said(cls, outlook: Outlook, language: Language) -> Self:
        """The outlook in a language."""
        tenant = outlook.tenant
        return cls(
            tenant_id=tenant.tenant_id,
            name=tenant.name,
            kind=tenant.kind,
            state=tenant.state,
            eligible=outlook.is_eligible,
            people=outlook.people,
            findings=said(outlook.findings, language),
        )


class SimulationView(View):
    """Who would be eligible. `people` leaves out the `uncounted` organisations that have fewer than five."""

    organisations: int
    eligible: int
    people: int
    uncounted: int
    outlooks: list[OutlookView]

    @classmethod
    def said(cls, found: Simulation, language: Language, limit: int, offset: int) -> Self:
        """A page of the organisations, by name, with figures of all."""
        page = found.outlooks[offset : offset + limit]
        return cls(
            organisations=len(found.outlooks),
            eligible=len(found.eligible),
            people=found.people,
            uncounted=found.uncounted,
            outlooks=[OutlookView.said(each, language) for each in page],
        )


class ForecastView(View):
    """How long a programme lasts, by a straight line through the last 14 whole days (UTC) at most.

    `verdict` is not_open, over, taken, too_early, unused, runs_out or lasts. `a_day` units are taken for good a
    day, give or take `off`; `on` is the day that the last one goes, `earliest` and `latest` if the line is off;
    null is never, or too far away. `left` is how many are left when the programme ends.
    """

    verdict: str
    a_day: float
    off: float
    on: date | None
    earliest: date | None
    latest: date | None
    left: int

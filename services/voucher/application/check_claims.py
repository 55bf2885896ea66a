"""At the point of booking: would a programme pay, and why or why not. Nothing is held by asking."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from services.voucher.application.ports import UnitOfWork
from services.voucher.application.tallies import tally_of
from services.voucher.domain.eligibility import Beneficiary, Claim, Finding, Item
from services.voucher.domain.errors import (
    PersonNotKnownError,
    ProgrammeNotKnownError,
    TenantNotKnownError,
    VoucherError,
)
from services.voucher.domain.limits import Tally
from services.voucher.domain.person import Person
from services.voucher.domain.programme import Programme, State
from services.voucher.domain.terms import Terms
from services.voucher.domain.voucher import Voucher


@dataclass(frozen=True, slots=True)
class CheckClaim:
    """The question of one tenant about one of its people. Without `programme_id` it is about all that are open."""

    tenant_id: UUID
    person_id: UUID
    item: Item
    programme_id: UUID | None = None


@dataclass(frozen=True, slots=True)
class Check:
    """What a programme says of a claim."""

    programme_id: UUID
    terms: Terms
    item: Item
    findings: Sequence[Finding]

    @property
    def pays(self) -> bool:
        """Whether a booking made now would be paid."""
        return all(each.met for each in self.findings)

    @property
    def units(self) -> int | None:
        """What a booking would take, if it is paid."""
        return self.terms.units_for(self.item) if self.pays else None

    @property
    def pays_cents(self) -> int | None:
        """What is paid of the price, if there is one and it is paid."""
        price = self.item.price_cents
        return self.terms.pays(price) if self.pays and price is not None else None


@dataclass(frozen=True, slots=True)
class _Known:
    """What the questions of a batch are answered by."""

    tenants: Mapping[UUID, Beneficiary]
    people: Mapping[UUID, Person]
    programmes: Mapping[UUID, Programme]
    assigned: Sequence[Voucher]
    tally: Tally


async def check_claims(
    work: UnitOfWork, questions: Sequence[CheckClaim], now: datetime
) -> list[Sequence[Check] | VoucherError]:
    """The programmes' answers to each question, in the order in which they would pay, or why there are none.

    The unit of work acts for the tenants and for the funders.
    """
    known = await _known(work, questions, now)
    return [_answer(known, each, now) for each in questions]


async def _known(work: UnitOfWork, questions: Sequence[CheckClaim], now: datetime) -> _Known:
    named = {each.programme_id for each in questions if each.programme_id}
    unnamed = (
        [] if all(each.programme_id for each in questions) else await work.programmes.open_ids(now)
    )
    tenant_ids = {each.tenant_id for each in questions}
    person_ids = {each.person_id for each in questions}
    order = list(dict.fromkeys([*unnamed, *named]))
    found = await work.programmes.get_many(order, tenant_ids)
    programmes = {key: found[key] for key in order if key in found}
    funder_ids = {each.tenant_id for each in programmes.values()}
    return _Known(
        await work.tenants.get_many(tenant_ids | funder_ids),
        await work.people.get_many(person_ids),
        programmes,
        await work.vouchers.assigned_to(person_ids),
        await tally_of(work, programmes.values(), tenant_ids, person_ids),
    )


def _answer(known: _Known, question: CheckClaim, now: datetime) -> Sequence[Check] | VoucherError:
    tenant = known.tenants.get(question.tenant_id)
    person = known.people.get(question.person_id)
    if tenant is None:
        return TenantNotKnownError()
    if person is None or not person.works_for(question.tenant_id):
        return PersonNotKnownError()
    programmes = _asked(known, question)
    if question.programme_id and not programmes:
        return ProgrammeNotKnownError()
    claim = Claim(tenant, person.person_id, person.roles, question.item)
    return [_check(known, each, claim, now) for each in programmes]


def _asked(known: _Known, question: CheckClaim) -> list[Programme]:
    if question.programme_id:
        named = known.programmes.get(question.programme_id)
        seen = named and (named.state is not State.DRAFT or named.tenant_id == question.tenant_id)
        return [named] if named and seen else []

    def rank(programme: Programme) -> tuple[bool, bool]:
        held = any(_is_for(each, question, programme) for each in known.assigned)
        return not held, not programme.has_allocation(question.tenant_id)

    running = [each for each in known.programmes.values() if each.state is State.OPEN]
    return sorted(running, key=rank)


def _is_for(voucher: Voucher, question: CheckClaim, programme: Programme) -> bool:
    return (voucher.person_id, voucher.programme_id) == (
        question.person_id,
        programme.programme_id,
    )


def _check(known: _Known, programme: Programme, claim: Claim, now: datetime) -> Check:
    assert claim.item, "a check is about a booking"
    return Check(
        programme.programme_id,
        programme.terms,
        claim.item,
        [*_standing(known, programme, claim), *_findings(known, programme, claim, now)],
    )


def _standing(known: _Known, programme: Programme, claim: Claim) -> list[Finding]:
    funder = known.tenants.get(programme.tenant_id)
    if funder is None or funder.standing.met:
        return [claim.tenant.standing]
    return [claim.tenant.standing, Finding("funder", "funder_not_active", met=False)]


def _findings(known: _Known, programme: Programme, claim: Claim, now: datetime) -> list[Finding]:
    """With a voucher that was assigned to the person, its own conditions; else those of a new claim."""
    for voucher in known.assigned:
        is_theirs = (voucher.person_id, voucher.programme_id) == (
            claim.person_id,
            programme.programme_id,
        )
        if is_theirs and programme.pays_assigned(claim, voucher.units, now):
            return list(programme.findings_assigned(claim, now))
    key = (programme.programme_id, claim.tenant.tenant_id, claim.person_id, now)
    return list(programme.findings(claim, known.tally.taken(*key), now))

"""Bookings ask for vouchers: decided together, with each programme locked once."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from services.voucher.application import outgoing
from services.voucher.application.causes import why
from services.voucher.application.ports import UnitOfWork
from services.voucher.application.tallies import keep, tally_of
from services.voucher.application.warn import warn
from services.voucher.domain.eligibility import Beneficiary, Claim, Item, Refusal
from services.voucher.domain.errors import PersonNotKnownError, TenantNotKnownError
from services.voucher.domain.limits import Tally
from services.voucher.domain.person import Person
from services.voucher.domain.programme import Programme
from services.voucher.domain.voucher import Voucher
from shared.envelope import Cause

NO_PROGRAMME = Refusal.because("no_programme")

Programmes = Mapping[UUID, Programme]


@dataclass(frozen=True, slots=True)
class ReserveVoucher:
    """A booking's request. Without `programme_id` any programme that pays will do."""

    tenant_id: UUID
    booking_id: UUID
    person_id: UUID
    item: Item
    programme_id: UUID | None
    cause: Cause
    provider_id: UUID | None = None


@dataclass(slots=True)
class _Standing:
    """What the requests of a batch are decided by; each decision changes it for the next."""

    tenants: Mapping[UUID, Beneficiary]
    programmes: Programmes
    people: Mapping[UUID, Person]
    tally: Tally
    #: Vouchers that people were assigned and that no booking uses yet.
    assigned: Mapping[UUID, list[Voucher]]

    def candidates(self, request: ReserveVoucher) -> list[Programme]:
        """The programme that is named, or all in the order in which they pay.

        Where units are allocated to the tenant comes first, then what closes first.
        """
        if request.programme_id:
            named = self.programmes.get(request.programme_id)
            return [named] if named else []
        tenant_id = request.tenant_id
        return sorted(self.programmes.values(), key=lambda each: not each.has_allocation(tenant_id))


async def reserve_vouchers(
    work: UnitOfWork, requests: Sequence[ReserveVoucher], now: datetime
) -> None:
    """Reserve or refuse a voucher for each request that has no answer yet, in the order given."""
    programmes = await _lock_candidates(work, requests, now)
    answered = await work.vouchers.for_bookings([request.booking_id for request in requests])
    first = {request.booking_id: request for request in reversed(requests)}
    open_requests = [each for each in reversed(first.values()) if each.booking_id not in answered]
    standing = await _standing(work, open_requests, programmes)
    vouchers = []
    for request in open_requests:
        voucher = _decide(request, standing, now)
        vouchers.append(voucher)
        work.publish(outgoing.voucher_changed(voucher, request.cause))
    if open_requests:
        warn(work, programmes.values(), open_requests[-1].cause)
    await work.vouchers.save(vouchers)
    await keep(work, standing.tally)
    await work.programmes.save(programmes.values())


async def _lock_candidates(
    work: UnitOfWork, requests: Iterable[ReserveVoucher], now: datetime
) -> Programmes:
    """The programmes named, and for requests that name none, all that are open."""
    wanted = {request.programme_id for request in requests}
    named = [programme_id for programme_id in wanted if programme_id]
    unnamed = await work.programmes.open_ids(now) if None in wanted else []
    beneficiaries = {request.tenant_id for request in requests}
    locked = await work.programmes.lock({*named, *unnamed}, beneficiaries)
    return {key: locked[key] for key in dict.fromkeys([*unnamed, *named]) if key in locked}


async def _standing(
    work: UnitOfWork, requests: Sequence[ReserveVoucher], programmes: Programmes
) -> _Standing:
    people = {request.person_id for request in requests}
    tenant_ids = {request.tenant_id for request in requests}
    assigned = defaultdict(list)
    for voucher in await work.vouchers.assigned_to(people):
        assigned[voucher.person_id].append(voucher)
    return _Standing(
        await work.tenants.get_many(tenant_ids),
        await _of_active_funders(work, programmes),
        await _roles_asked(work, programmes, people),
        await tally_of(work, programmes.values(), tenant_ids, people),
        assigned,
    )


async def _roles_asked(
    work: UnitOfWork, programmes: Programmes, person_ids: Collection[UUID]
) -> Mapping[UUID, Person]:
    """The people, where a programme asks for their roles."""
    if not any(each.terms.eligibility.roles for each in programmes.values()):
        return {}
    people = await work.people.get_many(person_ids)
    # Their registration travels on another topic and may be on its way: tried again, not refused.
    if len(people) < len(person_ids):
        raise PersonNotKnownError
    return people


async def _of_active_funders(work: UnitOfWork, programmes: Programmes) -> Programmes:
    """A funder that may change nothing, or has left, gives no new vouchers."""
    funders = await work.tenants.get_many({each.tenant_id for each in programmes.values()})
    barred = {funder_id for funder_id, funder in funders.items() if funder.refusal}
    return {key: each for key, each in programmes.items() if each.tenant_id not in barred}


def _decide(request: ReserveVoucher, standing: _Standing, now: datetime) -> Voucher:
    # Its activation travels on another topic and may be on its way: tried again, not refused.
    tenant = standing.tenants.get(request.tenant_id)
    if tenant is None:
        raise TenantNotKnownError
    if tenant.refusal:
        return _refused(request, None, tenant.refusal, now)
    person = standing.people.get(request.person_id)
    roles = person.roles if person else frozenset()
    claim = Claim(tenant, request.person_id, roles, request.item)
    return _bound(request, claim, standing, now) or _reserved(request, claim, standing, now)


def _bound(
    request: ReserveVoucher, claim: Claim, standing: _Standing, now: datetime
) -> Voucher | None:
    """The person's assigned voucher that pays, the one that ends first; its units are held already."""
    for voucher in standing.assigned[request.person_id]:
        programme = voucher.programme_id and standing.programmes.get(voucher.programme_id)
        wanted = request.programme_id in (None, voucher.programme_id)
        own = voucher.tenant_id == request.tenant_id
        if programme and own and wanted and programme.pays_assigned(claim, voucher.units, now):
            standing.assigned[request.person_id].remove(voucher)
            voucher.bind(request.booking_id, request.item, request.provider_id, programme, now)
            return voucher
    return None


def _reserved(request: ReserveVoucher, claim: Claim, standing: _Standing, now: datetime) -> Voucher:
    refused_by, refusal = None, NO_PROGRAMME
    for programme in standing.candidates(request):
        key = (programme.programme_id, request.tenant_id, request.person_id, now)
        reason = programme.refuse(claim, standing.tally.taken(*key), now)
        if reason is None:
            standing.tally.add(*key)
            return Voucher.reserved(
                request.tenant_id,
                request.booking_id,
                request.person_id,
                programme,
                now,
                request.item,
                programme.terms.units_for(request.item),
                why(request.cause),
                provider_id=request.provider_id,
            )
        if refused_by is None:
            refused_by, refusal = programme, reason
    return _refused(request, refused_by, refusal, now)


def _refused(
    request: ReserveVoucher, programme: Programme | None, refusal: Refusal, now: datetime
) -> Voucher:
    return Voucher.refused(
        request.tenant_id,
        request.booking_id,
        request.person_id,
        programme,
        refusal,
        now,
        request.item,
    )

"""Bookings ask for vouchers: decided together, with each pool locked once."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from services.voucher.application import outgoing
from services.voucher.application.ports import UnitOfWork
from services.voucher.domain.eligibility import Beneficiary, Claim, Item, Refusal
from services.voucher.domain.errors import TenantNotKnownError
from services.voucher.domain.limits import Taken
from services.voucher.domain.programme import Programme
from services.voucher.domain.voucher import Voucher
from shared.envelope import Cause

NO_PROGRAMME = Refusal.because("no_programme")


@dataclass(frozen=True, slots=True)
class ReserveVoucher:
    """A booking's request. Without `programme_id` any programme that pays will do."""

    tenant_id: UUID
    booking_id: UUID
    person_id: UUID
    offer_id: UUID
    offer_kind: str
    programme_id: UUID | None
    cause: Cause


async def reserve_vouchers(
    work: UnitOfWork, requests: Sequence[ReserveVoucher], now: datetime
) -> None:
    """Reserve or refuse a voucher for each request that has no answer yet, in the order given."""
    answered = await work.vouchers.for_bookings([request.booking_id for request in requests])
    open_requests = [request for request in requests if request.booking_id not in answered]
    tenants = await work.tenants.get_many({request.tenant_id for request in open_requests})
    candidates = await _of_active_funders(work, await _lock_candidates(work, open_requests, now))
    used = Counter(
        await work.vouchers.used(candidates.keys(), {r.person_id for r in open_requests})
    )
    vouchers = []
    for request in open_requests:
        voucher = _decide(request, _known(tenants, request), candidates, used, now)
        vouchers.append(voucher)
        work.publish(outgoing.voucher_changed(voucher, request.cause))
    await work.vouchers.save(vouchers)
    await work.programmes.save(candidates.values())


async def _lock_candidates(
    work: UnitOfWork, requests: Iterable[ReserveVoucher], now: datetime
) -> Mapping[UUID, Programme]:
    """The programmes named, and for requests that name none, all that are open."""
    wanted = {request.programme_id for request in requests}
    named = [programme_id for programme_id in wanted if programme_id]
    unnamed = await work.programmes.open_ids(now) if None in wanted else []
    locked = await work.programmes.lock({*named, *unnamed})
    return {key: locked[key] for key in dict.fromkeys([*unnamed, *named]) if key in locked}


async def _of_active_funders(
    work: UnitOfWork, programmes: Mapping[UUID, Programme]
) -> Mapping[UUID, Programme]:
    """A funder that may change nothing, or has left, gives no new vouchers."""
    funders = await work.tenants.get_many({each.tenant_id for each in programmes.values()})
    barred = {funder_id for funder_id, funder in funders.items() if funder.refusal}
    return {key: each for key, each in programmes.items() if each.tenant_id not in barred}


def _known(tenants: Mapping[UUID, Beneficiary], request: ReserveVoucher) -> Beneficiary:
    # Its activation travels on another topic and may be on its way: tried again, not refused.
    if request.tenant_id not in tenants:
        raise TenantNotKnownError
    return tenants[request.tenant_id]


def _decide(
    request: ReserveVoucher,
    tenant: Beneficiary,
    candidates: Mapping[UUID, Programme],
    used: Counter[tuple[UUID, UUID]],
    now: datetime,
) -> Voucher:
    refused_by, refusal = None, tenant.refusal or NO_PROGRAMME
    if tenant.refusal:
        candidates = {}
    wanted = Claim(
        tenant, request.person_id, frozenset(), Item(request.offer_id, request.offer_kind)
    )
    for programme in _candidates_for(request, candidates):
        claim = (programme.programme_id, request.person_id)
        reason = programme.refuse(wanted, Taken(used[claim]), now)
        if reason is None:
            used[claim] += 1
            return Voucher.reserved(
                request.tenant_id, request.booking_id, request.person_id, programme, now
            )
        if refused_by is None:
            refused_by, refusal = programme, reason
    return Voucher.refused(
        request.tenant_id, request.booking_id, request.person_id, refused_by, refusal, now
    )


def _candidates_for(
    request: ReserveVoucher, candidates: Mapping[UUID, Programme]
) -> Iterable[Programme]:
    if request.programme_id is None:
        return candidates.values()
    named = candidates.get(request.programme_id)
    return [named] if named else []

"""Counts the claims that limits ask for: read under the programmes' locks, and kept with what changed them."""

from collections import Counter
from collections.abc import Collection
from datetime import date
from uuid import UUID

from services.voucher.application.ports import UnitOfWork
from services.voucher.domain.limits import Tally
from services.voucher.domain.programme import Programme
from services.voucher.domain.voucher import USING, Status, Voucher


async def tally_of(
    work: UnitOfWork,
    programmes: Collection[Programme],
    tenant_ids: Collection[UUID],
    person_ids: Collection[UUID] = (),
) -> Tally:
    """The claims of these organisations and people on locked programmes."""
    limiting = {
        each.programme_id: each.tenant_id for each in programmes if each.terms.limits.of_tenants
    }
    persons: Counter[tuple[UUID, UUID]] = Counter()
    if person_ids:
        every = [each.programme_id for each in programmes]
        persons.update(await work.vouchers.used(every, person_ids))
    months: dict[tuple[UUID, UUID], Counter[date]] = {}
    if limiting:
        for place, claims in (await work.claims.counted(limiting, tenant_ids)).items():
            key = (place.programme_id, place.tenant_id)
            months.setdefault(key, Counter())[place.month] = claims
    return Tally(persons, limiting, months)


def recount(tally: Tally, voucher: Voucher, was: Status) -> None:
    """Count what became of a voucher that had another status before."""
    if voucher.programme_id is None or (was in USING) == (voucher.status in USING):
        return
    count = tally.add if voucher.status in USING else tally.remove
    count(voucher.programme_id, voucher.tenant_id, voucher.person_id, voucher.created_at)


async def keep(work: UnitOfWork, tally: Tally) -> None:
    """Keep what was counted."""
    await work.claims.save(tally.changes)

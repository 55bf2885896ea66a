"""What programmes and vouchers shall do, said again as simply as possible: the model that histories are compared with."""

from collections import Counter, defaultdict
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from services.voucher.application.reserve_vouchers import ReserveVoucher
from services.voucher.domain.terms import Terms, Unit
from services.voucher.domain.voucher import voucher_id_for

ACCOUNTS = ("granted", "available", "reserved", "redeemed", "expired", "returned")
USING = {"assigned", "reserved", "redeemed"}


@dataclass
class ModelPool:
    """Units by account, and whose they are; None is the main pool."""

    beneficiary_id: UUID | None
    units: Counter[str] = field(default_factory=Counter)

    def move(self, debit: str, credit: str, units: int) -> None:
        self.units[debit] -= units
        self.units[credit] += units


@dataclass
class ModelProgramme:
    """A programme's pools, and where units go that nobody uses."""

    programme_id: UUID
    terms: Terms
    pools: dict[UUID, ModelPool]
    unused: str = "available"

    def runs(self, now: datetime) -> bool:
        return self.unused == "available" and self.terms.opens_at <= now < self.terms.closes_at

    def allocations(self, tenant_id: UUID) -> list[UUID]:
        return sorted(key for key, each in self.pools.items() if each.beneficiary_id == tenant_id)

    def paying(self, tenant_id: UUID, units: int) -> UUID | None:
        for key in [*self.allocations(tenant_id), self.programme_id]:
            if self.pools[key].units["available"] >= units:
                return key
        return None

    def needed(self, price_cents: int | None) -> int | None:
        if self.terms.unit is Unit.VOUCHER:
            return 1
        return min(price_cents, self.terms.cap_cents or price_cents) if price_cents else None

    def end(self, unused: str) -> None:
        self.unused = unused
        for pool in self.pools.values():
            pool.move("available", unused, pool.units["available"])


@dataclass
class ModelVoucher:
    """What a voucher is, and how many units it took."""

    tenant_id: UUID
    person_id: UUID
    status: str
    programme_id: UUID | None = None
    pool_id: UUID | None = None
    units: int = 0
    used: int = 0
    price_cents: int | None = None
    expires_at: datetime | None = None
    is_booked: bool = True


class Model:
    """All programmes and vouchers."""

    def __init__(self) -> None:
        self.programmes: dict[UUID, ModelProgramme] = {}
        self.vouchers: dict[UUID, ModelVoucher] = {}
        #: Vouchers that were assigned first, by the booking that uses them.
        self.bound: dict[UUID, UUID] = {}
        self._of_person: defaultdict[UUID, list[UUID]] = defaultdict(list)

    def open(self, programme_id: UUID, terms: Terms, units: int) -> None:
        main = ModelPool(None, Counter(granted=units, available=units))
        self.programmes[programme_id] = ModelProgramme(programme_id, terms, {programme_id: main})

    def allocate(self, programme_id: UUID, pool_id: UUID, tenant_id: UUID, units: int) -> None:
        pools = self.programmes[programme_id].pools
        pool = pools.setdefault(pool_id, ModelPool(tenant_id))
        for account in ("granted", "available"):
            pools[programme_id].units[account] -= units
            pool.units[account] += units

    def assign(
        self,
        voucher_id: UUID,
        tenant_id: UUID,
        person_id: UUID,
        programme_id: UUID,
        units: int,
        now: datetime,
    ) -> None:
        programme = self.programmes[programme_id]
        voucher = ModelVoucher(tenant_id, person_id, "assigned", is_booked=False)
        self._take(voucher, programme, units)
        voucher.expires_at = now + programme.terms.assignment
        self._add(voucher_id, voucher)

    def reserve(self, asked: ReserveVoucher, now: datetime) -> None:
        voucher_id = voucher_id_for(asked.booking_id)
        if voucher_id in self.vouchers or asked.booking_id in self.bound:
            return
        if self._bind(asked, now):
            return
        voucher = ModelVoucher(asked.tenant_id, asked.person_id, "refused")
        voucher.price_cents = asked.item.price_cents
        self._add(voucher_id, voucher)
        for programme in self._candidates(asked, now):
            units = programme.needed(asked.item.price_cents)
            free = (
                self.uses(programme.programme_id, asked.person_id)
                < programme.terms.limits.per_person
            )
            if units and free and programme.paying(asked.tenant_id, units):
                voucher.status = "reserved"
                voucher.expires_at = now + programme.terms.reservation
                self._take(voucher, programme, units)
                return

    def key(self, booking_id: UUID) -> UUID:
        return self.bound.get(booking_id) or voucher_id_for(booking_id)

    def find(self, booking_id: UUID) -> ModelVoucher | None:
        return self.vouchers.get(self.key(booking_id))

    def redeem(self, booking_id: UUID) -> None:
        voucher = self.find(booking_id)
        if voucher and voucher.status == "reserved":
            programme = self._programme(voucher)
            used = min(voucher.units, programme.needed(voucher.price_cents) or voucher.units)
            self._pool(voucher).move("reserved", "redeemed", used)
            self._pool(voucher).move("reserved", programme.unused, voucher.units - used)
            voucher.status, voucher.used = "redeemed", used

    def release(self, asked: ReserveVoucher) -> None:
        voucher = self.find(asked.booking_id)
        if voucher is None:
            voucher = ModelVoucher(asked.tenant_id, asked.person_id, "withdrawn")
            self._add(voucher_id_for(asked.booking_id), voucher)
        elif voucher.status == "reserved":
            self._end(voucher, "released")

    def expire(self, now: datetime) -> None:
        for voucher in self.vouchers.values():
            held = voucher.status in {"assigned", "reserved"}
            if held and voucher.expires_at and voucher.expires_at <= now:
                self._end(voucher, "expired")

    def close(self, now: datetime) -> None:
        for programme in self.programmes.values():
            if programme.unused == "available" and programme.terms.closes_at <= now:
                programme.end("expired")

    def can_redeem_late(self, voucher: ModelVoucher) -> bool:
        if voucher.status not in {"released", "expired"} or not voucher.is_booked:
            return False
        return self._late_pool(voucher).units[self._late_account(voucher)] >= voucher.units

    def redeem_late(self, voucher: ModelVoucher) -> None:
        pool, account = self._late_pool(voucher), self._late_account(voucher)
        pool.move(account, "redeemed", voucher.units)
        pools = self._programme(voucher).pools
        voucher.pool_id = next(key for key, each in pools.items() if each is pool)
        voucher.status, voucher.used = "redeemed", voucher.units

    def reverse(self, voucher: ModelVoucher, units: int) -> None:
        unused = self._programme(voucher).unused
        target = "available" if unused == "available" else "returned"
        self._pool(voucher).move("redeemed", target, units)
        voucher.used -= units
        if not voucher.used:
            voucher.status = "reversed"

    def uses(self, programme_id: UUID, person_id: UUID) -> int:
        mine = [self.vouchers[key] for key in self._of_person[person_id]]
        return sum(each.programme_id == programme_id and each.status in USING for each in mine)

    def _bind(self, asked: ReserveVoucher, now: datetime) -> bool:
        mine = [
            (str(self.vouchers[key].expires_at), key)
            for key in self._of_person[asked.person_id]
            if self.vouchers[key].status == "assigned"
        ]
        for _, key in sorted(mine):
            voucher = self.vouchers[key]
            programme = self._programme(voucher)
            units = programme.needed(asked.item.price_cents)
            named = asked.programme_id in {None, programme.programme_id}
            if named and programme.runs(now) and units and units <= voucher.units:
                voucher.status, voucher.is_booked = "reserved", True
                voucher.price_cents = asked.item.price_cents
                voucher.expires_at = now + programme.terms.reservation
                self.bound[asked.booking_id] = key
                return True
        return False

    def _add(self, voucher_id: UUID, voucher: ModelVoucher) -> None:
        self.vouchers[voucher_id] = voucher
        self._of_person[voucher.person_id].append(voucher_id)

    def _candidates(self, asked: ReserveVoucher, now: datetime) -> list[ModelProgramme]:
        running = [each for each in self.programmes.values() if each.runs(now)]
        if asked.programme_id:
            return [each for each in running if each.programme_id == asked.programme_id]
        return sorted(
            running,
            key=lambda each: (
                not each.allocations(asked.tenant_id),
                each.terms.closes_at,
                each.programme_id,
            ),
        )

    def _take(self, voucher: ModelVoucher, programme: ModelProgramme, units: int) -> None:
        pool_id = programme.paying(voucher.tenant_id, units)
        assert pool_id
        voucher.programme_id, voucher.pool_id = programme.programme_id, pool_id
        voucher.units = units
        self._pool(voucher).move("available", "reserved", units)

    def _end(self, voucher: ModelVoucher, status: str) -> None:
        self._pool(voucher).move("reserved", self._programme(voucher).unused, voucher.units)
        voucher.status = status

    def _late_account(self, voucher: ModelVoucher) -> str:
        return "available" if self._programme(voucher).unused == "available" else "expired"

    def _late_pool(self, voucher: ModelVoucher) -> ModelPool:
        programme, account = self._programme(voucher), self._late_account(voucher)
        own = self._pool(voucher)
        return (
            own if own.units[account] >= voucher.units else programme.pools[programme.programme_id]
        )

    def _programme(self, voucher: ModelVoucher) -> ModelProgramme:
        assert voucher.programme_id
        return self.programmes[voucher.programme_id]

    def _pool(self, voucher: ModelVoucher) -> ModelPool:
        assert voucher.pool_id
        return self._programme(voucher).pools[voucher.pool_id]

"""Random histories of commands, with duplicates and crashes, carried out by the use cases and by the model alike."""

import random
from collections.abc import Awaitable, Callable, Sequence
from contextlib import AbstractAsyncContextManager
from datetime import timedelta
from typing import Any
from uuid import UUID

from services.voucher.application.correct_vouchers import (
    CorrectVoucher,
    redeem_late,
    reverse_voucher,
)
from services.voucher.application.reserve_vouchers import ReserveVoucher, reserve_vouchers
from services.voucher.application.settle_vouchers import (
    SettleVoucher,
    close_programmes,
    expire_vouchers,
    redeem_vouchers,
    release_vouchers,
)
from services.voucher.domain.eligibility import Beneficiary, Eligibility, Item
from services.voucher.domain.errors import VoucherError
from services.voucher.domain.limits import Limits
from services.voucher.domain.programme import Programme
from services.voucher.domain.terms import Terms, Unit
from services.voucher.domain.voucher import Voucher
from shared.envelope import Cause, Outgoing
from tests.voucher.builders import NOW
from tests.voucher.model import ACCOUNTS, Model, ModelVoucher

#: Opens a transaction for the tenants of the machine; gives a unit of work.
Opened = Callable[[Sequence[UUID]], AbstractAsyncContextManager[Any]]


class CrashedError(Exception):
    """The process dies before it commits."""


class Machine:
    """The state of one history. Every choice follows from the seed."""

    def __init__(self, opened: Opened, seed: int) -> None:
        self.random = random.Random(seed)
        self.model, self.now = Model(), NOW
        self.funder = self._id()
        self.tenants = [self._tenant(n) for n in range(3)]
        self.people = {tenant.tenant_id: [self._id() for _ in range(6)] for tenant in self.tenants}
        self.asked: list[ReserveVoucher] = []
        self.told: dict[str, int] = {}
        self.history: list[str] = []
        self._open = opened

    async def run(self, steps: int) -> None:
        """Go so many steps, comparing what each touched; at the end everything."""
        await self._work(lambda work: work.tenants.learn([(each, 1) for each in self.tenants]))
        for _ in range(steps):
            if len(self._running()) < 3:
                await self.open_programme()
            step = self.random.choices(self._steps, self._weights)[0]
            self.history.append(step.__name__)
            await step(self)
            await self.compare(self.asked[-8:])
        await self.compare(self.asked)

    async def open_programme(self) -> None:
        for people in self.people.values():  # somebody leaves, somebody comes
            people[self.random.randrange(len(people))] = self._id()
        unit = self.random.choice(list(Unit))
        terms = Terms(
            name="Modell",
            reference="M",
            eligibility=Eligibility(),
            opens_at=self.now,
            closes_at=self.now + timedelta(days=self.random.randint(5, 60)),
            reservation=timedelta(days=self.random.randint(2, 20)),
            assignment=timedelta(days=self.random.randint(1, 10)),
            limits=Limits(self.random.randint(1, 3)),
            unit=unit,
            cap_cents=30_000 if unit is Unit.CENT else None,
        )
        units = self.random.randint(2, 30) * (1 if unit is Unit.VOUCHER else 10_000)
        programme_id = self._id()

        async def add(work: Any) -> None:
            made = Programme.opened(self.funder, programme_id, terms, units, self.now)
            await work.programmes.add(made)

        await self._work(add)
        self.model.open(programme_id, terms, units)

    async def reserve(self) -> None:
        new = [self._request() for _ in range(self.random.randint(1, 6))]
        again = self.random.sample(self.asked[-40:], min(2, len(self.asked[-40:])))
        batch = [*new, *again]
        self.random.shuffle(batch)
        self.asked += new
        await self._work(lambda work: reserve_vouchers(work, batch, self.now))
        for asked in batch:
            self.model.reserve(asked, self.now)

    async def redeem(self) -> None:
        batch = self._some()
        await self._work(lambda work: redeem_vouchers(work, self._settle(batch), self.now))
        for asked in batch:
            self.model.redeem(asked.booking_id)

    async def release(self) -> None:
        batch = self._some()
        if self.random.random() < 0.3:  # a cancellation that overtakes its request
            early = self._request()
            self.asked.append(early)
            batch.append(early)
        await self._work(lambda work: release_vouchers(work, self._settle(batch), self.now))
        for asked in batch:
            self.model.release(asked)

    async def assign(self) -> None:
        tenant = self.random.choice(self.tenants)
        programme = self.model.programmes[self.random.choice(self._running())]
        person_id = self.random.choice(self.people[tenant.tenant_id])
        units = 1 if programme.terms.unit is Unit.VOUCHER else 30_000
        if programme.paying(tenant.tenant_id, units) is None:
            return
        voucher_id = self._id()

        async def assign(work: Any) -> None:
            locked = await work.programmes.lock([programme.programme_id], [tenant.tenant_id])
            held = locked[programme.programme_id]
            ids = (tenant.tenant_id, voucher_id, person_id)
            await work.vouchers.save([Voucher.assigned(*ids, held, units, self.now)])
            await work.programmes.save([held])

        await self._work(assign)
        self.told[str(voucher_id)] = 1
        ids = (voucher_id, tenant.tenant_id, person_id, programme.programme_id)
        self.model.assign(*ids, units, self.now)

    async def redeem_late(self) -> None:
        voucher_id, voucher = self._ended()
        if voucher is None:
            return
        command = self._correction(voucher_id, voucher, None)
        if self.model.can_redeem_late(voucher):
            await self._work(lambda work: redeem_late(work, command, self.now))
            self.model.redeem_late(voucher)
        else:
            await self._refused(lambda work: redeem_late(work, command, self.now))

    async def reverse(self) -> None:
        used = [each for each in self._recent() if each[1].used]
        if not used:
            return
        voucher_id, voucher = self.random.choice(used)
        units = self.random.randint(1, voucher.used + voucher.used // 3)
        command = self._correction(voucher_id, voucher, units)
        if units <= voucher.used:
            await self._work(lambda work: reverse_voucher(work, command, self.now))
            self.model.reverse(voucher, units)
        else:
            await self._refused(lambda work: reverse_voucher(work, command, self.now))

    async def top_up(self) -> None:
        programme_id, units = self._pick(), self.random.randint(1, 5)
        await self._change(programme_id, lambda held: held.top_up(units, self.now))
        self.model.programmes[programme_id].pools[programme_id].move("granted", "available", units)
        self.model.programmes[programme_id].pools[programme_id].units["granted"] += 2 * units

    async def take_back(self) -> None:
        programme_id, units = self._pick(), self.random.randint(1, 5)
        main = self.model.programmes[programme_id].pools[programme_id]
        if main.units["available"] < units:
            await self._refused_change(programme_id, lambda held: held.take_back(units, self.now))
            return
        await self._change(programme_id, lambda held: held.take_back(units, self.now))
        main.move("available", "returned", units)

    async def allocate(self) -> None:
        programme_id, tenant = self._pick(), self.random.choice(self.tenants)
        programme = self.model.programmes[programme_id]
        known = programme.allocations(tenant.tenant_id)
        pool_id = self.random.choice(known) if known and self.random.random() < 0.7 else self._id()
        units = self._share(programme_id)

        def allocate(held: Programme) -> None:
            held.allocate(pool_id, tenant.tenant_id, units, self.now)

        if programme.pools[programme_id].units["available"] < units:
            await self._refused_change(programme_id, allocate)
            return
        await self._change(programme_id, allocate)
        self.model.allocate(programme_id, pool_id, tenant.tenant_id, units)

    async def give_back(self) -> None:
        programme_id = self._pick()
        programme = self.model.programmes[programme_id]
        pools = [key for key in programme.pools if key != programme_id]
        if not pools:
            return
        pool_id, units = self.random.choice(sorted(pools)), self._share(programme_id)

        def give_back(held: Programme) -> None:
            held.give_back(pool_id, units, self.now)

        if programme.pools[pool_id].units["available"] < units:
            await self._refused_change(programme_id, give_back)
            return
        await self._change(programme_id, give_back)
        beneficiary_id = programme.pools[pool_id].beneficiary_id
        assert beneficiary_id
        self.model.allocate(programme_id, pool_id, beneficiary_id, -units)

    async def close_early(self) -> None:
        programme_id = self._pick()

        async def close(work: Any) -> None:
            held = (await work.programmes.lock([programme_id]))[programme_id]
            held.close(self.now)
            await work.programmes.revise(held)
            await work.programmes.save([held])

        await self._work(close)
        self.model.programmes[programme_id].end("returned")

    async def wait(self) -> None:
        self.now += timedelta(hours=self.random.randint(1, 60))
        await self._work(lambda work: expire_vouchers(work, self.now, 10_000))
        self.model.expire(self.now)
        await self._work(lambda work: close_programmes(work, self.now))
        self.model.close(self.now)

    _steps = (
        reserve,
        redeem,
        release,
        assign,
        redeem_late,
        reverse,
        top_up,
        take_back,
        allocate,
        give_back,
        close_early,
        wait,
    )
    _weights = (30, 12, 12, 6, 6, 6, 4, 3, 6, 4, 0.5, 8)

    async def compare(self, asked: Sequence[ReserveVoucher]) -> None:
        """What programmes and vouchers are is what the model says."""
        context = self.history[-12:]
        async with self._open(self._everybody()) as work:
            for programme_id in self._running():
                found = await work.programmes.get(programme_id)
                expected = self.model.programmes[programme_id]
                assert found.pools.keys() == expected.pools.keys(), context
                for key, pool in expected.pools.items():
                    said = {name: getattr(found.pools[key], name) for name in ACCOUNTS}
                    model = {name: pool.units[name] for name in ACCOUNTS}
                    assert said == model, (context, said, model)
                assert found.total.is_balanced()
            vouchers = await work.vouchers.for_bookings([each.booking_id for each in asked])
            for each in asked:
                self._compare_voucher(vouchers[each.booking_id], self.model.find(each.booking_id))

    def _compare_voucher(self, found: Voucher, expected: ModelVoucher | None) -> None:
        assert expected
        said = (
            found.status,
            found.pool_id,
            found.units,
            found.reversible_units,
        )
        model = (expected.status, expected.pool_id, expected.units, expected.used)
        assert said == model, (self.history[-12:], found, model)

    async def _work(self, act: Callable[[Any], Awaitable[Any]]) -> None:
        """Carry out a command; now and then the process crashes first, and the batch is delivered again."""
        if self.random.random() < 0.05:
            try:
                async with self._open(self._everybody()) as work:
                    await act(work)
                    _crash()
            except CrashedError:
                self.history.append("crash")
        async with self._open(self._everybody()) as work:
            before = len(_published(work))
            await act(work)
            self._listen(_published(work)[before:])

    def _listen(self, events: Sequence[Outgoing]) -> None:
        """Events of an aggregate are numbered without gaps."""
        for each in events:
            assert each.sequence == self.told.get(each.aggregate, 0) + 1, (each, self.history[-12:])
            self.told[each.aggregate] = each.sequence

    async def _refused(self, act: Callable[[Any], Awaitable[Any]]) -> None:
        try:
            async with self._open(self._everybody()) as work:
                await act(work)
        except VoucherError:
            return
        raise AssertionError(f"should have been refused: {self.history[-12:]}")

    async def _change(self, programme_id: UUID, change: Callable[[Programme], None]) -> None:
        async def act(work: Any) -> None:
            held = (await work.programmes.lock([programme_id]))[programme_id]
            change(held)
            await work.programmes.save([held])

        await self._work(act)

    async def _refused_change(
        self, programme_id: UUID, change: Callable[[Programme], None]
    ) -> None:
        async def act(work: Any) -> None:
            change((await work.programmes.lock([programme_id]))[programme_id])

        await self._refused(act)

    def _running(self) -> list[UUID]:
        return [key for key, each in self.model.programmes.items() if each.runs(self.now)]

    def _pick(self) -> UUID:
        return self.random.choice(self._running())

    def _share(self, programme_id: UUID) -> int:
        terms = self.model.programmes[programme_id].terms
        return self.random.randint(1, 4) * (1 if terms.unit is Unit.VOUCHER else 10_000)

    def _some(self) -> list[ReserveVoucher]:
        recent = self.asked[-60:]
        return self.random.choices(recent, k=self.random.randint(1, 4)) if recent else []

    def _settle(self, batch: Sequence[ReserveVoucher]) -> list[SettleVoucher]:
        return [
            SettleVoucher(each.tenant_id, each.booking_id, each.person_id, each.cause)
            for each in batch
        ]

    def _ended(self) -> tuple[UUID, ModelVoucher | None]:
        ended = [each for each in self._recent() if each[1].status in {"released", "expired"}]
        return self.random.choice(ended) if ended else (self.funder, None)

    def _recent(self) -> list[tuple[UUID, ModelVoucher]]:
        keys = [self.model.key(each.booking_id) for each in self.asked[-200:]]
        return [(key, self.model.vouchers[key]) for key in keys]

    def _correction(
        self, voucher_id: UUID, voucher: ModelVoucher, units: int | None
    ) -> CorrectVoucher:
        assert voucher.programme_id
        ids = (voucher.tenant_id, voucher_id, voucher.programme_id)
        return CorrectVoucher(*ids, units, "Modell", Cause(str(voucher_id)))

    def _request(self) -> ReserveVoucher:
        tenant = self.random.choice(self.tenants)
        booking_id = self._id()
        price = self.random.choice([None, 5_000, 12_345, 30_000, 44_000])
        return ReserveVoucher(
            tenant_id=tenant.tenant_id,
            booking_id=booking_id,
            person_id=self.random.choice(self.people[tenant.tenant_id]),
            item=Item(self._id(), "on_demand_course", price_cents=price),
            programme_id=self._pick() if self.random.random() < 0.6 else None,
            cause=Cause(str(booking_id), str(self._id())),
        )

    def _everybody(self) -> list[UUID]:
        return [self.funder, *(each.tenant_id for each in self.tenants)]

    def _tenant(self, n: int) -> Beneficiary:
        return Beneficiary(self._id(), f"Stadt {n}", "municipality", "DE-RP", frozenset())

    def _id(self) -> UUID:
        return UUID(int=self.random.getrandbits(128), version=4)


def _crash() -> None:
    raise CrashedError


def _published(work: Any) -> Sequence[Outgoing]:
    told = work.published if hasattr(work, "published") else work.outgoing
    return list(told)

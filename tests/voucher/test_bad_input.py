"""Bad input, and commands in an odd order: each has one defined outcome, and the ledger stays whole."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest

from services.voucher.adapters.invariants import violated_invariants
from services.voucher.application.reserve_vouchers import ReserveVoucher, reserve_vouchers
from services.voucher.application.settle_vouchers import (
    SettleVoucher,
    redeem_vouchers,
    release_vouchers,
)
from services.voucher.domain.eligibility import Beneficiary
from services.voucher.domain.limits import Limits
from services.voucher.domain.programme import Programme
from services.voucher.domain.voucher import Voucher
from shared.clock import utc_now
from shared.envelope import Cause
from tests.voucher.builders import request
from tests.voucher.office import Office

GRANTED = 10

#: No amount of anything: none, less than none, a part of one, more than there can be, no number.
AMOUNTS = (0, -1, 1.5, 2**63, 10**30, "ten")

#: Who gives an amount where, and the field that holds it.
FIELDS = {
    "a programme's vouchers": ("funder", "/programmes", "vouchers"),
    "a programme's budget": ("funder", "/programmes", "budget_cents"),
    "a voucher's value": ("funder", "/programmes", "cap_cents"),
    "a top-up": ("funder", "/programmes/{programme}/top-ups", "units"),
    "a return": ("funder", "/programmes/{programme}/returns", "units"),
    "an allocation": ("funder", "/programmes/{programme}/allocations", "units"),
    "a reversal": ("funder", "/vouchers/{voucher}/reversals", "units"),
    "a late use": ("hr", "/vouchers/{voucher}/late-redemption", "units"),
    "codes of a sheet": ("hr", "/code-sheets", "codes"),
    "uses of a code": ("hr", "/code-sheets", "uses"),
}


def _in(days: int) -> str:
    return (utc_now() + timedelta(days=days)).isoformat()


def _programme(**changes: Any) -> dict[str, Any]:
    usual = {"name": "Gutscheine", "reference": "MWG-1", "vouchers": 5, "eligibility": {}}
    return {**usual, "opens_at": _in(-1), "closes_at": _in(30), **changes}


def _body(field: str, amount: Any, made: Programme, office: Office) -> dict[str, Any]:
    bodies = {
        "vouchers": _programme(),
        "budget_cents": {**_programme(), "vouchers": None},
        "cap_cents": {**_programme(), "vouchers": None, "budget_cents": 100},
        "codes": {"programme_id": str(made.programme_id), "title": "A", "expires_at": _in(9)},
        "uses": {
            "programme_id": str(made.programme_id),
            "title": "A",
            "expires_at": _in(9),
            "codes": 1,
        },
        "units": {"reason": "weil", "beneficiary_id": str(office.city)},
    }
    return {**bodies[field], field: amount}


@pytest.mark.parametrize("amount", AMOUNTS)
@pytest.mark.parametrize("where", FIELDS)
async def test_what_is_no_amount_is_refused_by_its_field(
    office: Office, where: str, amount: Any
) -> None:
    role, path, field = FIELDS[where]
    made = await office.programme(GRANTED)
    who = office.funder if role == "funder" else office.city
    body = _body(field, amount, made, office)
    if "/top-ups" in path or "/returns" in path or "/vouchers/" in path:
        del body["beneficiary_id"]
    if "/allocations" in path:
        del body["reason"]
    path = path.format(programme=made.programme_id, voucher=uuid4())
    answer = await office.call(who, role, "POST", path, body)
    assert answer.status_code == 422, answer.text
    assert field in {each["field"].split(".")[1] for each in answer.json()["errors"]}, answer.text
    assert (await office.pools(made))[None].available == GRANTED


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"opens_at": _in(9), "closes_at": _in(8)}, "closes_at"),
        ({"opens_at": _in(-9), "closes_at": _in(-8)}, "closes_at"),
        ({"opens_at": _in(9)[:19]}, "opens_at"),
        ({"vouchers": None}, "vouchers"),
        ({"budget_cents": 100}, "vouchers"),
    ],
    ids=["ends before it begins", "is over", "no time zone", "no budget", "two budgets"],
)
async def test_a_programme_that_cannot_be_is_refused_with_what_to_correct(
    office: Office, changes: dict[str, Any], words: str
) -> None:
    answer = await office.call(
        office.funder, "funder", "POST", "/programmes", _programme(**changes)
    )
    assert answer.status_code == 422, answer.text
    assert words in answer.text


class History:
    """What happens to one booking of the city, in whatever order."""

    def __init__(self, office: Office, made: Programme) -> None:
        self._office, self._made = office, made
        city = Beneficiary(office.city, "Speyer", "municipality", "DE-RP", frozenset())
        self._asked = request(city, programme_id=made.programme_id)

    async def reserve(self) -> None:
        await self._do(reserve_vouchers, self._asked)

    async def redeem(self) -> None:
        await self._do(redeem_vouchers, self._settlement())

    async def release(self) -> None:
        await self._do(release_vouchers, self._settlement())

    async def _do(
        self,
        use_case: Callable[[Any, list[Any], datetime], Awaitable[None]],
        command: ReserveVoucher | SettleVoucher,
    ) -> None:
        async with self._office.opened([self._office.city, self._office.funder]) as work:
            await use_case(work, [command], utc_now())

    def _settlement(self) -> SettleVoucher:
        asked = self._asked
        return SettleVoucher(asked.tenant_id, asked.booking_id, asked.person_id, Cause("story"))

    async def status(self) -> str | None:
        async with self._office.opened([self._office.city]) as work:
            found = await work.vouchers.for_bookings([self._asked.booking_id])
        voucher: Voucher | None = found.get(self._asked.booking_id)
        return voucher.status.value if voucher else None


@pytest.mark.parametrize(
    ("order", "status", "available"),
    [
        ("redeem", None, 10),
        ("redeem reserve", "reserved", 9),
        ("reserve reserve", "reserved", 9),
        ("reserve redeem redeem", "redeemed", 9),
        ("reserve release release", "released", 10),
        ("reserve release reserve", "released", 10),
        ("reserve release redeem", "released", 10),
        ("reserve redeem release", "redeemed", 9),
        ("release reserve", "withdrawn", 10),
        ("release release reserve redeem", "withdrawn", 10),
    ],
)
async def test_commands_in_an_odd_order_have_one_outcome(
    office: Office, order: str, status: str | None, available: int
) -> None:
    made = await office.programme(GRANTED)
    history = History(office, made)
    for step in order.split():
        await getattr(history, step)()
    assert await history.status() == status
    assert (await office.pools(made))[None].available == available
    await _assert_whole(office)


async def test_of_two_programmes_that_would_pay_the_one_that_closes_first_pays(
    office: Office,
) -> None:
    later = await office.programme(GRANTED)
    sooner = await office.programme(1, closes_at=utc_now() + timedelta(days=2), limits=Limits(9))
    city = Beneficiary(office.city, "Speyer", "municipality", "DE-RP", frozenset())
    async with office.opened([office.city, office.funder]) as work:
        await reserve_vouchers(work, [request(city), request(city)], utc_now())
    assert (await office.pools(sooner))[None].reserved == 1
    assert (await office.pools(later))[None].reserved == 1, "then the other"
    await _assert_whole(office)


async def test_a_top_up_while_the_pool_drains_is_wholly_there_for_those_who_come_after(
    office: Office,
) -> None:
    made = await office.programme(GRANTED)
    path = f"/programmes/{made.programme_id}/top-ups"
    body = {"units": 7, "reason": "Nachtrag"}

    async def claim() -> str | None:
        history = History(office, made)
        await history.reserve()
        return await history.status()

    draining = [asyncio.create_task(claim()) for _ in range(15)]
    answer = await office.call(office.funder, "funder", "POST", path, body)
    assert answer.status_code == 200, answer.text
    during = await asyncio.gather(*draining)
    after = [await claim() for _ in range(10)]
    assert {*during, *after} == {"reserved", "refused"}
    assert [*during, *after].count("reserved") == GRANTED + 7
    pool = (await office.pools(made))[None]
    assert (pool.granted, pool.available, pool.reserved) == (GRANTED + 7, 0, GRANTED + 7)
    await _assert_whole(office)


async def _assert_whole(office: Office) -> None:
    people: list[UUID] = [office.funder, office.city, office.other_city]
    async with office.opened(people) as work:
        assert await violated_invariants(work.connection) == []

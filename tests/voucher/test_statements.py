"""Settling over HTTP and PostgreSQL: every ledger entry once on each side, in documents that stay."""

import asyncio
from datetime import timedelta
from uuid import uuid4

import pytest
import pytest_asyncio
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from services.voucher.adapters.invariants import violated_in
from services.voucher.adapters.unit_of_work import PostgresUnitOfWork
from services.voucher.domain.period import day_of
from services.voucher.domain.reconciliation import SETTLED, STATED
from services.voucher.domain.terms import Unit
from shared.database.unit_of_work import units_of_work
from tests.support.xrechnung import broken_rules
from tests.voucher.settling import OPERATOR, World, calling


@pytest_asyncio.fixture(loop_scope="session")
async def made(engine_for):
    """Makes worlds with an open programme."""
    opened = units_of_work(engine_for("voucher"), PostgresUnitOfWork, source="/test")
    async with calling(opened) as client:

        async def make(**changes):
            world = World(opened, client, **changes)
            await world.open()
            return world

        yield make


def _sums(statements):
    return [(each["kind"], each["cents"]) for each in statements]


async def test_the_funder_owes_what_was_used_and_the_provider_gets_it_without_the_fee(made):
    world = await made()
    await world.use(10, count=3)
    [owed] = await world.issued("funder")
    assert (owed["cents"], owed["tenant_id"]) == (45_000, str(world.funder))
    assert [(line["quantity"], line["unit_cents"]) for line in owed["lines"]] == [(3, 15_000)]
    [paid] = await world.issued("provider")
    assert (paid["cents"], paid["tenant_id"]) == (40_500, str(world.provider))
    assert paid["number"].startswith("GU-") and owed["number"].startswith("RE-")


async def test_what_is_settled_is_never_settled_again(made):
    world = await made()
    await world.use(40, count=2)
    await world.use(10)
    [october] = await world.issued("funder", until=30)
    [november] = await world.issued("funder", until=1)
    assert (october["cents"], november["cents"]) == (30_000, 15_000)
    assert october["period_last_day"] < november["period_first_day"]
    assert (await world.settle("funder")).json()["code"] == "invalid_period"


async def test_today_is_settled_as_far_as_it_is(made):
    world = await made()
    await world.use(0)
    [owed] = await world.issued("funder", until=0)
    assert (owed["cents"], owed["period_last_day"]) == (15_000, str(day_of(world.now)))
    await world.use(0)
    assert (await world.settle("funder", until=0)).json()["code"] == "invalid_period"


async def test_what_comes_in_after_its_day_was_settled_is_on_the_next_statement(made):
    world = await made()
    await world.use(10)
    await world.issued("funder", until=10)
    await world.use(10)
    [owed] = await world.issued("funder")
    assert (owed["cents"], owed["period_first_day"]) == (15_000, str(day_of(world.ago(10))))


async def test_a_period_in_which_nothing_was_used_is_not_settled(made):
    world = await made()
    await world.use(40)
    await world.issued("funder", until=30)
    answer = await world.settle("funder")
    assert (answer.status_code, answer.json()["code"]) == (409, "nothing_to_settle")


async def test_a_later_reversal_is_a_credit_note_that_names_the_invoice(made):
    world = await made()
    [voucher, _] = await world.use(40, count=2)
    [invoice] = await world.issued("funder", until=30)
    await world.reverse(voucher, 10)
    await world.use(9)
    statements = await world.issued("funder")
    assert _sums(statements) == [("invoice", 15_000), ("credit_note", 15_000)]
    assert statements[1]["corrects"] == invoice["number"]
    assert statements[1]["number"].startswith("KR-")


async def test_cents_are_owed_as_they_were_used_and_reversed_in_parts(made):
    world = await made(unit=Unit.CENT)
    [voucher] = await world.use(40, units=15)
    assert _sums(await world.issued("funder", until=30)) == [("invoice", 15)]
    assert _sums(await world.issued("provider", until=30)) == [("invoice", 13)]
    for days in (20, 15, 10):
        await world.reverse(voucher, days, units=5)
    assert _sums(await world.issued("funder")) == [("credit_note", 15)]
    # Rounded for each part alone it would be 12.
    assert _sums(await world.issued("provider")) == [("credit_note", 13)]


async def test_numbers_have_no_gap_when_many_settle_at_once(made):
    worlds = [await made() for _ in range(6)]
    for world in worlds:
        await world.use(10)
    broken = worlds.pop()
    await broken.act("PUT", "billing-details", _unpayable(), by=broken.provider)
    answers = await asyncio.gather(*(each.settle("provider") for each in [broken, *worlds]))
    assert sorted(each.status_code for each in answers) == [201] * 5 + [409]
    numbers = sorted(a.json()["statements"][0]["number"] for a in answers if a.is_success)
    counted = [int(each.rpartition("-")[2]) for each in numbers]
    assert counted == list(range(counted[0], counted[0] + 5))


async def test_who_settles_at_once_settles_once(made):
    world = await made()
    await world.use(40)
    await world.use(10, count=5)
    for until in (30, 1):
        settling = (world.settle("funder", until=until) for _ in range(4))
        answers = await asyncio.gather(*settling)
        assert sorted(each.status_code for each in answers) == [201, 422, 422, 422]


async def test_a_repeated_settlement_has_the_same_answer(made):
    world = await made()
    await world.use(10)
    key = {"Idempotency-Key": str(uuid4())}
    first, again = await world.settle("funder", **key), await world.settle("funder", **key)
    assert first.json() == again.json()
    assert first.status_code == again.status_code == 201


async def test_a_look_at_what_is_due_issues_nothing(made):
    world = await made()
    await world.use(10, count=2)
    await world.use(0)
    for days, cents in ((1, 30_000), (0, 45_000)):
        query = f"side=funder&last_day={day_of(world.ago(days))}"
        due = await world.operate("GET", f"programmes/{world.programme_id}/settlement?{query}")
        assert [bill["cents"] for bill in due["bills"]] == [cents]
    assert await world.act("GET", "statements", by=world.funder) == []
    assert _sums(await world.issued("funder")) == [("invoice", 30_000)]


async def test_each_party_sees_its_own_documents_and_nobody_elses(made):
    world = await made()
    await world.use(10, count=2)
    [owed], [paid] = await world.issued("funder"), await world.issued("provider")
    for party, own, foreign in ((world.funder, owed, paid), (world.provider, paid, owed)):
        seen = await world.act("GET", "statements", by=party)
        assert [each["number"] for each in seen] == [own["number"]]
        for document in ("", "/xrechnung", "/claims"):
            token = f"anna|auditor|{party}"
            mine = await world.call(
                "GET", f"statements/{own['statement_id']}{document}", None, token
            )
            other = await world.call(
                "GET", f"statements/{foreign['statement_id']}{document}", None, token
            )
            assert (mine.status_code, other.status_code) == (200, 404)
    path = f"statements?programme_id={world.programme_id}"
    assert len(await world.operate("GET", path)) == 2


async def test_the_documents_are_valid_and_trace_every_entry(made, tmp_path):
    world = await made()
    [voucher, _] = await world.use(40, count=2)
    await world.issued("funder", until=30)
    await world.reverse(voucher, 10)
    await world.use(9, count=2)
    files = {}
    for each in await world.act("GET", "statements", by=world.funder):
        path = f"statements/{each['statement_id']}/xrechnung"
        answer = await world.call("GET", path, None, f"anna|funder|{world.funder}")
        files[f"{each['number']}.xml"] = answer.content
    for each in await world.issued("funder"):
        path = f"operations/statements/{each['statement_id']}/xrechnung"
        files[f"{each['number']}.xml"] = (await world.call("GET", path, None, OPERATOR)).content
    assert broken_rules(files, tmp_path) == {name: [] for name in files}
    assert len(files) == 3


async def test_the_claims_of_a_statement_are_its_ledger_entries(made):
    world = await made()
    [voucher, other] = await world.use(10, count=2)
    await world.reverse(voucher, 9)
    [owed] = await world.issued("funder")
    path = f"statements/{owed['statement_id']}/claims"
    answer = await world.call("GET", path, None, f"anna|auditor|{world.funder}")
    heading, *lines = answer.content.decode("utf-8-sig").split("\r\n")
    rows = [dict(zip(heading.split(","), line.split(","), strict=True)) for line in lines if line]
    assert {row["voucher_id"] for row in rows} == {str(voucher.voucher_id), str(other.voucher_id)}
    assert [(row["used_cents"], row["reversed_cents"]) for row in rows] == [
        ("15000", "0"),
        ("15000", "0"),
        ("0", "15000"),
    ]
    assert rows[2]["reverses_entry"] == rows[0]["entry"]
    assert owed["cents"] == 15_000


async def test_what_is_issued_can_be_changed_by_nobody(made):
    world = await made()
    await world.use(10)
    await world.issued("funder")
    for table in ("statement", "statement_claim", "price"):
        for change in (f"DELETE FROM {table}", f"UPDATE {table} SET tenant_id = tenant_id"):
            with pytest.raises(DBAPIError, match=r"stays|permission denied"):
                async with world.opened([world.funder], operator=True) as work:
                    await work.connection.execute(text(change))


async def test_prices_stay_and_newer_ones_follow(made):
    world = await made()
    path = f"programmes/{world.programme_id}/prices"
    dearer = {"title": "Kurs", "cents": 20_000, "vat_exemption": "§ 4 UStG"}
    dearer["valid_from"] = world.ago(20).isoformat()
    await world.operate("POST", path, dearer)
    again = await world.call("POST", f"operations/{path}", dearer, OPERATOR)
    assert (again.status_code, again.json()["code"]) == (409, "price_agreed_already")
    await world.use(30)
    await world.use(10)
    [owed] = await world.issued("funder")
    assert [line["unit_cents"] for line in owed["lines"]] == [20_000, 15_000]
    late = {**dearer, "valid_from": world.ago(5).isoformat()}
    refused = await world.call("POST", f"operations/{path}", late, OPERATOR)
    assert (refused.status_code, refused.json()["code"]) == (409, "settled_already")
    assert len(await world.act("GET", path, by=world.funder)) == 2


async def test_what_is_missing_is_named_and_nothing_is_issued(made):
    world = await made()
    await world.use(10, provider_id=uuid4())
    answer = await world.settle("provider")
    assert (answer.status_code, answer.json()["code"]) == (409, "billing_details_missing")
    assert "PUT /v1/billing-details" in answer.json()["detail"]
    await world.use(9, provider_id=None)
    assert _sums(await world.issued("funder")) == [("invoice", 30_000)]


async def test_in_a_programme_in_cents_no_price_is_fixed(made):
    world = await made(unit=Unit.CENT)
    fixed = {"title": "Kurs", "cents": 100, "vat_percent": 19, "valid_from": str(world.now)}
    path = f"operations/programmes/{world.programme_id}/prices"
    answer = await world.call("POST", path, fixed, OPERATOR)
    assert (answer.status_code, answer.json()["code"]) == (422, "invalid_price")


async def test_without_a_fixed_price_a_booking_is_paid_up_to_the_cap(made):
    world = await made(cap_cents=20_000)
    free = {"title": "Kurs", "vat_percent": 19, "valid_from": world.ago(20).isoformat()}
    await world.operate("POST", f"programmes/{world.programme_id}/prices", free)
    for price_cents in (8_800, 30_000):
        await world.use(10, price_cents=price_cents)
    [owed] = await world.issued("funder")
    assert [line["cents"] for line in owed["lines"]] == [20_000, 8_800]


def _tomorrow(world):
    return (world.now + timedelta(days=1)).date().isoformat()


@pytest.mark.parametrize(
    ("path", "body", "code"),
    [
        ("prices", {"cents": 0}, "invalid_request"),
        ("prices", {"cents": 1.5}, "invalid_request"),
        ("prices", {"cents": -1}, "invalid_request"),
        ("prices", {"cents": 10**12}, "invalid_request"),
        ("prices", {"cents": 20_001, "vat_exemption": "§ 4 UStG"}, "invalid_price"),
        ("prices", {"vat_percent": 0}, "invalid_price"),
        ("prices", {"vat_percent": 19, "vat_exemption": "§ 4 UStG"}, "invalid_price"),
        ("settlements", {"side": "everybody", "last_day": "2026-01-01"}, "invalid_request"),
        ("settlements", {"side": "funder", "last_day": "gestern"}, "invalid_request"),
        ("settlements", {"side": "funder", "last_day": "2001-01-01"}, "invalid_period"),
        ("settlements", {"side": "funder", "last_day": "9999-12-31"}, "invalid_period"),
        ("settlements", {"side": "funder", "last_day": _tomorrow}, "invalid_period"),
    ],
)
async def test_bad_input_is_refused_with_the_reason(made, path, body, code):
    world = await made(cap_cents=20_000)
    price = {"title": "Kurs", "valid_from": world.ago(1).isoformat()} if path == "prices" else {}
    sent = {k: v(world) if callable(v) else v for k, v in {**price, **body}.items()}
    address = f"operations/programmes/{world.programme_id}/{path}"
    answer = await world.call("POST", address, sent, OPERATOR)
    assert (answer.status_code, answer.json()["code"]) == (422, code)


@pytest.mark.parametrize(
    "wrong",
    [{"iban": "DE0"}, {"vat_id": "x"}, {"country": "Deutschland"}, {"name": ""}, {"colour": "red"}],
)
async def test_misspelt_billing_details_are_refused(made, wrong):
    world = await made()
    answer = await world.call(
        "PUT", "billing-details", {**_unpayable(), **wrong}, f"anna|tenant-admin|{world.funder}"
    )
    assert answer.status_code == 422


async def test_a_foreign_programme_is_like_none(made):
    world = await made()
    stranger = f"fritz|tenant-admin,funder|{uuid4()}"
    payer = {"leitweg_id": "04011000-1234512345-06"}
    for method, path, body in (
        ("PUT", "billing", payer),
        ("GET", "billing", None),
        ("GET", "prices", None),
    ):
        answer = await world.call(method, f"programmes/{world.programme_id}/{path}", body, stranger)
        assert answer.status_code == 404
    unknown = await world.call(
        "POST",
        f"operations/programmes/{uuid4()}/settlements",
        {"side": "funder", "last_day": "2026-01-01"},
        OPERATOR,
    )
    assert unknown.status_code == 404


def _unpayable():
    return {
        "name": "VHS",
        "street": "Weg 1",
        "postcode": "67059",
        "city": "Ludwigshafen",
        "contact": "Kasse",
        "phone": "0621",
        "email": "vhs@example.org",
    }


async def _violated(world):
    async with world.opened([world.funder], operator=True) as work:
        return await violated_in(work.connection, world.programme_id, 0)


async def test_what_is_settled_holds_together_and_what_is_planted_is_named(made):
    world = await made()
    [voucher, _] = await world.use(40, count=2)
    for side in ("funder", "provider"):
        await world.issued(side, until=30)
    await world.reverse(voucher, 10)
    again = await world.use(9, provider_id=None)
    await world.issued("funder")
    assert await _violated(world) == []
    plant = text(
        """
        INSERT INTO statement_claim (tenant_id, side, programme_id, entry, statement_id, funder_id,
            redeemed_entry, at, units, cents, voucher_id, beneficiary_id)
        SELECT tenant_id, side, programme_id, 99, statement_id, funder_id, 99, now(), 1, 1, :voucher_id, tenant_id
        FROM statement WHERE programme_id = :programme_id AND side = :side LIMIT 1
        """
    )
    row = {"programme_id": world.programme_id, "voucher_id": again[0].voucher_id}
    for side in ("provider", "funder"):
        with pytest.raises(RuntimeError, match="undone"):
            async with world.opened([world.funder], operator=True) as work:
                await work.connection.execute(plant, {**row, "side": side})
                found = await violated_in(work.connection, world.programme_id, 0)
                assert {STATED, SETTLED} == set(found)
                raise RuntimeError("undone")

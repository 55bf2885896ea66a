"""Programmes over HTTP: from a draft to the end, who may use them, and what bad input gets."""

from collections.abc import AsyncIterator
from datetime import timedelta
from itertools import count
from typing import Any
from uuid import UUID, uuid4

import pytest
from sqlalchemy import text

from services.voucher.adapters.invariants import violated_invariants
from services.voucher.application.reserve_vouchers import reserve_vouchers
from services.voucher.application.settle_vouchers import SettleVoucher, release_vouchers
from services.voucher.domain.eligibility import Beneficiary, Eligibility, Item
from services.voucher.domain.errors import PersonNotKnownError
from services.voucher.domain.limits import MAX_CLAIMS, Limits
from services.voucher.domain.person import Person
from services.voucher.domain.programme import Programme
from services.voucher.domain.reconciliation import COUNTED
from services.voucher.domain.terms import MAX_CENTS, MAX_VOUCHERS, Unit
from shared.clock import utc_now
from shared.database.engine import transaction
from tests.conftest import EngineFor
from tests.voucher.builders import request
from tests.voucher.office import Office


def _body(**changes: Any) -> dict[str, Any]:
    now = utc_now()
    usual = {
        "name": "Bildungsgutscheine",
        "reference": "MWG-2026-17",
        "legal_basis": "Landeshaushaltsordnung § 44",
        "vouchers": 10,
        "eligibility": {"states": ["DE-RP"], "regions": ["mrn"]},
        "opens_at": (now - timedelta(minutes=1)).isoformat(),
        "closes_at": (now + timedelta(days=30)).isoformat(),
    }
    return {**usual, **changes}


async def _funded(office: Office, method: str, path: str, body: Any = None) -> Any:
    answer = await office.call(office.funder, "funder", method, f"/programmes{path}", body)
    assert answer.status_code < 300, answer.text
    return answer.json()


async def _book(office: Office, made: Programme, person_id: UUID, **changes: Any) -> Any:
    """Reserve for a booking of the city, and what became of it."""
    asked = request(
        Beneficiary(office.city, "Speyer", "municipality", "DE-RP", frozenset()),
        programme_id=made.programme_id,
        person_id=person_id,
        **changes,
    )
    async with office.opened([office.city, office.funder]) as work:
        await reserve_vouchers(work, [asked], utc_now())
        [voucher] = (await work.vouchers.for_bookings([asked.booking_id])).values()
    return asked, voucher.refusal.reason if voucher.refusal else voucher.status.value


async def test_a_draft_changes_until_it_is_opened_and_then_its_terms_stay(office: Office) -> None:
    draft = await _funded(office, "POST", "", _body(draft=True))
    assert (draft["state"], draft["pool"]["granted"], draft["budget"]) == ("draft", 0, 10)
    path = f"/{draft['programme_id']}"
    hidden = await office.call(office.city, "hr", "GET", f"/programmes{path}/eligibility")
    assert hidden.status_code == 404
    revised = await _funded(office, "PUT", path, _body(vouchers=20, vouchers_per_month=3))
    assert (revised["budget"], revised["vouchers_per_month"]) == (20, 3)
    opened = await _funded(office, "POST", f"{path}/opening")
    assert (opened["state"], opened["pool"]["available"]) == ("open", 20)
    for method, what, body in (("PUT", "", _body()), ("POST", "/opening", None)):
        late = await office.call(office.funder, "funder", method, f"/programmes{path}{what}", body)
        assert (late.status_code, late.json()["code"]) == (409, "programme_opened")


async def test_it_is_topped_up_taken_back_and_closed_early(office: Office) -> None:
    made = await _funded(office, "POST", "", _body(vouchers=None, budget_cents=10_000))
    path = f"/{made['programme_id']}"
    await _funded(office, "POST", f"{path}/top-ups", {"units": 500, "reason": "Nachbewilligung"})
    back = await _funded(office, "POST", f"{path}/returns", {"units": 300, "reason": "Weniger"})
    figures = {"granted": 10_500, "available": 10_200, "returned": 300}
    assert {name: back["pool"][name] for name in figures} == figures
    for _ in range(2):  # repeating it changes nothing
        closed = await _funded(office, "POST", f"{path}/closing", {"reason": "Haushaltssperre"})
        assert (closed["state"], closed["pool"]["returned"]) == ("closed", 10_500)
    late = await office.call(
        office.funder, "funder", "POST", f"/programmes{path}/top-ups", {"units": 1}
    )
    assert (late.status_code, late.json()["code"]) == (409, "programme_not_open")


async def test_a_top_up_with_a_key_counts_once(office: Office) -> None:
    made = await office.programme(10)
    path = f"/programmes/{made.programme_id}/top-ups"
    for units, status in ((5, 200), (5, 200), (6, 409)):
        answer = await office.call(
            office.funder,
            "funder",
            "POST",
            path,
            {"units": units},
            headers={"Idempotency-Key": "1"},
        )
        assert answer.status_code == status
    assert (await office.pools(made))[None].granted == 15


@pytest.mark.parametrize(
    "changes",
    [
        {"vouchers": 0},
        {"vouchers": -1},
        {"vouchers": 1.5},
        {"vouchers": MAX_VOUCHERS + 1},
        {"vouchers": 10**30},
        {"vouchers": None},
        {"budget_cents": 1},
        {"vouchers": None, "budget_cents": 0},
        {"vouchers": None, "budget_cents": MAX_CENTS + 1},
        {"cap_cents": 0},
        {"vouchers_per_person": 0},
        {"vouchers_per_tenant": 0},
        {"vouchers_per_month": MAX_CLAIMS + 1},
        {"closes_at": "2020-01-01T00:00:00Z"},
        {"opens_at": "2020-01-01T00:00:00Z", "closes_at": "2020-02-01T00:00:00Z"},
        {"approval": ["hr", "hr"]},
        {"approval": ["mayor"]},
        {"distribution": "lottery"},
    ],
    ids=str,
)
async def test_what_nobody_could_use_is_refused(office: Office, changes: Any) -> None:
    answer = await office.call(office.funder, "funder", "POST", "/programmes", _body(**changes))
    assert answer.status_code == 422, answer.text
    assert answer.json()["code"] in {"invalid_request", "invalid_programme"}


@pytest.mark.parametrize("units", [0, -1, 1.5, "all", 10**30])
@pytest.mark.parametrize("what", ["top-ups", "returns"])
async def test_amounts_that_nobody_can_move_are_refused(
    office: Office, what: str, units: Any
) -> None:
    made = await office.programme(10)
    path = f"/programmes/{made.programme_id}/{what}"
    body = {"units": units, "reason": "x"}
    answer = await office.call(office.funder, "funder", "POST", path, body)
    assert answer.status_code == 422
    assert (await office.pools(made))[None].granted == 10


async def test_more_than_there_is_cannot_be_taken_back_nor_granted(office: Office) -> None:
    made = await office.programme(10)
    path = f"/programmes/{made.programme_id}"
    for what, units, status, code in (
        ("returns", 11, 409, "exhausted"),
        ("top-ups", MAX_VOUCHERS, 422, "invalid_programme"),
    ):
        body = {"units": units, "reason": "x"}
        answer = await office.call(office.funder, "funder", "POST", f"{path}/{what}", body)
        assert (answer.status_code, answer.json()["code"]) == (status, code)


async def test_somebody_elses_programme_is_nobodys(office: Office) -> None:
    made = await office.programme(10)
    for method, what, body in (
        ("GET", "", None),
        ("PUT", "", _body()),
        ("POST", "/opening", None),
        ("POST", "/top-ups", {"units": 1}),
        ("POST", "/returns", {"units": 1, "reason": "x"}),
        ("POST", "/closing", {}),
        ("GET", "/simulation", None),
        ("GET", "/forecast", None),
    ):
        path = f"/programmes/{made.programme_id}{what}"
        answer = await office.call(office.city, "funder", method, path, body)
        assert answer.status_code == 404, (method, what)


async def _outlooks(office: Office, simulation: str) -> AsyncIterator[dict[str, Any]]:
    """Of every organisation there is, other tests' too."""
    for offset in count(0, 500):
        page = await _funded(office, "GET", f"{simulation}?limit=500&offset={offset}")
        for each in page["outlooks"]:
            yield each
        if len(page["outlooks"]) < 500:
            return


async def test_a_simulation_counts_people_with_the_roles_but_few_are_not_numbered(
    office: Office,
) -> None:
    for n in range(6):
        await office.employ(office.city, "trainer" if n < 5 else "learner")
    await office.employ(office.other_city, "trainer")
    wanted = {
        "roles": ["trainer"],
        "tenants": [str(office.city), str(office.other_city)],
    }
    draft = await _funded(office, "POST", "", _body(draft=True, eligibility=wanted))
    simulation = f"/{draft['programme_id']}/simulation"
    found = await _funded(office, "GET", simulation)
    assert (found["eligible"], found["people"], found["uncounted"]) == (2, 5, 1)
    by_id = {each["tenant_id"]: each async for each in _outlooks(office, simulation)}
    assert by_id[str(office.city)]["people"] == 5
    assert by_id[str(office.other_city)]["people"] is None
    outside = by_id[str(office.funder)]
    assert not outside["eligible"]
    assert outside["findings"][-1]["code"] == "outside_area"


@pytest.mark.parametrize(
    ("limits", "reason"),
    [
        (Limits(1, per_tenant=2), "tenant_limit_reached"),
        (Limits(1, per_month=2), "month_limit_reached"),
    ],
)
async def test_an_organisation_has_its_limit_and_what_it_gives_back_counts_no_more(
    office: Office, engine_for: EngineFor, limits: Limits, reason: str
) -> None:
    made = await office.programme(10, limits=limits, eligibility=Eligibility())
    people = [await office.employ(office.city) for _ in range(4)]
    first, outcome = await _book(office, made, people[0])
    assert outcome == "reserved"
    assert (await _book(office, made, people[1]))[1] == "reserved"
    assert (await _book(office, made, people[2]))[1] == reason
    async with office.opened([office.city, office.funder]) as work:
        command = SettleVoucher(first.tenant_id, first.booking_id, first.person_id, first.cause)
        await release_vouchers(work, [command], utc_now())
    assert (await _book(office, made, people[3]))[1] == "reserved"
    async with transaction(engine_for("voucher"), [office.funder]) as connection:
        assert COUNTED not in await violated_invariants(connection)
        await connection.execute(text("UPDATE claim_count SET claims = claims + 1"))
        assert COUNTED in await violated_invariants(connection)
        await connection.rollback()


async def test_roles_count_as_the_tenant_told_them_and_are_waited_for(office: Office) -> None:
    rule = Eligibility(roles=frozenset({"trainer"}))
    made = await office.programme(10, eligibility=rule)
    person_id = uuid4()
    with pytest.raises(PersonNotKnownError):
        await _book(office, made, person_id)
    for sequence, role, outcome in (
        (1, "learner", "role_not_eligible"),
        (2, "trainer", "reserved"),
    ):
        async with office.opened([office.city]) as work:
            told = Person(office.city, person_id, frozenset({role}))
            await work.people.learn([(told, sequence)])
        assert (await _book(office, made, person_id))[1] == outcome


async def test_a_refusal_is_told_in_the_callers_language(office: Office) -> None:
    made = await office.programme(10, eligibility=Eligibility(regions=frozenset({"ems"})))
    asked, _ = await _book(office, made, await office.employ(office.city))
    path = f"/vouchers?booking_id={asked.booking_id}"
    said = []
    for language in ("de", "en", "fr"):
        headers = {"Accept-Language": language}
        answer = await office.call(office.city, "hr", "GET", path, headers=headers)
        said.append(answer.json()[0]["explanation"])
    english = "Only for ems; Speyer is none of them and lies in none of them."
    assert said == ["Nur für: ems. Speyer gehört nicht dazu.", english, english]


async def test_cents_are_taken_up_to_the_cap_until_the_budget_is_too_small(office: Office) -> None:
    made = await office.programme(
        100, unit=Unit.CENT, cap_cents=60, eligibility=Eligibility(), limits=Limits(5)
    )
    person_id = await office.employ(office.city)

    def item(price: int | None) -> Item:
        return Item(uuid4(), "online_date", frozenset(), price)

    outcomes = [
        (await _book(office, made, person_id, item=item(price)))[1]
        for price in (80, 50, 40, None, 0)
    ]
    assert outcomes == [
        "reserved",
        "budget_exhausted",
        "reserved",
        "price_unknown",
        "free_of_charge",
    ]
    assert (await office.pools(made))[None].reserved == 100


async def test_the_funder_is_warned_once_at_each_share_and_again_after_a_top_up(
    office: Office,
) -> None:
    made = await office.programme(20, eligibility=Eligibility())
    warned = []
    for booking in range(21):
        if booking == 20:
            await _funded(office, "POST", f"/{made.programme_id}/top-ups", {"units": 4})
        await _book(office, made, await office.employ(office.city))
        warned.append(await _warned(office, made))
    shares = [share for share, before in zip(warned, [0, *warned], strict=False) if share != before]
    assert shares == [80, 95, 80]


async def _warned(office: Office, made: Programme) -> int:
    async with office.opened([office.funder]) as work:
        return (await work.programmes.lock([made.programme_id]))[made.programme_id].warned


async def test_a_programme_nobody_used_lasts_and_a_draft_has_not_opened(office: Office) -> None:
    made = await office.programme(10, opens_at=utc_now() - timedelta(days=20))
    told = await _funded(office, "GET", f"/{made.programme_id}/forecast")
    assert told["verdict"] == "unused"
    draft = await _funded(office, "POST", "", _body(draft=True))
    told = await _funded(office, "GET", f"/{draft['programme_id']}/forecast")
    assert told["verdict"] == "not_open"

"""Codes over HTTP: printed once, used as often as the sheet says, and not to be guessed."""

import asyncio
import csv
import io
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from sqlalchemy import text

from services.voucher.adapters.code_attempts import OF_CALLER, OF_TENANT
from services.voucher.application.redeem_codes import RedeemCode, redeem_codes
from services.voucher.domain.code import CODE_BITS, code_of, number_of
from services.voucher.domain.errors import VoucherError
from services.voucher.domain.limits import Limits
from services.voucher.domain.terms import Step
from services.voucher.domain.voucher import Voucher
from services.voucher.entrypoints.codes import RedemptionBody
from shared.clock import utc_now
from shared.envelope import Cause
from tests.voucher.office import Office

UNKNOWN = next(code for n in range(99) if (code := code_of((1 << CODE_BITS - 1) + n)))


async def _print(office: Office, programme_id: UUID, **changes: object) -> Any:
    body = {
        "programme_id": str(programme_id),
        "title": "Bauhof",
        "codes": 2,
        "expires_at": (utc_now() + timedelta(days=30)).isoformat(),
        **changes,
    }
    answer = await office.call(office.city, "hr", "POST", "/code-sheets", body)
    assert answer.status_code == 201, answer.text
    assert answer.headers["Cache-Control"] == "no-store"
    return answer.json()


async def _use(
    office: Office, code: str, person_id: UUID, *, tenant_id: UUID | None = None, account: str = "x"
):
    body = {"code": code, "person_id": str(person_id)}
    tenant_id = tenant_id or office.city
    return await office.call(
        tenant_id, "hr", "POST", "/codes/redemptions", body, account=f"{tenant_id} {account}"
    )


async def test_a_code_is_worth_a_voucher_once(office: Office) -> None:
    made = await office.programme(5)
    printed = await _print(office, made.programme_id)
    one, other = [await office.employ(office.city) for _ in range(2)]
    held = await _use(office, printed["codes"][0].lower().replace("-", " "), one)
    assert held.status_code == 201, held.text
    assert (held.json()["person_id"], held.json()["units"]) == (str(one), 1)
    for person_id, code in ((one, "code_used_by_person"), (other, "code_spent")):
        again = await _use(office, printed["codes"][0], person_id)
        assert (again.status_code, again.json()["code"]) == (409, code)
    assert (await office.pools(made))[None].reserved == 1


async def test_each_no_has_its_own_code_and_a_foreign_one_is_unknown(office: Office) -> None:
    made = await office.programme(5, limits=Limits(9))
    printed = await _print(office, made.programme_id)
    person_id, foreign = await office.employ(office.city), await office.employ(office.other_city)
    code = printed["codes"][0]
    misspelt = await _use(office, code[:-1] + ("2" if code[-1] != "2" else "3"), person_id)
    unknown = await _use(office, UNKNOWN, person_id)
    other = await _use(office, code, foreign, tenant_id=office.other_city)
    of_funder = await _use(office, code, foreign, tenant_id=office.funder)
    answers = [misspelt, unknown, other]
    assert [(each.status_code, each.json()["code"]) for each in answers] == [
        (422, "code_misspelt"),
        (404, "code_unknown"),
        (404, "code_unknown"),
    ]
    assert of_funder.json()["code"] == "code_unknown"
    for each in (other, of_funder):
        assert each.json()["detail"] == unknown.json()["detail"]
    sheet = f"/code-sheets/{printed['sheet']['sheet_id']}/withdrawal"
    assert (await office.call(office.other_city, "hr", "POST", sheet)).status_code == 404
    assert (await office.call(office.city, "hr", "POST", sheet)).json()["withdrawn_at"]
    assert (await _use(office, code, person_id)).json()["code"] == "code_withdrawn"


async def test_a_code_that_the_programme_refuses_is_not_used_up(office: Office) -> None:
    made = await office.programme(5)
    printed = await _print(office, made.programme_id, codes=1, uses=2)
    [code] = printed["codes"]
    one, other = [await office.employ(office.city) for _ in range(2)]
    people = {"person_ids": [str(one)]}
    path = f"/programmes/{made.programme_id}/assignments"
    await office.call(office.city, "hr", "POST", path, people)
    refused = await _use(office, code, one)
    assert (refused.status_code, refused.json()["code"]) == (409, "person_limit_reached")
    assert (await _use(office, code, uuid4())).json()["code"] == "person_unknown"
    assert (await _use(office, code, other)).status_code == 201


async def test_many_at_once_use_a_code_as_often_as_it_says(office: Office) -> None:
    made = await office.programme(50)
    [code] = (await _print(office, made.programme_id, codes=1, uses=3))["codes"]
    people = [await office.employ(office.city) for _ in range(8)]
    answers = await asyncio.gather(*(_use(office, code, each) for each in people))
    assert sorted(each.status_code for each in answers) == [201] * 3 + [409] * 5
    assert (await office.pools(made))[None].reserved == 3


async def test_what_is_redeemed_together_is_answered_apart(office: Office) -> None:
    made = await office.programme(50)
    codes = (await _print(office, made.programme_id, codes=6))["codes"]
    state, people = office.app.state, [await office.employ(office.city) for _ in range(6)]

    def use(code: str, person_id: UUID, key: str | None = None, tenant_id: UUID = office.city):
        fingerprint = state.code_fingerprints.of(number_of(code))
        command = RedeemCode(tenant_id, uuid4(), person_id, fingerprint, Cause("story"))
        return state.code_redeemer.redeem(command, key, RedemptionBody(code=code))

    asked = (
        use(codes[0], people[0]),
        use(codes[0], people[1]),
        use(codes[1], people[1], tenant_id=office.other_city),
        *(use(codes[n], people[n], f"key {n}") for n in (2, 3, 2)),
        use(codes[4], people[3], "key 3"),
    )
    answers = await asyncio.gather(*asked, return_exceptions=True)
    assert [getattr(each, "code", "held") for each in answers] == [
        "held",
        "code_spent",
        "code_unknown",
        *("held", "held", "held"),
        "idempotency_key_reused",
    ]
    assert answers[5] == answers[3]
    assert (await office.pools(made))[None].reserved == 3


async def test_who_is_refused_leaves_the_code_to_who_comes_with_them(office: Office) -> None:
    made = await office.programme(5)
    [code] = (await _print(office, made.programme_id, codes=1))["codes"]
    has_one, other = [await office.employ(office.city) for _ in range(2)]
    path = f"/programmes/{made.programme_id}/assignments"
    await office.call(office.city, "hr", "POST", path, {"person_ids": [str(has_one)]})
    fingerprint = office.app.state.code_fingerprints.of(number_of(code))
    commands = [
        RedeemCode(office.city, uuid4(), person_id, fingerprint, Cause("story"))
        for person_id in (has_one, other)
    ]
    async with office.opened([office.city, office.funder]) as work:
        refused, held = await redeem_codes(work, commands, utc_now())
    assert isinstance(refused, VoucherError)
    assert refused.code == "person_limit_reached"
    assert isinstance(held, Voucher)


async def test_guessing_is_held_up_for_the_caller_then_for_the_organisation(office: Office) -> None:
    made = await office.programme(5)
    [code, _] = (await _print(office, made.programme_id))["codes"]
    person_id = await office.employ(office.city)
    for _ in range(OF_CALLER):
        assert (await _use(office, UNKNOWN, person_id, account="guesser")).status_code == 404
    held_up = await _use(office, code, person_id, account="guesser")
    assert (held_up.status_code, held_up.headers["Retry-After"]) == (429, "321")
    assert held_up.json()["code"] == "too_many_attempts"
    assert (await _use(office, code, person_id, account="clerk")).status_code == 201
    for n in range(OF_TENANT - OF_CALLER):
        await _use(office, UNKNOWN, person_id, account=f"helper {n // OF_CALLER}")
    assert (await _use(office, UNKNOWN, person_id, account="clerk")).status_code == 429
    elsewhere = await office.employ(office.other_city)
    answer = await _use(office, UNKNOWN, elsewhere, tenant_id=office.other_city)
    assert answer.status_code == 404


async def test_right_codes_and_misspelt_ones_hold_nobody_up(office: Office) -> None:
    made = await office.programme(50)
    codes = (await _print(office, made.programme_id, codes=OF_CALLER + 2))["codes"]
    for code in codes:
        person_id = await office.employ(office.city)
        assert (await _use(office, "0000", person_id)).status_code == 422
        assert (await _use(office, code, person_id)).status_code == 201


async def test_the_sheet_is_a_csv_for_a_mail_merge(office: Office) -> None:
    made = await office.programme(5)
    body = {
        "programme_id": str(made.programme_id),
        "title": "=Bauhof",
        "codes": 3,
        "expires_at": (utc_now() + timedelta(days=30)).isoformat(),
    }
    accept = {"Accept": "text/csv"}
    answer = await office.call(office.city, "hr", "POST", "/code-sheets", body, headers=accept)
    assert (answer.status_code, answer.headers["Cache-Control"]) == (201, "no-store")
    rows = list(csv.DictReader(io.StringIO(answer.text)))
    assert [(row["number"], row["title"]) for row in rows] == [
        (str(number), "'=Bauhof") for number in (1, 2, 3)
    ]
    person_id = await office.employ(office.city)
    assert (await _use(office, rows[1]["code"], person_id)).status_code == 201


async def test_the_database_keeps_no_code(office: Office) -> None:
    made = await office.programme(5)
    printed = await _print(office, made.programme_id)
    async with office.opened([office.city]) as work:
        rows = await work.connection.execute(text("SELECT paper_code::text FROM paper_code"))
        keys = await work.connection.execute(text("SELECT answer::text FROM idempotency_key"))
        kept = " ".join(str(row) for row in [*rows, *keys])
    assert kept
    for code in printed["codes"]:
        assert code not in kept
        assert code.replace("-", "") not in kept


async def test_the_same_key_uses_a_code_once(office: Office) -> None:
    made = await office.programme(5)
    [code, _] = (await _print(office, made.programme_id))["codes"]
    body = {"code": code, "person_id": str(await office.employ(office.city))}
    key = {"Idempotency-Key": "k"}
    answers = [
        await office.call(office.city, "hr", "POST", "/codes/redemptions", body, headers=key)
        for _ in range(2)
    ]
    assert [each.status_code for each in answers] == [201, 201]
    assert answers[0].json() == answers[1].json()


@pytest.mark.parametrize("changes", [{"codes": 0}, {"codes": 1_001}, {"uses": 0}, {"uses": 1.5}])
async def test_a_sheet_that_cannot_be_is_refused(office: Office, changes: Any) -> None:
    made = await office.programme(5)
    until = (utc_now() + timedelta(days=30)).isoformat()
    body = {"programme_id": str(made.programme_id), "title": "x", "codes": 1, "expires_at": until}
    answer = await office.call(office.city, "hr", "POST", "/code-sheets", {**body, **changes})
    assert answer.status_code == 422


async def test_a_sheet_ends_by_the_programmes_end_and_takes_no_leaders_word(office: Office) -> None:
    until = utc_now() + timedelta(days=301)
    for changes, expires_at in (
        ({}, until),
        ({"approval": (Step.LEADER,)}, utc_now() + timedelta(days=1)),
    ):
        made = await office.programme(5, **changes)
        body = {
            "programme_id": str(made.programme_id),
            "title": "x",
            "codes": 1,
            "expires_at": expires_at.isoformat(),
        }
        answer = await office.call(office.city, "hr", "POST", "/code-sheets", body)
        assert (answer.status_code, answer.json()["code"]) == (422, "invalid_code_sheet")

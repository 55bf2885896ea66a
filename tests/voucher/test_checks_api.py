"""The question at the point of booking: yes or no of every condition, and nothing is held."""

import asyncio
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

from services.voucher.application.check_claims import CheckClaim
from services.voucher.domain.eligibility import Eligibility, Item
from services.voucher.domain.programme import Programme
from services.voucher.domain.terms import Step, Unit
from shared.clock import utc_now
from tests.voucher.office import Office


async def _asked(office: Office, programme_id: UUID | str, person_id: UUID, **item: Any) -> Any:
    body = {"person_id": str(person_id), "offer_id": str(uuid4()), "offer_kind": "online_date"}
    path = f"/programmes/{programme_id}/checks"
    answer = await office.call(office.city, "learner", "POST", path, {**body, **item})
    assert answer.status_code == 200, answer.text
    return answer.json()


def _codes(check: Any) -> dict[str, str]:
    return {each["condition"]: each["code"] for each in check["findings"]}


async def test_a_check_says_yes_and_no_in_both_languages_and_holds_nothing(office: Office) -> None:
    made = await office.programme(
        10,
        unit=Unit.CENT,
        cap_cents=4,
        eligibility=Eligibility(roles=frozenset({"trainer"}), competence_fields=frozenset({"digital"})),
    )  # fmt: skip
    trainer, learner = [await office.employ(office.city, role) for role in ("trainer", "learner")]
    yes = await _asked(office, made.programme_id, trainer, competence_fields=["digital"], price_cents=6)  # fmt: skip
    assert (yes["pays"], yes["units"], yes["pays_cents"]) == (True, 4, 4)
    assert _codes(yes)["price"] == "price_partly_covered"
    no = await _asked(office, made.programme_id, learner, price_cents=3)
    assert (no["pays"], no["units"], no["pays_cents"]) == (False, None, None)
    assert _codes(no)["role"] == "role_not_eligible"
    assert _codes(no)["competence_field"] == "competence_field_not_eligible"
    body = {"person_id": str(learner), "offer_id": str(uuid4()), "offer_kind": "online_date"}
    path = f"/programmes/{made.programme_id}/checks"
    german = await office.call(
        office.city, "learner", "POST", path, body, headers={"Accept-Language": "de-DE, en;q=0.5"}
    )
    words = {each["code"]: each["explanation"] for each in german.json()["findings"]}
    assert words["role_not_eligible"] == "Nur für Personen mit der Rolle: Lehrkraft."
    assert words["price_unknown"].startswith("Das Programm bezahlt in Euro")
    assert (await office.pools(made))[None].available == 10


async def test_a_check_about_nobody_or_nothing_is_refused(office: Office) -> None:
    made = await office.programme(10)
    foreign = await office.employ(office.other_city)
    mine = await office.employ(office.city)
    for programme_id, person_id, code in (
        (made.programme_id, foreign, "person_unknown"),
        (made.programme_id, uuid4(), "person_unknown"),
        (uuid4(), mine, "programme_unknown"),
    ):
        body = {"person_id": str(person_id), "offer_id": str(uuid4()), "offer_kind": "x"}
        path = f"/programmes/{programme_id}/checks"
        answer = await office.call(office.city, "learner", "POST", path, body)
        assert (answer.status_code, answer.json()["code"]) == (404, code)


async def test_an_employee_sees_which_programmes_would_pay_in_their_order(office: Office) -> None:
    person_id = await office.employ(office.city)
    kind = f"kind-{uuid4().hex[:8]}"  # other tests' programmes pay for other kinds
    only = Eligibility(offer_kinds=frozenset({kind}))
    late = await office.programme(10, eligibility=only, closes_at=utc_now() + timedelta(days=9))
    soon = await office.programme(10, eligibility=only, closes_at=utc_now() + timedelta(days=8))
    told = await office.programme(10, eligibility=only, approval=(Step.HR,))
    path = f"/programmes/for?person_id={person_id}&offer_id={uuid4()}&offer_kind={kind}"
    answer = await office.call(office.city, "learner", "GET", path)
    found = {each["programme_id"]: each for each in answer.json()}
    mine = [str(each.programme_id) for each in (soon, late, told)]
    assert [each for each in found if each in mine] == mine
    assert [found[each]["pays"] for each in mine] == [True, True, False]
    assert _codes(found[mine[2]])["approval"] == "approval_needed"


async def test_questions_that_come_together_are_answered_apart(office: Office) -> None:
    made = await office.programme(9)
    draft = Programme.draft(office.funder, uuid4(), made.terms)
    async with office.opened([office.funder]) as work:
        await work.programmes.add(draft)
    here, there = await office.employ(office.city), await office.employ(office.other_city)
    checker, item = office.app.state.claim_checker, Item(uuid4(), "online_date")
    asked = [
        CheckClaim(office.city, here, item, made.programme_id),
        CheckClaim(office.other_city, there, item, made.programme_id),
        CheckClaim(office.other_city, here, item, made.programme_id),
        CheckClaim(office.city, here, item, draft.programme_id),
    ]
    answers = await asyncio.gather(*map(checker.check, asked), return_exceptions=True)
    assert [getattr(each, "pays", None) for each in answers] == [True, True, None, None]
    assert [getattr(each, "code", None) for each in answers[2:]] == [
        "person_unknown",
        "programme_unknown",
    ]

"""A programme's terms: each condition says yes and no with its code, and no text is missing in either language."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from string import Formatter
from typing import Any
from uuid import UUID

import pytest

from services.voucher.domain.eligibility import Eligibility, Finding, Item, first_refusal
from services.voucher.domain.errors import InvalidProgrammeError
from services.voucher.domain.explanations import TEXTS, explain
from services.voucher.domain.limits import MAX_CLAIMS, Limits, Taken, month_of
from services.voucher.domain.terms import MAX_CENTS, MAX_VOUCHERS, Step, Terms, Unit
from services.voucher.domain.words import Language
from tests.voucher.builders import BERGSTRASSE, LUDWIGSHAFEN, NOW, STUTTGART, TRIER, claim, terms

OFFER = UUID(int=99)
EVERYONE = Eligibility()


def _findings(asked: Terms, taken: Taken | None = None, **changes: Any) -> dict[str, Finding]:
    found = asked.findings(claim(**changes), taken or Taken())
    return {each.condition: each for each in found}


@pytest.mark.parametrize(
    ("conditions", "changes", "condition", "code"),
    [
        ({"states": {"DE-RP"}}, {"tenant": TRIER}, "area", "inside_area"),
        ({"states": {"DE-RP"}}, {"tenant": STUTTGART}, "area", "outside_area"),
        ({"regions": {"mrn"}}, {"tenant": BERGSTRASSE}, "area", "inside_area"),
        ({"regions": {"mrn"}}, {"tenant": TRIER}, "area", "outside_area"),
        ({"tenants": {TRIER.tenant_id}}, {"tenant": TRIER}, "area", "named_by_funder"),
        ({"tenants": {TRIER.tenant_id}}, {"tenant": LUDWIGSHAFEN}, "area", "outside_area"),
        ({"tenant_kinds": {"county"}}, {"tenant": BERGSTRASSE}, "tenant_kind", "tenant_kind_eligible"),
        ({"tenant_kinds": {"county"}}, {"tenant": TRIER}, "tenant_kind", "tenant_kind_not_eligible"),
        ({"roles": {"hr"}}, {"roles": frozenset({"hr", "learner"})}, "role", "role_eligible"),
        ({"roles": {"hr"}}, {}, "role", "role_not_eligible"),
        ({"offers": {OFFER}}, {}, "offer", "offer_eligible"),
        ({"offers": {OFFER}}, {"offer_id": UUID(int=98)}, "offer", "offer_not_eligible"),
        ({"offer_kinds": {"on_demand_course"}}, {}, "offer_kind", "offer_kind_eligible"),
        ({"offer_kinds": {"learning_unit"}}, {}, "offer_kind", "offer_kind_not_eligible"),
        (
            {"competence_fields": {"Digitales", "Recht"}},
            {"competence_fields": frozenset({"Recht"})},
            "competence_field",
            "competence_field_eligible",
        ),
        ({"competence_fields": {"Recht"}}, {}, "competence_field", "competence_field_not_eligible"),
    ],
)  # fmt: skip
def test_each_condition_says_yes_and_no(conditions, changes, condition, code):
    rule = Eligibility(**{name: frozenset(values) for name, values in conditions.items()})
    found = _findings(terms(eligibility=rule), **changes)[condition]
    assert found.code == code
    assert found.met is not code.endswith(("not_eligible", "outside_area"))


def test_a_state_or_a_region_or_being_named_is_enough_and_the_kind_counts_besides():
    rule = Eligibility(
        states=frozenset({"DE-RP"}),
        regions=frozenset({"mrn"}),
        tenants=frozenset({STUTTGART.tenant_id}),
        tenant_kinds=frozenset({"municipality"}),
    )
    eligible = {
        tenant.name: first_refusal(rule.of_tenant(tenant)) is None
        for tenant in (LUDWIGSHAFEN, TRIER, BERGSTRASSE, STUTTGART)
    }
    assert eligible == {
        "Ludwigshafen": True,
        "Trier": True,
        "Kreis Bergstraße": False,
        "Stuttgart": True,
    }


def test_no_condition_says_nothing():
    assert list(_findings(terms(eligibility=EVERYONE))) == ["person_limit"]


@pytest.mark.parametrize(
    ("limits", "taken", "code"),
    [
        (Limits(2), Taken(person=1), None),
        (Limits(2), Taken(person=2), "person_limit_reached"),
        (Limits(per_tenant=3), Taken(tenant=2), None),
        (Limits(per_tenant=3), Taken(tenant=3), "tenant_limit_reached"),
        (Limits(per_month=3), Taken(month=2, tenant=9), None),
        (Limits(per_month=3), Taken(month=3), "month_limit_reached"),
    ],
)
def test_limits_count_persons_organisations_and_months(limits, taken, code):
    refusal = first_refusal(terms(limits=limits).findings(claim(), taken))
    assert (refusal and refusal.reason) == code


def test_a_month_begins_at_midnight_in_germany():
    assert month_of(datetime(2026, 11, 30, 22, 59, tzinfo=UTC)) == date(2026, 11, 1)
    assert month_of(datetime(2026, 11, 30, 23, 0, tzinfo=UTC)) == date(2026, 12, 1)
    assert month_of(datetime(2026, 6, 30, 22, 0, tzinfo=UTC)) == date(2026, 7, 1)


@pytest.mark.parametrize(
    ("unit", "cap", "price", "code", "units"),
    [
        (Unit.VOUCHER, None, None, None, 1),
        (Unit.VOUCHER, 10_000, 12_000, "price_partly_covered", 1),
        (Unit.CENT, None, 12_000, "price_covered", 12_000),
        (Unit.CENT, 10_000, 12_000, "price_partly_covered", 10_000),
        (Unit.CENT, 10_000, 10_000, "price_covered", 10_000),
    ],
)
def test_a_claim_takes_a_voucher_or_the_cents_that_are_paid(unit, cap, price, code, units):
    asked = terms(unit=unit, cap_cents=cap)
    found = _findings(asked, price_cents=price).get("price")
    assert (found and found.code) == code
    assert asked.units_for(claim(price_cents=price).item) == units


@pytest.mark.parametrize(("price", "code"), [(None, "price_unknown"), (0, "free_of_charge")])
def test_cents_are_not_paid_for_what_has_no_price(price, code):
    refusal = first_refusal(terms(unit=Unit.CENT).findings(claim(price_cents=price), Taken()))
    assert refusal
    assert refusal.reason == code


@pytest.mark.parametrize(
    "changes",
    [
        {"closes_at": NOW - timedelta(days=2)},
        {"reservation": timedelta(0)},
        {"assignment": timedelta(0)},
        {"cap_cents": 0},
        {"cap_cents": MAX_CENTS + 1},
        {"approval": (Step.HR, Step.HR)},
    ],
)
def test_terms_that_contradict_each_other_are_refused(changes):
    with pytest.raises(InvalidProgrammeError):
        terms(**changes)


@pytest.mark.parametrize("limit", [0, -1, MAX_CLAIMS + 1])
@pytest.mark.parametrize("name", ["per_person", "per_tenant", "per_month"])
def test_limits_that_let_nobody_in_are_refused(name, limit):
    with pytest.raises(InvalidProgrammeError):
        Limits(**{name: limit})


@pytest.mark.parametrize(
    ("unit", "most"), [(Unit.VOUCHER, MAX_VOUCHERS), (Unit.CENT, MAX_CENTS)]
)  # fmt: skip
def test_a_budget_is_neither_nothing_nor_out_of_reach(unit, most):
    asked = terms(unit=unit)
    asked.check_budget(1)
    asked.check_budget(most)
    for units in (0, -1, most + 1):
        with pytest.raises(InvalidProgrammeError):
            asked.check_budget(units)


def test_an_explanation_is_plain_in_both_languages():
    parameters = {"tenant": "Stuttgart", "areas": ("DE-RP", "mrn")}
    refusal = first_refusal(terms().eligibility.of_tenant(STUTTGART))
    assert refusal
    assert (refusal.reason, dict(refusal.parameters)) == ("outside_area", parameters)
    assert refusal.explanation == (
        "Only for Rheinland-Pfalz, Metropolregion Rhein-Neckar; "
        "Stuttgart is none of them and lies in none of them."
    )
    assert explain("outside_area", parameters, Language.GERMAN) == (
        "Nur für: Rheinland-Pfalz, Metropolregion Rhein-Neckar. Stuttgart gehört nicht dazu."
    )


@pytest.mark.parametrize(
    ("language", "text"),
    [
        (Language.ENGLISH, "The programme pays €1,234.05 of €2,000.00; the rest is yours to pay."),
        (Language.GERMAN, "Das Programm bezahlt 1.234,05 € von 2.000,00 €; den Rest tragen Sie."),
    ],
)
def test_money_and_numbers_are_written_as_usual(language, text):
    paid = {"paid_cents": 123_405, "price_cents": 200_000}
    assert explain("price_partly_covered", paid, language) == text


def test_days_are_written_as_usual():
    opens = {"opens_on": "2026-12-01"}
    assert explain("not_open_yet", opens) == "The programme opens on 2026-12-01."
    assert explain("not_open_yet", opens, Language.GERMAN) == "Das Programm öffnet am 01.12.2026."


@pytest.mark.parametrize("code", TEXTS)
def test_every_text_says_the_same_in_both_languages(code):
    english, german = (_fields(TEXTS[code][language]) for language in Language)
    assert english == german


def test_every_finding_has_a_text():
    every = Eligibility(
        states=frozenset({"DE-RP"}),
        tenant_kinds=frozenset({"municipality"}),
        roles=frozenset({"learner"}),
        offers=frozenset({OFFER}),
        offer_kinds=frozenset({"on_demand_course"}),
        competence_fields=frozenset({"Recht"}),
    )
    asked = terms(
        eligibility=every,
        limits=Limits(1, 1, 1),
        unit=Unit.CENT,
    )
    other = Item(UUID(int=1), "learning_unit", price_cents=9)
    bad = replace(claim(STUTTGART), roles=frozenset(), item=other)
    paid = claim(price_cents=9, competence_fields=frozenset({"Recht"}))
    found = [*asked.findings(bad, Taken(1, 1, 1)), *asked.findings(paid, Taken())]
    assert len(found) == 20
    for each in found:
        for language in Language:
            assert "{" not in explain(each.code, each.parameters, language)


def _fields(text: str) -> set[str | None]:
    return {name for _, name, _, _ in Formatter().parse(text) if name}


def test_before_anything_is_chosen_conditions_of_offers_do_not_count():
    asked = terms(
        eligibility=Eligibility(offers=frozenset({OFFER}), roles=frozenset({"learner"})),
        unit=Unit.CENT,
        cap_cents=50_000,
    )
    nothing = replace(claim(), roles=frozenset({"learner"}), item=None)
    assert first_refusal(asked.findings(nothing, Taken())) is None
    assert asked.units_for(None) == 50_000
    refusal = first_refusal(replace(asked, cap_cents=None).findings(nothing, Taken()))
    assert refusal
    assert refusal.reason == "price_unknown"

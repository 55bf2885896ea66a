"""Who would be eligible: every organisation with its reasons, and no number of people that tells who they are."""

from dataclasses import replace

import pytest

from services.voucher.domain.simulation import Audience, simulate
from tests.voucher.builders import BERGSTRASSE, LUDWIGSHAFEN, MANNHEIM, STUTTGART, TRIER, terms


def test_every_organisation_has_its_outlook_with_reasons():
    everybody = (LUDWIGSHAFEN, MANNHEIM, BERGSTRASSE, TRIER, STUTTGART)
    found = simulate(terms(), [Audience(each, 10) for each in everybody])
    assert [each.tenant.name for each in found.eligible] == [
        "Kreis Bergstraße",
        "Ludwigshafen",
        "Mannheim",
        "Trier",
    ]
    assert (found.people, found.uncounted) == (40, 0)
    [outside] = [each for each in found.outlooks if not each.is_eligible]
    assert [each.code for each in outside.findings] == ["tenant_active", "outside_area"]


@pytest.mark.parametrize("status", ["suspended", "left"])
def test_who_may_not_act_is_not_eligible(status):
    found = simulate(terms(), [Audience(replace(TRIER, status=status), 10)])
    assert found.eligible == []


@pytest.mark.parametrize(("people", "told"), [(0, 0), (1, None), (4, None), (5, 5)])
def test_few_people_are_not_numbered(people, told):
    found = simulate(terms(), [Audience(TRIER, people), Audience(LUDWIGSHAFEN, 100)])
    assert [each.people for each in found.outlooks] == [100, told]
    assert (found.people, found.uncounted) == (100 + (told or 0), int(told is None))

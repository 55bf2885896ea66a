from uuid import uuid4

import pytest

from services.catalogue.domain.competence_model import CompetenceField, FieldKind
from services.catalogue.domain.errors import InvalidCompetenceModelError
from tests.catalogue.builders import a_field, a_model


@pytest.mark.parametrize(
    "fields",
    [
        (),
        (CompetenceField("Führung", FieldKind.LEADERSHIP, ()),),
        (a_field("Führung"), a_field("Führung")),
        (a_field("Führung", "Ziele setzen", "Ziele setzen"),),
        (a_field("Führung", *map(str, range(301))),),
    ],
)
def test_a_model_that_says_nothing_or_something_twice_is_refused(
    fields: tuple[CompetenceField, ...],
) -> None:
    with pytest.raises(InvalidCompetenceModelError) as refused:
        a_model(uuid4(), fields=fields)
    assert refused.value.code == "invalid_competence_model"


def test_the_same_competence_may_be_in_two_fields() -> None:
    model = a_model(uuid4(), fields=(a_field("Führung", "Zuhören"), a_field("Team", "Zuhören")))
    assert [each.name for each in model.competences] == ["Zuhören", "Zuhören"]

"""People and their versions, records and their order."""

from datetime import timedelta
from itertools import permutations
from uuid import uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.member.domain.person import Change, Outcome, Person, Role
from services.member.domain.record import Certificate, Completion, PersonRecord
from tests.member.builders import LATER, NOW, description

LEARNER = frozenset({Role.LEARNER})
LEADER = frozenset({Role.LEADER})


def person() -> Person:
    return Person.register(uuid4(), uuid4(), "4711", description(), LEARNER)


def test_a_new_person_is_registered_and_described() -> None:
    assert person().changes == [(Change.REGISTERED, 1), (Change.DESCRIBED, 2)]


@pytest.mark.parametrize(
    ("names", "roles", "outcome", "changes"),
    [
        ({}, LEARNER, Outcome.UNCHANGED, []),
        ({}, LEADER, Outcome.UPDATED, [(Change.REGISTERED, 3)]),
        ({"email": "new@example.org"}, LEARNER, Outcome.UPDATED, [(Change.DESCRIBED, 3)]),
        (
            {"family_name": "Neu"},
            LEADER,
            Outcome.UPDATED,
            [(Change.REGISTERED, 3), (Change.DESCRIBED, 4)],
        ),
    ],
)
def test_only_what_changed_is_told(
    names: dict[str, str], roles: frozenset[Role], outcome: Outcome, changes: list[object]
) -> None:
    known = person()
    known.changes.clear()
    assert known.update(description(**names), roles) is outcome
    assert known.changes == changes


@given(st.lists(st.tuples(st.sampled_from(["A", "B"]), st.sampled_from([LEARNER, LEADER]))))
def test_every_event_has_a_version_of_its_own(updates: list[tuple[str, frozenset[Role]]]) -> None:
    known = person()
    for name, roles in updates:
        known.update(description(given_name=name), roles)
    versions = [version for _, version in known.changes]
    assert versions == list(range(1, known.version + 1))


NEWS = (
    Completion(NOW, "Datenschutz"),
    Completion(LATER, "Datenschutz"),
    Certificate(NOW, "https://example.org/1"),
    Certificate(NOW + timedelta(days=1), "https://example.org/2"),
)


@pytest.mark.parametrize("order", permutations(NEWS))
def test_any_order_and_repetition_ends_the_same(
    order: tuple[Completion | Certificate, ...],
) -> None:
    record = PersonRecord(uuid4(), uuid4(), uuid4())
    for news in (*order, *order[:2]):
        record.learn(news)
    assert (record.completion, record.certificate) == (NEWS[1], NEWS[3])

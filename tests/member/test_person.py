"""People and the counts of their changes, records and their order."""

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
    assert person().changes == [(Change.REGISTERED, 1), (Change.DESCRIBED, 1)]


@pytest.mark.parametrize(
    ("names", "roles", "outcome", "changes"),
    [
        ({}, LEARNER, Outcome.UNCHANGED, []),
        ({}, LEADER, Outcome.UPDATED, [(Change.REGISTERED, 2)]),
        ({"email": "new@example.org"}, LEARNER, Outcome.UPDATED, [(Change.DESCRIBED, 2)]),
        (
            {"family_name": "Neu"},
            LEADER,
            Outcome.UPDATED,
            [(Change.REGISTERED, 2), (Change.DESCRIBED, 2)],
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
def test_every_kind_of_change_is_counted_without_a_gap(
    updates: list[tuple[str, frozenset[Role]]],
) -> None:
    known = person()
    for name, roles in updates:
        known.update(description(given_name=name), roles)
    for kind, last in (
        (Change.REGISTERED, known.registrations),
        (Change.DESCRIBED, known.descriptions),
    ):
        versions = [version for change, version in known.changes if change is kind]
        assert versions == list(range(1, last + 1))


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

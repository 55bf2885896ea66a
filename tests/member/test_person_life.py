"""A person's way from registration to erasure: whatever happens in whatever order, what is told adds up."""

import itertools
from datetime import date, timedelta
from uuid import uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from services.member.domain.account import Account, EmailEntry, user_key
from services.member.domain.org_unit import MAX_DEPTH, OrgUnit
from services.member.domain.people_errors import TooManyScimTokensError, UnitTreeError
from services.member.domain.person import Change, Description, Person, Role
from services.member.domain.scim_token import (
    MOST_VALID,
    VALIDITY,
    ScimToken,
    digest_of,
    new_token,
)
from tests.member.builders import LATER, NOW, description

TODAY = date(2026, 11, 21)
ROLES = st.frozensets(st.sampled_from(Role), max_size=3)
TEXTS = st.sampled_from(["", "A", "B"])
EMAILS = st.sampled_from(["", "a@b.de", "c@d.de"])


class Life(RuleBasedStateMachine):
    """Everything that can happen to a person, told as it happens."""

    def __init__(self) -> None:
        super().__init__()
        self.today = TODAY
        self.person = Person.register(uuid4(), uuid4(), "1", description(), frozenset())
        self.told: list[tuple[Change, int]] = []
        self.tell()

    def tell(self) -> None:
        """As saving does."""
        assert self.person.is_changed or not self.person.changes, "told, but not kept"
        self.told += self.person.changes
        self.saved = self.person.version
        self.person.changes.clear()
        self.person.is_changed = False

    @rule(given=TEXTS, family=TEXTS, email=EMAILS, roles=ROLES)
    def update(self, given: str, family: str, email: str, roles: frozenset[Role]) -> None:
        self.person.update(Description(given, family, email), roles)
        self.tell()

    @rule(days=st.integers(-3, 3))
    def leave(self, days: int) -> None:
        self.person.leave(self.today + timedelta(days=days), self.today)
        self.tell()

    @rule()
    def come_back(self) -> None:
        self.person.come_back()
        self.tell()

    @rule(days=st.integers(0, 3))
    def remove(self, days: int) -> None:
        self.person.remove(self.today, self.today + timedelta(days=days))
        self.tell()

    @rule(days=st.integers(1, 3))
    def wait(self, days: int) -> None:
        self.today += timedelta(days=days)
        if self.person.leaves_on and self.person.leaves_on <= self.today:
            self.person.leave(self.person.leaves_on, self.today)
            self.tell()

    @invariant()
    def what_is_told_is_counted_by_topic(self) -> None:
        for names in (True, False):
            counts = [count for change, count in self.told if change.names_the_person is names]
            assert counts == sorted(counts)
            assert len(counts) == len(set(counts))

    @invariant()
    def the_last_that_was_told_is_how_it_is(self) -> None:
        there = [each for each, _ in self.told if not each.names_the_person]
        assert (there[-1] is Change.LEFT) is self.person.has_left
        named = [each for each, _ in self.told if each.names_the_person]
        assert (named[-1] is Change.DESCRIBED) is self.person.description.is_complete

    @invariant()
    def nobody_leaves_twice(self) -> None:
        there = [each for each, _ in self.told if not each.names_the_person]
        assert (Change.LEFT, Change.LEFT) not in list(itertools.pairwise(there))

    @invariant()
    def who_is_to_be_erased_has_left(self) -> None:
        assert not self.person.erase_on or self.person.has_left
        assert not self.person.has_left or self.person.leaves_on

    @invariant()
    def the_version_says_that_it_was_kept(self) -> None:
        assert self.person.version == self.saved


TestLife = Life.TestCase


def test_who_is_erased_is_forgotten_last() -> None:
    person = Person.register(uuid4(), uuid4(), "1", description(), frozenset({Role.HR}))
    person.changes.clear()
    person.erase(TODAY)
    assert person.changes == [(Change.LEFT, 2), (Change.FORGOTTEN, 2), (Change.ERASED, 3)]


@pytest.mark.parametrize(
    ("emails", "chosen"),
    [
        ((), ""),
        ((EmailEntry("a"),), "a"),
        ((EmailEntry("a"), EmailEntry("b", "work")), "b"),
        ((EmailEntry("a", "work"), EmailEntry("b", "home", primary=True)), "b"),
        ((EmailEntry("a", "work", primary=False), EmailEntry("b", "work")), "a"),
    ],
)
def test_the_address_to_write_to(emails: tuple[EmailEntry, ...], chosen: str) -> None:
    assert Account("x", emails=emails).email == chosen


@given(st.text())
def test_user_names_are_compared_the_same_way_twice(name: str) -> None:
    assert user_key(user_key(name)) == user_key(name)


@given(st.lists(st.integers(0, 30), min_size=1, max_size=60), st.data())
def test_moves_never_make_a_circle_or_a_tower(moves: list[int], data: st.DataObject) -> None:
    tenant_id = uuid4()
    units = [OrgUnit(tenant_id, uuid4(), str(n)) for n in range(31)]
    for moved in moves:
        parent = data.draw(st.sampled_from([None, *units]))
        parents = {each.unit_id: each.parent_id for each in units}
        try:
            units[moved].move(parent.unit_id if parent else None, parents)
        except UnitTreeError:
            continue
    parents = {each.unit_id: each.parent_id for each in units}
    for unit in units:
        above, depth = unit.unit_id, 0
        while parent_id := parents[above]:
            above, depth = parent_id, depth + 1
            assert depth < MAX_DEPTH


def test_two_tokens_are_valid_at_a_time() -> None:
    tenant_id = uuid4()
    tokens: list[ScimToken] = []
    for n in range(MOST_VALID):
        tokens.append(new_token(tenant_id, uuid4(), str(n), tokens, NOW))
    with pytest.raises(TooManyScimTokensError):
        new_token(tenant_id, uuid4(), "x", tokens, NOW)
    tokens[0].revoke(NOW)
    tokens[0].revoke(LATER)
    assert tokens[0].revoked_at == NOW
    assert not tokens[0].is_valid(NOW)
    new_token(tenant_id, uuid4(), "x", tokens, NOW)
    assert tokens[1].is_valid(NOW)
    assert not tokens[1].is_valid(NOW + VALIDITY)
    assert digest_of("0") == tokens[0].digest != b"0"

"""Nobody works out a group of fewer than five from what is shown."""

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.voucher.domain.suppression import MINIMUM, Group, blocks_of, is_shown


def shown(**counts):
    groups = [Group(key, count) for key, count in counts.items()]
    blocks = blocks_of(groups)
    return {each.key for each in groups if is_shown({each.key}, blocks)}


@pytest.mark.parametrize(
    ("counts", "expected"),
    [
        ({"a": 5, "b": 9}, {"a", "b"}),
        ({"a": 4, "b": 7, "c": 9}, {"c"}),  # b would tell of a by subtraction
        ({"a": 4, "b": 3, "c": 9}, {"c"}),
        ({"a": 1, "b": 1, "c": 9}, set()),  # 11 - 9 = 2 would tell of both
        ({"a": 4}, set()),
        ({"a": 0, "b": 6}, {"a", "b"}),
        ({}, set()),
    ],
)
def test_small_groups_are_hidden_and_what_would_tell_of_them(counts, expected):
    assert shown(**counts) == expected


def test_a_sum_is_hidden_when_the_difference_to_another_is_small():
    # Trier (3) is the only town of the state outside the region: state - (towns of the region in it) tells of it.
    groups = [
        Group("ludwigshafen", 20, frozenset({"RP", "mrn"})),
        Group("speyer", 8, frozenset({"RP", "mrn"})),
        Group("trier", 3, frozenset({"RP"})),
        Group("mannheim", 30, frozenset({"BW", "mrn"})),
    ]
    blocks = blocks_of(groups)
    assert is_shown({"ludwigshafen", "speyer", "trier"}, blocks), "the state is told of"
    assert not is_shown({"speyer"}, blocks), "it hides Trier"
    assert not is_shown({"ludwigshafen", "speyer", "mannheim"}, blocks), "so does the region"
    assert is_shown({"ludwigshafen"}, blocks)


GROUPS = st.lists(
    st.tuples(
        st.integers(0, 12), st.sampled_from(["RP", "BW"]), st.sets(st.sampled_from(["mrn", "fr"]))
    ),
    min_size=1,
    max_size=7,
)


@given(GROUPS)
def test_no_small_group_follows_from_what_is_shown(drawn):
    groups = [
        Group(str(at), count, frozenset({state, *regions}))
        for at, (count, state, regions) in enumerate(drawn)
    ]
    if sum(each.count for each in groups) < MINIMUM:
        return  # the total is the ledger's own figure, and always told
    blocks = blocks_of(groups)
    figures = {each.key: {each.key} for each in groups}
    for name in ("RP", "BW", "mrn", "fr"):
        figures[name] = {each.key for each in groups if name in each.sums}
    figures["total"] = {each.key for each in groups}
    told = [members for members in figures.values() if is_shown(members, blocks)]
    assert figures["total"] in told
    counts = {each.key: each.count for each in groups}
    # An empty group is known to be empty; what is left are unknowns of one equation for each figure told.
    unknown = [key for key in counts if counts[key]]
    equations = [[Fraction(key in members) for key in unknown] for members in told]
    for members in figures.values():
        if 0 < sum(counts[key] for key in members) < MINIMUM:
            wanted = [Fraction(key in members) for key in unknown]
            assert rank([*equations, wanted]) > rank(equations), f"{members} follows from {told}"


def rank(rows):
    rows, found = [list(row) for row in rows], 0
    for column in range(len(rows[0]) if rows else 0):
        pivot = next((at for at in range(found, len(rows)) if rows[at][column]), None)
        if pivot is None:
            continue
        rows[found], rows[pivot] = rows[pivot], rows[found]
        for at in range(found + 1, len(rows)):
            factor = rows[at][column] / rows[found][column]
            rows[at] = [a - factor * b for a, b in zip(rows[at], rows[found], strict=True)]
        found += 1
    return found

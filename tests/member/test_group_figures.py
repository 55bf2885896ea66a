"""No answer about a group, nor what is computed from several, tells anything of fewer than five people."""

from collections import Counter
from datetime import timedelta
from decimal import Decimal
from fractions import Fraction
from uuid import UUID, uuid4

from hypothesis import given, settings
from hypothesis import strategies as st

from services.member.domain.competence import Assessment, Source
from services.member.domain.group_figures import (
    MIN_PEOPLE,
    Batch,
    Value,
    close_batches,
    figures,
)
from tests.member.builders import NOW
from tests.member.learning import assessment, measured

FAMILIES = [uuid4() for _ in range(2)]


def values(*levels: str, family: UUID = FAMILIES[0]) -> list[Value]:
    return [Value(family, assessment(level)) for level in levels]


def test_five_people_make_a_figure_and_four_do_not():
    assert close_batches(values("1", "2", "3", "4")) == {}
    [closing] = close_batches(values("1", "2", "3", "4", "5")).values()
    batch = closing.batch(uuid4(), FAMILIES[0], NOW)
    [figure] = figures([batch])
    assert (figure.values, figure.mean_level) == (5, Decimal(3))


def test_one_who_says_five_things_is_one_person():
    person = uuid4()
    same = [
        Value(FAMILIES[0], assessment(level, person_id=person, assessed_at=NOW - timedelta(days=1)))
        for level in ("1", "2", "3")
    ]
    newest = Value(FAMILIES[0], assessment("6", person_id=person))
    others = values("2", "3", "4")
    assert close_batches([*same, newest, *others]) == {}
    [closing] = close_batches([*same, newest, *others, *values("5")]).values()
    assert newest.assessment in closing.counted
    assert {each.assessment for each in same} == set(closing.replaced)


def test_a_mean_that_would_be_everybodys_level_waits():
    alike = values("8", "8", "8", "8", "8")
    assert close_batches(alike) == {}
    assert close_batches([*alike, *values("7")])


def test_what_is_no_evidence_counts_nothing():
    vague = Value(FAMILIES[0], measured("5", "0.6"))
    assert close_batches([*values("1", "2", "3", "4"), vague]) == {}


class Town:
    """What happens in a tenant over time, and everything that anybody was ever told."""

    def __init__(self) -> None:
        self.people = [uuid4() for _ in range(14)]
        self.family = {person: FAMILIES[index % 2] for index, person in enumerate(self.people)}
        self.waiting: list[Assessment] = []
        self.batches: list[Batch] = []
        self.values_of: dict[UUID, set[UUID]] = {}
        self.level_of: dict[UUID, Decimal] = {}
        self.person_of: dict[UUID, UUID] = {}
        self.answers: list[tuple[frozenset[UUID], Decimal]] = []

    def assess(self, index: int, level: int, source: Source) -> None:
        person = self.people[index]
        made = assessment(str(level), person_id=person, source=source)
        self.waiting.append(made)
        self.level_of[made.assessment_id] = made.level
        self.person_of[made.assessment_id] = person
        current = [Value(self.family[each.person_id], each) for each in self.waiting]
        for (family, _), closing in close_batches(current).items():
            batch = closing.batch(uuid4(), family, NOW)
            self.batches.append(batch)
            self.values_of[batch.batch_id] = {each.assessment_id for each in closing.counted}
            told = {each.assessment_id for each in (*closing.counted, *closing.replaced)}
            self.waiting = [each for each in self.waiting if each.assessment_id not in told]

    def move(self, index: int, family: int) -> None:
        self.family[self.people[index]] = FAMILIES[family]

    def forget(self, index: int) -> None:
        self.waiting = [each for each in self.waiting if each.person_id != self.people[index]]

    def ask(self) -> None:
        for figure in figures(self.batches):
            own = [each for each in self.batches if each.job_family_id == figure.job_family_id]
            ids = frozenset().union(*(self.values_of[each.batch_id] for each in own))
            assert figure.values == len(ids)
            total = sum((self.level_of[each] for each in ids), Decimal(0))
            assert figure.mean_level == round(total / len(ids), 2)
            self.answers.append((ids, total))


_indexes = st.integers(0, 13)
_steps = st.one_of(
    st.tuples(
        st.just("assess"),
        _indexes,
        st.integers(1, 8),
        st.sampled_from([Source.SELF, Source.LEADER]),
    ),
    st.tuples(st.just("assess"), _indexes, st.integers(1, 8), st.just(Source.SELF)),
    st.tuples(st.just("move"), _indexes, st.integers(0, 1)),
    st.tuples(st.just("forget"), _indexes),
    st.tuples(st.just("ask")),
)


@settings(max_examples=100, deadline=None)
@given(st.lists(_steps, min_size=60, max_size=150))
def test_no_combination_of_answers_over_time_tells_a_single_value(steps):
    town = Town()
    for name, *arguments in steps:
        getattr(town, name)(*arguments)
        town.ask()
    told = sorted(set().union(*(ids for ids, _ in town.answers)))
    # In every answer a value comes with the same others, so whatever is computed from answers weighs
    # them all alike: of four more people at least.
    signature = {each: tuple(each in ids for ids, _ in town.answers) for each in told}
    alike: dict[tuple[bool, ...], set[UUID]] = {}
    for each in told:
        alike.setdefault(signature[each], set()).add(town.person_of[each])
    assert all(len(people) >= MIN_PEOPLE for people in alike.values())
    assert not _reveals_one([ids for ids, _ in set(town.answers)], told)


def test_the_check_itself_finds_what_a_careless_service_would_tell():
    a, b = uuid4(), uuid4()
    assert _reveals_one([frozenset({a, b}), frozenset({a})], [a, b])
    assert not _reveals_one([frozenset({a, b})], [a, b])
    six = [uuid4() for _ in range(6)]
    each_but_one = [frozenset(six) - {one} for one in six]
    assert _reveals_one(each_but_one, six)


def _reveals_one(answers: list[frozenset[UUID]], told: list[UUID]) -> bool:
    """Whether a linear combination of sums is one person's value: then it is a row when reduced."""
    rows = [[Fraction(each in answer) for each in told] for answer in answers]
    pivots = 0
    for column in range(len(told)):
        found = next((row for row in rows[pivots:] if row[column]), None)
        if found is None:
            continue
        rows.remove(found)
        reduced = [value / found[column] for value in found]
        rows = [
            [mine - row[column] * its for mine, its in zip(row, reduced, strict=True)]
            for row in rows
        ]
        rows.insert(pivots, reduced)
        pivots += 1
    return any(Counter(row)[Fraction(0)] == len(told) - 1 for row in rows)

"""Stale and missing events are noticed by the count that each aggregate keeps of its events."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.inbox.sequences import Anomalies, count
from shared.telemetry import metrics
from tests.shared.toy_service import Counter, Service
from tests.shared.toys import NotedV1, Record, record, sealed

A, B = ("toy-events", "a"), ("toy-events", "b")


@pytest.mark.parametrize(
    ("before", "events", "expected"),
    [
        ({}, [(A, 1), (A, 2), (B, 1)], Anomalies()),
        ({}, [(A, 7)], Anomalies()),
        ({A: 3}, [(A, 4)], Anomalies()),
        ({A: 3}, [(A, 6)], Anomalies(missing=2)),
        ({A: 3}, [(A, 3)], Anomalies(stale=1)),
        ({A: 3}, [(A, 1), (A, 4)], Anomalies(stale=1)),
        ({}, [(A, 2), (A, 1), (A, 3)], Anomalies(stale=1)),
        ({A: 3}, [(B, 9), (A, 5), (B, 10)], Anomalies(missing=1)),
    ],
)
def test_stale_and_missing_are_counted(before, events, expected):
    assert count(events, before) == expected


@given(st.lists(st.integers(min_value=1, max_value=30), unique=True, min_size=1))
def test_every_number_is_there_stale_or_missing_in_the_end(sequence):
    result = count([(A, each) for each in sequence], {A: 0})
    assert max(sequence) + result.stale == len(sequence) + result.missing
    in_order = count([(A, each) for each in sorted(sequence)], {A: 0})
    assert in_order == Anomalies(missing=max(sequence) - len(sequence))


@pytest.fixture
def counted(monkeypatch: pytest.MonkeyPatch) -> dict[str, Counter]:
    counters = {name: Counter() for name in ("STALE", "MISSING")}
    for name, counter in counters.items():
        monkeypatch.setattr(metrics, name, counter)
    return counters


async def test_a_consumer_counts_across_batches_and_not_duplicates(
    service: Service, counted: dict[str, Counter]
) -> None:
    def noted(sequence: int) -> Record:
        envelope = sealed(NotedV1(note=str(sequence)), service.tenant_id, sequence=sequence)
        return record(envelope)

    first = noted(1)
    await service.process(first, noted(2))
    await service.process(first, noted(6), noted(4))
    await service.process(noted(7))
    assert (counted["STALE"].total, counted["MISSING"].total) == (1, 3)

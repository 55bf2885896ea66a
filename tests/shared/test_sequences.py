"""Stale and missing events are noticed by the count that each aggregate keeps of its events."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.envelope import Event
from shared.inbox.sequences import Anomalies, Seen, count
from shared.telemetry import metrics
from tests.shared.toy_service import Counter, Service, failing
from tests.shared.toys import ClosedV1, NotedV1, Record, record, sealed

A, B = ("toy-events", "a"), ("toy-events", "b")


def _seen(events):
    return [Seen(place, offset, sequence) for offset, (place, sequence) in enumerate(events)]


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
    assert count(_seen(events), before) == expected


@given(st.lists(st.integers(min_value=1, max_value=30), unique=True, min_size=1))
def test_every_number_is_there_stale_or_missing_in_the_end(sequence):
    result = count(_seen((A, each) for each in sequence), {A: 0})
    assert max(sequence) + result.stale == len(sequence) + result.missing
    in_order = count(_seen((A, each) for each in sorted(sequence)), {A: 0})
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


async def test_an_event_that_is_passed_by_is_not_missing(
    service: Service, counted: dict[str, Counter]
) -> None:
    def sent(event: Event, sequence: int) -> Record:
        return record(sealed(event, service.tenant_id, sequence=sequence))

    service.failing["4"] = failing(LookupError(), times=1)  # the batch falls back to single records
    passed = sent(ClosedV1(), 2)
    await service.process(sent(NotedV1(note="1"), 1), passed, sent(NotedV1(note="3"), 3))
    await service.process(passed, sent(NotedV1(note="4"), 4), sent(ClosedV1(), 5))
    await service.process(sent(ClosedV1(), 6))
    await service.process(sent(NotedV1(note="7"), 7))
    assert counted["MISSING"].total == 0
    await service.process(sent(ClosedV1(), 10))
    assert counted["MISSING"].total == 2

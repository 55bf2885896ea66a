"""Our record batch beside aiokafka's own: the same bytes, whatever the sizes."""

import pytest
from aiokafka.producer.message_accumulator import BatchBuilder

from shared.messaging.records import RecordBatch, decode_headers, encode_headers, encode_prefix

HEADERS = {"ce_id": "0f8fad5b", "content-type": "application/json", "ce_source": "/größe", "ä": ""}
NOW = 1_700_000_000_000
PRODUCER = (5, 6, 7)


@pytest.mark.parametrize("sizes", [[0], [63, 64, 65], [8_191, 8_192], [*range(0, 20_000, 37)]])
def test_it_has_the_bytes_that_aiokafka_would_send(sizes: list[int]) -> None:
    theirs, ours = BatchBuilder(20_000_000, 0), RecordBatch(20_000_000)
    for size in sizes:
        key, value = f"tenant:{size}", bytes(size)
        headers = [(name, each.encode()) for name, each in HEADERS.items()]
        theirs.append(timestamp=NOW, key=key.encode(), value=value, headers=headers)
        assert ours.append(size, encode_prefix(key, value) + value + encode_headers(HEADERS))
    for batch in (theirs, ours):
        batch._set_producer_state(*PRODUCER)
    assert ours._encoded(NOW) == bytes(theirs._build())
    assert (ours.ids, ours.record_count()) == (sizes, theirs.record_count())


def test_a_tombstone_has_the_bytes_that_aiokafka_would_send() -> None:
    theirs, ours = BatchBuilder(20_000, 0), RecordBatch(20_000)
    headers = [(name, each.encode()) for name, each in HEADERS.items()]
    theirs.append(timestamp=NOW, key=b"tenant:1", value=None, headers=headers)
    assert ours.append(1, encode_prefix("tenant:1", None) + encode_headers(HEADERS))
    for batch in (theirs, ours):
        batch._set_producer_state(*PRODUCER)
    assert ours._encoded(NOW) == bytes(theirs._build())


def test_what_does_not_fit_is_left_out_and_a_batch_keeps_its_size() -> None:
    batch, most_bytes = RecordBatch(1_000), 1_000
    fitted = [batch.append(n, bytes(100)) for n in range(12)]
    assert fitted == [True] * len(batch.ids) + [False] * (12 - len(batch.ids))
    assert 8 <= len(batch.ids) < 10
    assert len(batch._encoded(NOW)) <= most_bytes


def test_one_record_always_fits() -> None:
    batch = RecordBatch(1_000)
    assert batch.append(1, bytes(5_000))
    assert not batch.append(2, b"")


@pytest.mark.parametrize("headers", [{}, HEADERS, {"ce_subject": "x" * 70}, {"long": "ä" * 9_000}])
def test_headers_are_read_as_they_were_written(headers: dict[str, str]) -> None:
    assert decode_headers(encode_headers(headers)) == headers

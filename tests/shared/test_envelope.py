"""Envelopes: what is sealed comes back as it was, and what is not an event says why."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from uuid import UUID, uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.envelope import SEQUENCE_DIGITS, Cause, Envelope, EnvelopeError, Received
from tests.shared.toys import NOW, ClosedV1, ForgottenV1, NotedV1, encoded, outgoing, sealed

REQUIRED = (
    "ce_id",
    "ce_type",
    "ce_source",
    "ce_subject",
    "ce_time",
    "ce_tenantid",
    "ce_sequence",
    "ce_correlationid",
)

texts = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=40)
zones = st.integers(-14 * 60, 14 * 60).map(lambda minutes: timezone(timedelta(minutes=minutes)))
causes = st.builds(Cause, texts, st.none() | texts, st.none() | texts)
envelopes = st.builds(
    Envelope,
    id=st.uuids(),
    type=texts,
    source=texts,
    tenant_id=st.uuids(),
    aggregate=texts,
    sequence=st.integers(0, 10**SEQUENCE_DIGITS - 1),
    time=st.datetimes(datetime(1990, 1, 1), datetime(2200, 1, 1), timezones=zones),
    cause=causes,
    data=st.binary(max_size=60),
)


def _parse(envelope: Envelope, **changes: bytes | None) -> Envelope:
    """Parse an envelope's own record, with some headers replaced or, by None, taken away."""
    headers = {**dict(encoded(envelope)), **changes}
    kept = [(name, value) for name, value in headers.items() if value is not None]
    return Envelope.parse(kept, envelope.key.encode(), envelope.data)


@given(envelopes)
def test_what_is_sent_is_what_is_read(envelope: Envelope) -> None:
    assert _parse(envelope) == envelope


@given(st.integers(0, 10**SEQUENCE_DIGITS - 1), st.integers(0, 10**SEQUENCE_DIGITS - 1))
def test_sequences_sort_as_text_as_they_do_as_numbers(one: int, other: int) -> None:
    def written(sequence: int) -> str:
        return sealed(ClosedV1(), sequence=sequence).headers()["ce_sequence"]

    assert (written(one) < written(other)) == (one < other)
    assert len(written(one)) == SEQUENCE_DIGITS


@pytest.mark.parametrize("name", REQUIRED)
def test_a_missing_header_is_named(name: str) -> None:
    with pytest.raises(EnvelopeError, match=f"{name} is missing"):
        _parse(sealed(ClosedV1()), **{name: None})


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("ce_id", b"4711-secret"),
        ("ce_tenantid", b"trier-secret"),
        ("ce_sequence", b"secret"),
        ("ce_time", b"yesterday-secret"),
        ("ce_time", b"2026-11-21T09:30:00"),
        ("ce_type", b"secret\xff\xfe"),
        ("ce_correlationid", b"\xff secret"),
    ],
)
def test_a_malformed_header_is_named_and_its_value_is_not(name: str, value: bytes) -> None:
    with pytest.raises(EnvelopeError, match=f"{name} is malformed") as refused:
        _parse(sealed(ClosedV1()), **{name: value})
    assert "secret" not in str(refused.value)


def test_a_header_without_a_value_is_malformed() -> None:
    headers = [*encoded(sealed(ClosedV1())), ("note", None)]
    with pytest.raises(EnvelopeError, match="note is malformed"):
        Envelope.parse(headers, None, b"{}")


@pytest.mark.parametrize("key", [b"another:toy", b"", b"\xff", str(uuid4()).encode()])
def test_a_key_of_another_tenant_or_subject_is_refused(key: bytes) -> None:
    with pytest.raises(EnvelopeError, match="key"):
        Envelope.parse(encoded(sealed(ClosedV1())), key, b"{}")


def test_a_tenant_in_the_headers_that_is_not_the_keys_is_refused() -> None:
    with pytest.raises(EnvelopeError, match="key"):
        _parse(sealed(ClosedV1()), ce_tenantid=str(uuid4()).encode())


def test_the_reason_of_a_refused_key_does_not_repeat_the_key() -> None:
    with pytest.raises(EnvelopeError) as refused:
        Envelope.parse(encoded(sealed(ClosedV1())), b"erika.mustermann@trier.de", b"{}")
    assert "erika" not in str(refused.value)


def test_a_record_without_key_or_value_is_read_from_its_headers() -> None:
    envelope = sealed(ClosedV1())
    assert Envelope.parse(encoded(envelope), None, None) == replace(envelope, data=b"")


def test_what_an_event_causes_keeps_its_story_and_names_it_as_the_cause() -> None:
    envelope = replace(sealed(ClosedV1()), cause=Cause("booking-1", "earlier", "00-ab-cd-01"))
    caused = Received(envelope, ClosedV1()).cause
    assert caused == Cause("booking-1", str(envelope.id), "00-ab-cd-01")


def test_sealing_gives_each_event_an_id_of_its_own() -> None:
    out = outgoing(NotedV1(note="hello"), uuid4())
    one, other = (Envelope.seal(out, source="/test", time=NOW) for _ in range(2))
    assert isinstance(one.id, UUID) and one.id != other.id
    assert (one.type, one.source, one.time) == ("toy.noted.v1", "/test", NOW)
    assert one.data == b'{"note":"hello"}'


def test_a_tombstone_has_an_events_headers_and_no_data() -> None:
    tombstone = sealed(ForgottenV1())
    assert tombstone.data == b""
    assert Envelope.parse(encoded(tombstone), tombstone.key.encode(), None) == tombstone


def test_a_record_says_that_it_is_a_cloud_event_with_json() -> None:
    headers = sealed(ClosedV1()).headers()
    assert (headers["ce_specversion"], headers["content-type"]) == ("1.0", "application/json")
    assert datetime.fromisoformat(headers["ce_time"]).tzinfo == UTC


def test_what_has_no_cause_sends_no_header_of_one() -> None:
    assert {"ce_causationid", "ce_traceparent"}.isdisjoint(sealed(ClosedV1()).headers())

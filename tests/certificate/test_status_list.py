from __future__ import annotations

import random
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from openbadgeslib.ob3.status import decode_encoded_list
from openvc.status import get_status_bit

from deploy.demo.independent import NotVerifiedError, is_revoked_independently
from services.certificate.adapters.status_bits import (
    build_status_credential,
    decode_bits,
    encode_bits,
)
from services.certificate.domain.errors import CertificateError
from services.certificate.domain.status_list import (
    LIST_LENGTH,
    RENEWAL,
    VALIDITY,
    StatusList,
    choose_index,
    clear_bit,
    empty_bits,
    get_bit,
    set_bit,
)
from tests.certificate.samples import NOW, OTHER_TENANT, TENANT, list_url, sample_issuer

indexes = st.integers(0, LIST_LENGTH - 1)


@settings(max_examples=60, deadline=None)
@given(st.sets(indexes, max_size=40), indexes)
def test_a_bit_changes_alone(revoked: set[int], index: int) -> None:
    bits = empty_bits()
    for each in revoked:
        bits = set_bit(bits, each)
    for changed, value in ((set_bit(bits, index), True), (clear_bit(bits, index), False)):
        assert get_bit(changed, index) is value
        assert len(changed) == len(bits)
        assert all(get_bit(changed, each) for each in revoked - {index})
        ones = sum(byte.bit_count() for byte in changed)
        assert ones == len(revoked - {index}) + value


@settings(max_examples=30, deadline=None)
@given(st.sets(indexes, max_size=40), indexes)
def test_two_other_libraries_read_the_same_bits(revoked: set[int], index: int) -> None:
    bits = empty_bits()
    for each in revoked:
        bits = set_bit(bits, each)
    encoded = encode_bits(bits)
    assert encoded.startswith("u")
    assert decode_bits(encoded) == bits == decode_encoded_list(encoded)
    assert bool(get_status_bit(bits, index)) is get_bit(bits, index)


def test_the_first_place_is_the_top_bit_of_the_first_byte() -> None:
    assert set_bit(empty_bits(), 0)[0] == 0x80
    assert set_bit(empty_bits(), LIST_LENGTH - 1)[-1] == 0x01
    assert len(empty_bits()) == 16_384


@pytest.mark.parametrize("index", [-1, LIST_LENGTH])
def test_a_place_outside_the_list_is_refused(index: int) -> None:
    for act in (get_bit, set_bit, clear_bit):
        with pytest.raises(CertificateError) as refused:
            act(empty_bits(), index)
        assert refused.value.code == "status_index_invalid"


@settings(max_examples=40, deadline=None)
@given(st.integers(), st.sets(indexes, max_size=50))
def test_a_chosen_place_is_unused(seed: int, used: set[int]) -> None:
    index = choose_index(random.Random(seed).randrange, used)
    assert 0 <= index < LIST_LENGTH
    assert index not in used


@settings(max_examples=10, deadline=None)
@given(st.integers(), st.sets(indexes, min_size=1, max_size=3))
def test_the_last_free_places_are_found(seed: int, free: set[int]) -> None:
    used = set(range(LIST_LENGTH)) - free
    assert choose_index(random.Random(seed).randrange, used) in free


def test_a_full_list_says_so() -> None:
    with pytest.raises(CertificateError) as refused:
        choose_index(random.Random(1).randrange, set(range(LIST_LENGTH)))
    assert refused.value.code == "status_list_full"


def test_places_are_not_given_in_order() -> None:
    source, used = random.Random(3), set[int]()
    for _ in range(100):
        used.add(choose_index(source.randrange, used))
    assert len(used) == 100
    assert max(used) > LIST_LENGTH // 2


def test_a_revocation_is_seen_by_an_independent_verifier() -> None:
    issuer = sample_issuer()
    bits = set_bit(empty_bits(), 1)
    status = issuer.sign(
        build_status_credential(
            list_url=list_url(), issuer=issuer.profile, bits=bits, valid_from=NOW
        )
    )
    assert is_revoked_independently(issuer.signed(1), status, issuer.document)
    assert not is_revoked_independently(issuer.signed(2), status, issuer.document)
    forged = status.replace(b'"encodedList":"u', b'"encodedList":"v')
    with pytest.raises(NotVerifiedError):
        is_revoked_independently(issuer.signed(1), forged, issuer.document)
    other = sample_issuer(OTHER_TENANT)
    with pytest.raises(NotVerifiedError):
        is_revoked_independently(issuer.signed(1), status, other.document)


def test_a_status_credential_that_cannot_be_used_is_refused() -> None:
    issuer = sample_issuer().profile
    broken: list[dict[str, Any]] = [
        {"bits": bytes(16)},
        {"valid_from": NOW.replace(tzinfo=None)},
        {"valid_until": NOW.replace(tzinfo=None)},
        {"list_url": ""},
    ]
    for change in broken:
        usable: dict[str, Any] = {"list_url": list_url(), "bits": empty_bits(), "valid_from": NOW}
        with pytest.raises(CertificateError) as refused:
            build_status_credential(issuer=issuer, **(usable | change))
        assert refused.value.code == "status_list_invalid"


def test_a_status_credential_can_run_out() -> None:
    credential = build_status_credential(
        list_url=list_url(),
        issuer=sample_issuer().profile,
        bits=empty_bits(),
        valid_from=NOW,
        valid_until=NOW + timedelta(days=7),
    )
    assert credential["validUntil"] == "2026-11-27T09:30:00Z"
    with pytest.raises(CertificateError):
        decode_bits("unot gzip")


def test_a_changed_list_is_not_shown_before_it_is_signed_again() -> None:
    status_list = StatusList(TENANT, 1, empty_bits())
    assert status_list.published(NOW) is None
    signed = status_list.publish(b"signed", NOW)
    assert signed.published(NOW + VALIDITY - RENEWAL) == b"signed"
    assert signed.published(NOW + VALIDITY - RENEWAL + timedelta(seconds=1)) is None
    revoked = signed.revoke(9)
    assert revoked.published(NOW) is None
    assert get_bit(revoked.bits, 9)
    with pytest.raises(CertificateError) as refused:
        StatusList(TENANT, 1, b"")
    assert refused.value.code == "status_list_invalid"

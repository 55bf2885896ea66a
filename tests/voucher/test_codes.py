"""Codes on paper: what a typing error does, and how often each may be used."""

import secrets
from datetime import timedelta
from uuid import uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.voucher.domain.code import CODE_BITS, MisspeltCodeError, code_of, number_of
from services.voucher.domain.code_sheet import (
    CodeSheet,
    ExpiredCodeError,
    InvalidSheetError,
    PaperCode,
    SpentCodeError,
    WithdrawnCodeError,
)
from tests.voucher.builders import NOW

TOMORROW, NEXT_YEAR = NOW + timedelta(days=1), NOW + timedelta(days=365)
SYMBOLS = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"

numbers = st.integers(0, 2**CODE_BITS - 1)
codes = numbers.map(code_of).filter(bool)


def sheet(**changes):
    usual = {"codes": 3, "uses": 1, "expires_at": TOMORROW, "closes_at": NEXT_YEAR}
    terms = {**usual, **changes}
    return CodeSheet.print(uuid4(), uuid4(), uuid4(), "Bauhof", **terms, created_by="hr", now=NOW)


@given(codes)
def test_a_code_is_read_however_it_is_typed(code):
    number = number_of(code)
    assert code_of(number) == code
    look_alike = str.maketrans("10", "lo")
    for typed in (code.lower(), code.replace("-", ""), f" {code} ".replace("-", " \u2013 ")):
        assert number_of(typed) == number
        assert number_of(typed.translate(look_alike)) == number


@given(codes, st.integers(0, 19), st.sampled_from(SYMBOLS))
def test_one_wrong_character_is_always_noticed(code, at, other):
    text = list(code.replace("-", ""))
    if text[at] == other:
        return
    text[at] = other
    with pytest.raises(MisspeltCodeError):
        number_of("".join(text))


@given(codes, st.integers(0, 18))
def test_two_neighbours_exchanged_are_always_noticed(code, at):
    text = list(code.replace("-", ""))
    if text[at] == text[at + 1]:
        return
    text[at], text[at + 1] = text[at + 1], text[at]
    with pytest.raises(MisspeltCodeError):
        number_of("".join(text))


@pytest.mark.parametrize(
    "typed", ["", "-", "ABCD", "U" * 20, "ß" * 20, "0" * 21, "\u0661" * 20, "🙂" * 20]
)
def test_what_cannot_be_a_code_is_misspelt(typed):
    with pytest.raises(MisspeltCodeError):
        number_of(typed)


def test_most_random_numbers_are_codes_of_one_form():
    found = [code_of(secrets.randbits(CODE_BITS)) for _ in range(2_000)]
    made = [each for each in found if each]
    assert 0.8 < len(made) / len(found) < 0.93, "five of 37 check symbols are left out"
    assert {len(each) for each in made} == {24}
    assert len(set(made)) == len(made)


def test_a_code_is_used_as_often_as_the_sheet_says():
    code = PaperCode(b"x", 1, sheet(uses=2))
    for used in range(2):
        code.used = used
        code.require_usable(NOW)
    code.used = 2
    with pytest.raises(SpentCodeError):
        code.require_usable(NOW)


def test_a_code_ends_with_its_time_and_with_its_sheet():
    printed = sheet()
    code = PaperCode(b"x", 1, printed, used=1)
    with pytest.raises(ExpiredCodeError):
        code.require_usable(TOMORROW)
    printed.withdraw(NOW)
    printed.withdraw(TOMORROW)
    assert printed.withdrawn_at == NOW
    with pytest.raises(WithdrawnCodeError):
        code.require_usable(TOMORROW)


@pytest.mark.parametrize(
    "changes",
    [
        {"codes": 0},
        {"codes": 1_001},
        {"uses": 0},
        {"expires_at": NOW},
        {"expires_at": NEXT_YEAR + timedelta(seconds=1)},
    ],
)
def test_a_sheet_that_nobody_could_use_is_refused(changes):
    with pytest.raises(InvalidSheetError):
        sheet(**changes)

"""A code that is handed out on paper: unguessable, easy to type, and its own check against typing errors.

Digits and check symbol are those of Douglas Crockford's base 32 (crockford.com/base32.html). Of his 37 check symbols
five are punctuation or easily misread; numbers that would need one of them are not used.
"""

from services.voucher.domain.errors import VoucherError

#: Without I, L, O and U: whoever types one of the first three means 1 or 0.
_DIGITS = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_MEANT = str.maketrans("ILO", "110", " -\u2010\u2011\u2012\u2013\u2014\u00a0\t")
_CHECKS = 37
_LENGTH, _GROUP = 20, 4

#: Random bits of a code: 19 digits of 5 bits; the check symbol costs a fifth of one.
CODE_BITS = (_LENGTH - 1) * 5


class MisspeltCodeError(VoucherError):
    """The text cannot be a code: too long, too short, a strange character, or the check symbol is another."""

    code = "code_misspelt"

    def __init__(self) -> None:
        super().__init__(
            f"This is not a code: a character is wrong or missing. A code has {_LENGTH} letters and digits; "
            "compare it with the paper."
        )


def code_of(number: int) -> str | None:
    """The code of a random number of CODE_BITS bits, as it is printed; None when another number is needed."""
    assert 0 <= number < 1 << CODE_BITS, "a code has CODE_BITS bits"
    check = number % _CHECKS
    if check >= len(_DIGITS):
        return None
    places = range(CODE_BITS - 5, -1, -5)
    text = "".join(_DIGITS[number >> place & 31] for place in places) + _DIGITS[check]
    return "-".join(text[at : at + _GROUP] for at in range(0, _LENGTH, _GROUP))


def number_of(typed: str) -> int:
    """The number of a code that somebody typed, in any case and grouping. Raises MisspeltCodeError."""
    text = typed.upper().translate(_MEANT)
    if len(text) != _LENGTH or any(character not in _DIGITS for character in text):
        raise MisspeltCodeError
    *digits, check = (_DIGITS.index(character) for character in text)
    number = 0
    for digit in digits:
        number = number << 5 | digit
    if number % _CHECKS != check:
        raise MisspeltCodeError
    return number

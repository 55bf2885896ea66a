"""Whom an invoice names: who is owed, and who owes."""

import re
from dataclasses import dataclass

from services.voucher.domain.errors import BillingDetailsMissingError, InvalidPartyError

_LEITWEG_ID = re.compile(r"\d{2,12}(-[A-Z0-9]{1,30})?-\d{2}")
_IBAN = re.compile(r"[A-Z]{2}\d{2}[A-Z0-9]{11,30}")
_VAT_ID = re.compile(r"[A-Z]{2}[A-Z0-9]{2,12}")
_TAX_NUMBER = re.compile(r"[0-9][0-9 /]{8,18}")
_COUNTRY = re.compile(r"[A-Z]{2}")


@dataclass(frozen=True, slots=True)
class Party:
    """An organisation with its address, and somebody there who can be asked.

    Who is owed needs an `iban` and a `vat_id` or `tax_number` too (§ 14 Abs. 4 UStG).
    """

    name: str
    street: str
    postcode: str
    city: str
    contact: str
    phone: str
    email: str
    country: str = "DE"
    vat_id: str = ""
    tax_number: str = ""
    iban: str = ""

    def __post_init__(self) -> None:
        """Refuse what is misspelt."""
        _require(_COUNTRY, self.country, "The country is a code of two letters, such as DE.")
        _require(_VAT_ID, self.vat_id, "The VAT id has the form DE123456789.")
        _require(_TAX_NUMBER, self.tax_number, "The tax number has digits, spaces and strokes.")
        if self.iban and not (
            _IBAN.fullmatch(self.iban) and _checks(self.iban[4:] + self.iban[:4])
        ):
            raise InvalidPartyError("The IBAN is misspelt. Correct it, without spaces.")

    def require_seller(self) -> None:
        """Raise BillingDetailsMissingError if nobody could pay the party by what it says."""
        if not self.iban or not (self.vat_id or self.tax_number):
            raise BillingDetailsMissingError(
                f"{self.name} is to be paid, but has not given an IBAN and a VAT id or tax number. "
                "It adds them to its billing details."
            )


@dataclass(frozen=True, slots=True)
class Payer:
    """How a payer wants its invoices: the reference that they name (BT-10), and the days it takes to pay."""

    reference: str
    payment_days: int


@dataclass(frozen=True, slots=True)
class Cooperative:
    """The cooperative as a party: it is paid by funders, and pays providers."""

    party: Party
    payer: Payer


def require_leitweg_id(leitweg_id: str) -> None:
    """Raise InvalidPartyError for a misspelt Leitweg-ID (KoSIT: check digits by ISO/IEC 7064, mod 97-10)."""
    if not (_LEITWEG_ID.fullmatch(leitweg_id) and _checks(leitweg_id.replace("-", ""))):
        raise InvalidPartyError(
            "The Leitweg-ID is misspelt: it looks like 04011000-1234512345-06, and its last two digits check it."
        )


def _require(form: re.Pattern[str], value: str, complaint: str) -> None:
    if value and not form.fullmatch(value):
        raise InvalidPartyError(complaint)


def _checks(characters: str) -> bool:
    return int("".join(str(int(each, 36)) for each in characters)) % 97 == 1

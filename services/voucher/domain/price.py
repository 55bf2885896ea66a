"""What a used voucher costs its funder, and what its provider gets: agreed beforehand, in gross cents."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from services.voucher.domain.errors import InvalidPriceError, PriceMissingError

MAX_CENTS = 100_000_000
MAX_PERCENT = 100


@dataclass(frozen=True, slots=True)
class Vat:
    """How a service is taxed: at `percent`, or exempt by the law that `exemption` names."""

    percent: int
    exemption: str = ""

    def __post_init__(self) -> None:
        """Refuse a tax that an invoice could not state."""
        if not 0 <= self.percent <= MAX_PERCENT:
            raise InvalidPriceError("The tax is between 0 and 100 per cent.")
        if (self.percent == 0) != bool(self.exemption):
            raise InvalidPriceError(
                "Name the law that exempts the service where the tax is 0 per cent, and only there."
            )


@dataclass(frozen=True, slots=True)
class Price:
    """What is agreed for an offer, or without `offer_id` for all that have no price of their own.

    Without `cents` a voucher costs what its booking costs, as far as the programme pays.
    The cooperative keeps `fee_per_mille` of what the funder pays; the rest is the provider's.
    """

    programme_id: UUID
    title: str
    valid_from: datetime
    vat: Vat
    offer_id: UUID | None = None
    cents: int | None = None
    fee_per_mille: int = 0

    def __post_init__(self) -> None:
        """Refuse what nobody can owe."""
        if self.cents is not None and not 1 <= self.cents <= MAX_CENTS:
            raise InvalidPriceError(f"A price is between 1 and {MAX_CENTS:,} cents.")
        if not 0 <= self.fee_per_mille < 1_000:
            raise InvalidPriceError("The fee is less than the whole: 0 to 999 per mille.")

    def provider_cents(self, cents: int) -> int:
        """What the provider gets of what the funder pays; half a cent of the fee is the cooperative's."""
        return cents - (cents * self.fee_per_mille + 500) // 1_000


class PriceList:
    """The prices of a programme; the one that is in force when a voucher is used stays its price."""

    def __init__(self, prices: Iterable[Price]) -> None:
        self._by_offer: dict[UUID | None, Sequence[Price]] = {}
        for price in sorted(prices, key=lambda each: each.valid_from, reverse=True):
            self._by_offer[price.offer_id] = (*self._by_offer.get(price.offer_id, ()), price)

    def of(self, offer_id: UUID | None, at: datetime) -> Price:
        """The offer's own price at a time, else the one for all. Raises PriceMissingError."""
        for key in dict.fromkeys((offer_id, None)):
            for price in self._by_offer.get(key, ()):
                if price.valid_from <= at:
                    return price
        raise PriceMissingError(offer_id, at)

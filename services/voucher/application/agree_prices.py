"""The cooperative and a funder agree what a programme's vouchers cost."""

from services.voucher.application.settlement_ports import SettlementWork
from services.voucher.domain.errors import InvalidPriceError, SettledAlreadyError
from services.voucher.domain.period import day_of
from services.voucher.domain.price import Price
from services.voucher.domain.programme import Programme
from services.voucher.domain.terms import Unit


async def agree_price(work: SettlementWork, programme: Programme, price: Price) -> Price:
    """Keep a price. It stays that of all vouchers used while it is in force; a newer one follows it."""
    terms = programme.terms
    if price.cents is not None and terms.unit is Unit.CENT:
        raise InvalidPriceError(
            "The programme counts in cents: a voucher costs what its booking costs. Leave out cents."
        )
    if price.cents is not None and terms.cap_cents is not None and price.cents > terms.cap_cents:
        raise InvalidPriceError(
            f"A voucher of the programme pays up to {terms.cap_cents:,} cents. Lower the price."
        )
    settled_to = await work.settlements.settled_to(programme.programme_id)
    if settled_to and day_of(price.valid_from) <= settled_to:
        raise SettledAlreadyError(
            f"The days up to {settled_to} are settled. Let the price be valid from a later day."
        )
    await work.billing.add_price(programme.tenant_id, price)
    return price

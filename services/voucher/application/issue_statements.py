"""The cooperative settles a programme with its funder or its providers: every ledger entry once on each side."""

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from itertools import count
from uuid import UUID, uuid5

from services.voucher.application import outgoing
from services.voucher.application.settlement_ports import IssuedBill, Settled, SettlementWork
from services.voucher.domain.errors import BillingDetailsMissingError, NothingToSettleError
from services.voucher.domain.party import Cooperative, Party, Payer
from services.voucher.domain.period import Period, day_of, next_period
from services.voucher.domain.price import PriceList
from services.voucher.domain.programme import Programme
from services.voucher.domain.settlement import Bill, settle
from services.voucher.domain.statement import Side, Statement
from shared.envelope import Cause

_STATEMENTS = UUID("5a6a2f0e-3f0b-4f0c-8a55-3c1d6b7f2e44")
#: Each series is without gaps (§ 14 Abs. 4 Satz 1 Nr. 4 UStG): Rechnung, Gutschrift, Korrektur.
_SERIES = {Side.FUNDER: "RE", Side.PROVIDER: "GU"}
_CORRECTIONS = "KR"


@dataclass(frozen=True, slots=True)
class IssueStatements:
    """Settle a programme with one side, up to a day."""

    programme: Programme
    side: Side
    last: date
    cooperative: Cooperative
    cause: Cause


@dataclass(frozen=True, slots=True)
class Due:
    """What a settlement would put into statements."""

    settled: Settled
    period: Period
    bills: Sequence[Bill]


async def draw_up(
    work: SettlementWork, programme: Programme, settled: Settled, last: date, today: date
) -> Due:
    """What is due up to a day, beyond what is settled. Raises InvalidPeriodError if that day has not come.

    The period reaches back to what came in after its day was settled: an invoice says when it was supplied.
    """
    period = next_period(settled.last, programme.terms.opens_at, last, today)
    movements = await work.settlements.movements(settled, programme.terms, period.end)
    if not movements:
        raise NothingToSettleError
    prices = PriceList(await work.billing.prices(programme.programme_id))
    bills = settle(settled.side, programme.tenant_id, movements, prices)
    earliest = day_of(min(each.at for each in movements))
    period = replace(period, first=min(period.first, earliest))
    return Due(replace(settled, entry=movements[-1].entry, last=last), period, bills)


async def issue_statements(
    work: SettlementWork, command: IssueStatements, now: datetime
) -> Sequence[Statement]:
    """Issue what is due, number it, and announce it. What was all reversed again is settled without a statement."""
    programme = command.programme
    settled = await work.settlements.lock(programme.tenant_id, programme.programme_id, command.side)
    due = await draw_up(work, programme, settled, command.last, day_of(now))
    parties = await _parties(work, {bill.tenant_id for bill in due.bills})
    payer = await _payer(work, command)
    numbers = await _numbers(work, due.bills, command.side, day_of(now).year)
    issued = [
        IssuedBill(
            bill, _statement(command, due.period, bill, number, parties[bill.tenant_id], payer, now)
        )
        for bill, number in zip(due.bills, numbers, strict=True)
    ]
    await work.settlements.issue(due.settled, issued)
    for each in issued:
        work.publish(outgoing.statement_issued(each.statement, command.cause))
    return [each.statement for each in issued]


async def _parties(work: SettlementWork, tenant_ids: Collection[UUID]) -> Mapping[UUID, Party]:
    parties = await work.billing.parties(tenant_ids)
    if missing := sorted(map(str, set(tenant_ids) - parties.keys())):
        raise BillingDetailsMissingError(
            f"Nothing is settled: {', '.join(missing)} did not say how invoices name them. "
            "Each does so by PUT /v1/billing-details."
        )
    return parties


async def _payer(work: SettlementWork, command: IssueStatements) -> Payer:
    if command.side is Side.PROVIDER:
        return command.cooperative.payer
    payer = await work.billing.payer(command.programme.programme_id)
    if payer is None:
        raise BillingDetailsMissingError(
            "Nothing is settled: the funder has not given a Leitweg-ID for the programme. "
            "It does so by PUT /v1/programmes/{programme_id}/billing."
        )
    return payer


async def _numbers(
    work: SettlementWork, bills: Sequence[Bill], side: Side, year: int
) -> Sequence[str]:
    series = [_CORRECTIONS if bill.corrects else _SERIES[side] for bill in bills]
    following = {
        each: count(await work.settlements.numbers(each, year, how_many))
        for each, how_many in sorted(Counter(series).items())
    }
    return [f"{each}-{year}-{next(following[each]):06}" for each in series]


def _statement(
    command: IssueStatements,
    period: Period,
    bill: Bill,
    number: str,
    party: Party,
    payer: Payer,
    now: datetime,
) -> Statement:
    cooperative, to_funder = command.cooperative.party, command.side is Side.FUNDER
    seller, buyer = (cooperative, party) if to_funder else (party, cooperative)
    seller.require_seller()
    issued_on = day_of(now)
    return Statement(
        tenant_id=bill.tenant_id,
        statement_id=uuid5(_STATEMENTS, number),
        side=command.side,
        kind=bill.kind,
        number=number,
        programme_id=command.programme.programme_id,
        funder_id=command.programme.tenant_id,
        programme_name=command.programme.terms.name,
        reference=command.programme.terms.reference,
        period=period,
        issued_on=issued_on,
        due_on=issued_on + timedelta(days=payer.payment_days),
        seller=seller,
        buyer=buyer,
        buyer_reference=payer.reference,
        lines=bill.lines,
        corrects=bill.corrects,
    )

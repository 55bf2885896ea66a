"""The numerical part of a proof of use (zahlenmäßiger Nachweis): income and expense, ordered like the financing plan."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from services.voucher.domain.financing_plan import REST, FinancingPlan
from services.voucher.domain.ledger import Account
from services.voucher.domain.receipts import Line, Receipt, Side, receipts_of


@dataclass(frozen=True, slots=True)
class Spent:
    """A position of the plan, and what became of it; in units, and in cents where prices are known."""

    number: str
    title: str
    planned: int
    units: int
    cents: int


@dataclass(frozen=True, slots=True)
class Month:
    """What was taken in and paid out in a month, in units."""

    month: str
    income: int
    expense: int


@dataclass(frozen=True, slots=True)
class NumericalPart:
    """Sums of the receipts; `accounts` says where all units are, in the words of the ledger.

    income = granted - returned, expense = redeemed, and what is neither is available, reserved or expired.
    `expense_cents` are what was invoiced for the expenses, and what is expected for those that are on no invoice
    yet. `unpriced` counts expenses whose price nobody knows: they are missing in every sum of cents.
    """

    income: int
    expense: int
    expense_cents: int
    invoiced_cents: int
    expected_cents: int
    unpriced: int
    positions: Sequence[Spent]
    months: Sequence[Month]
    receipts: Mapping[str, int]
    accounts: Mapping[str, int]


@dataclass(slots=True)
class Accounting:
    """Adds up while a ledger is read."""

    plan: FinancingPlan
    in_cents: bool
    units: Counter[Side] = field(default_factory=Counter)
    receipts: Counter[Side] = field(default_factory=Counter)
    months: Counter[tuple[str, Side]] = field(default_factory=Counter)
    invoiced_cents: int = 0
    expected_cents: int = 0
    unpriced: int = 0
    _accounts: Counter[Account] = field(default_factory=Counter)
    _spent: Counter[str] = field(default_factory=Counter)
    _spent_cents: Counter[str] = field(default_factory=Counter)

    def add(self, line: Line) -> None:
        """Take a line into account."""
        transfer = line.transfer
        self._accounts[transfer.debit] -= transfer.units
        self._accounts[transfer.credit] += transfer.units
        for receipt in receipts_of(line, in_cents=self.in_cents):
            self._add(receipt)

    def report(self) -> NumericalPart:
        """The sums."""
        positions = (
            [*self.plan.positions, REST] if self._spent[REST.number] else self.plan.positions
        )
        months = sorted({month for month, _ in self.months})
        return NumericalPart(
            income=self.units[Side.INCOME],
            expense=self.units[Side.EXPENSE],
            expense_cents=self.invoiced_cents + self.expected_cents,
            invoiced_cents=self.invoiced_cents,
            expected_cents=self.expected_cents,
            unpriced=self.unpriced,
            positions=[
                Spent(
                    p.number, p.title, p.planned, self._spent[p.number], self._spent_cents[p.number]
                )
                for p in positions
            ],
            months=[
                Month(each, self.months[each, Side.INCOME], self.months[each, Side.EXPENSE])
                for each in months
            ],
            receipts={side.value: self.receipts[side] for side in Side},
            accounts=self.accounts(),
        )

    def accounts(self) -> Mapping[str, int]:
        """Where all units are. The units granted are what left the funder's side."""
        balances = {each.value: self._accounts[each] for each in Account}
        return balances | {Account.GRANTED.value: -self._accounts[Account.GRANTED]}

    def _add(self, receipt: Receipt) -> None:
        self.units[receipt.side] += receipt.units
        self.receipts[receipt.side] += 1
        self.months[receipt.day.isoformat()[:7], receipt.side] += receipt.units
        if receipt.side is Side.EXPENSE:
            number = self.plan.position_of(receipt).number
            self._spent[number] += receipt.units
            self._spent_cents[number] += receipt.cents or 0
            if receipt.cents is None:
                self.unpriced += 1
            elif receipt.statement:
                self.invoiced_cents += receipt.cents
            else:
                self.expected_cents += receipt.cents

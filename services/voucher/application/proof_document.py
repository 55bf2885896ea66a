"""What a proof of use says: its head, and its lists a line at a time, whatever their number.

The form is public and only grows; `format` says which one a file has.
"""

from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from dataclasses import asdict
from enum import StrEnum
from typing import Any, Protocol
from uuid import UUID

from services.voucher.domain.factual_part import FactualPart
from services.voucher.domain.ledger import Account, Kind
from services.voucher.domain.numerical_part import NumericalPart
from services.voucher.domain.programme import Programme
from services.voucher.domain.proof import Proof
from services.voucher.domain.receipts import SEAT, Line, Receipt, Side, receipts_of
from services.voucher.domain.terms import Unit

FORMAT = "lernverbund-proof-of-use/1"

Row = Mapping[str, Any]

#: Reads the lines of a proof's ledger again, in order and page by page: those of one side, or the allocations (None).
Lines = Callable[[Side | None], AsyncIterator[Sequence[Line]]]


class Section(StrEnum):
    """The lists of a proof, in their order."""

    INCOME = "income"
    EXPENSES = "expenses"
    ALLOCATIONS = "allocations"


_SIDES = {
    Section.INCOME: Side.INCOME,
    Section.EXPENSES: Side.EXPENSE,
    Section.ALLOCATIONS: None,
}


class Writer(Protocol):
    """Writes a proof in one form, part by part. Each part is written by its return value."""

    def start(self, proof: Proof) -> bytes:
        """What stands before the lists."""

    def rows(self, section: Section, rows: Sequence[Row]) -> bytes:
        """The next rows of a list; of each list there are some, if only none."""

    def end(self) -> bytes:
        """What stands after the lists."""


def head_of(
    proof: Proof,
    programme: Programme,
    names: Mapping[str, str],
    factual: FactualPart,
    numerical: NumericalPart,
) -> Mapping[str, Any]:
    """What stands before the lists. `names` are those of the day, by id; "cooperative" is who pays."""
    terms = programme.terms
    return {
        "format": FORMAT,
        "proof_id": str(proof.proof_id),
        "kind": proof.kind.value,
        "made_of": proof.requested_at.isoformat(),
        "programme": {
            "programme_id": str(programme.programme_id),
            "name": terms.name,
            "reference": terms.reference,
            "legal_basis": terms.legal_basis,
            "unit": terms.unit.value,
            "opens_at": terms.opens_at.isoformat(),
            "closes_at": terms.closes_at.isoformat(),
        },
        "funder": {"tenant_id": str(proof.tenant_id), "name": names[str(proof.tenant_id)]},
        "names": dict(names),
        "ledger": {
            "entries": proof.cutoff.entries,
            "head": proof.cutoff.head.hex(),
            "evidence": proof.cutoff.evidence,
            "settled": proof.cutoff.settled,
        },
        "factual_part": asdict(factual),
        "numerical_part": asdict(numerical),
    }


async def written(proof: Proof, lines: Lines, writer: Writer) -> AsyncIterator[bytes]:
    """A file of a proof, in parts."""
    yield writer.start(proof)
    async for section, rows in sections(proof, lines):
        yield writer.rows(section, rows)
    yield writer.end()


async def sections(proof: Proof, lines: Lines) -> AsyncIterator[tuple[Section, Sequence[Row]]]:
    """The rows of each list, page by page, at least one page of each; receipts are numbered from 1 on each side."""
    in_cents = proof.head["programme"]["unit"] == Unit.CENT
    for section, side in _SIDES.items():
        number = 1
        yield section, []
        async for page in lines(side):
            if side is None:
                rows = [_allocation(line) for line in page]
            else:
                found = (
                    each
                    for line in page
                    for each in receipts_of(line, in_cents=in_cents)
                    if each.side is side
                )
                rows = [_row(proof, at, each) for at, each in enumerate(found, number)]
            number += len(rows)
            yield section, rows


def _allocation(line: Line) -> Row:
    """Units that came to an allocation, or left it (below zero)."""
    transfer = line.transfer
    return {
        "entry": transfer.entry,
        "day": transfer.at.astimezone(SEAT).date().isoformat(),
        "reason": transfer.kind,
        "pool_id": str(transfer.pool_id),
        "units": transfer.units if transfer.debit == Account.GRANTED else -transfer.units,
        "event_id": _text(transfer.cause_id),
    }


def _row(proof: Proof, number: int, receipt: Receipt) -> Row:
    transfer, use = receipt.line.transfer, receipt.line.use
    names = proof.head["names"]
    is_income = receipt.side is Side.INCOME
    provider = str(use.provider_id) if use and use.provider_id else ""
    return {
        "number": number,
        "day": receipt.day.isoformat(),
        "payer": proof.head["funder"]["name"] if is_income else names["cooperative"],
        "payee": names["cooperative"] if is_income else names.get(provider, provider),
        "reason": transfer.kind,
        "comment": transfer.reason,
        "position": None if is_income else proof.plan.position_of(receipt).number,
        "units": receipt.units,
        "cents": receipt.cents,
        "statement": receipt.statement,
        "entry": transfer.entry,
        "reverses": transfer.reverses,
        "event_id": _text(transfer.cause_id),
        "pool_id": str(transfer.pool_id),
        "voucher_id": _text(transfer.voucher_id),
        "booking_id": _text(use.booking_id) if use else None,
        "attended_at": use.completed_at.isoformat() if use and use.completed_at else None,
        "credential_id": _text(use.credential_id) if use else None,
        "credential_event_id": _text(use.credential_event_id) if use else None,
    }


def _text(identifier: UUID | None) -> str | None:
    return str(identifier) if identifier else None


#: The kinds of lines that only move units between a programme's pools.
ALLOCATIONS = (Kind.ALLOCATE, Kind.GIVE_BACK)

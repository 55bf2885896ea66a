"""What a proof of use says: its head, and its lists a line at a time, whatever their number.

The form is public and only grows; `format` says which one a file has.
"""

from collections.abc import AsyncIterator, Callable, Mapping
from dataclasses import asdict
from typing import Any
from uuid import UUID

from services.voucher.domain.factual_part import FactualPart
from services.voucher.domain.ledger import Account, Kind
from services.voucher.domain.numerical_part import NumericalPart
from services.voucher.domain.programme import Programme
from services.voucher.domain.proof import Proof
from services.voucher.domain.receipts import SEAT, Line, Receipt, Side, receipts_of
from services.voucher.domain.terms import Unit

FORMAT = "lernverbund-proof-of-use/1"

#: Reads the lines of a proof's ledger again, in order: those of one side's payments, or the allocations (None).
Lines = Callable[[Side | None], AsyncIterator[Line]]

#: A file of a proof, in parts.
Document = Callable[[Proof, Lines], AsyncIterator[bytes]]


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
        },
        "factual_part": asdict(factual),
        "numerical_part": asdict(numerical),
    }


async def receipts(proof: Proof, lines: Lines, side: Side) -> AsyncIterator[Mapping[str, Any]]:
    """One side's receipts, numbered from 1, with what they can be traced by."""
    in_cents = proof.head["programme"]["unit"] == Unit.CENT
    number = 0
    async for line in lines(side):
        for receipt in receipts_of(line, in_cents=in_cents):
            if receipt.side is side:
                number += 1
                yield _row(proof, number, receipt)


def allocation(line: Line) -> Mapping[str, Any]:
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


def _row(proof: Proof, number: int, receipt: Receipt) -> Mapping[str, Any]:
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

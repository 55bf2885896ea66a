"""Statements as rows: what is looked for in columns, and the whole as it was issued in one document."""

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any
from uuid import UUID

from sqlalchemy import RowMapping

from services.voucher.domain.party import Party
from services.voucher.domain.period import Period
from services.voucher.domain.price import Vat
from services.voucher.domain.statement import Kind, Line, Side, Statement
from shared.database.bulk import Row


def statement_row(statement: Statement) -> Row:
    """The row of a statement."""
    return {
        "tenant_id": statement.tenant_id,
        "statement_id": statement.statement_id,
        "number": statement.number,
        "side": statement.side,
        "kind": statement.kind,
        "programme_id": statement.programme_id,
        "funder_id": statement.funder_id,
        "first_day": statement.period.first,
        "last_day": statement.period.last,
        "issued_on": statement.issued_on,
        "due_on": statement.due_on,
        "cents": statement.cents,
        "corrects": statement.corrects,
        "document": {
            "programme_name": statement.programme_name,
            "reference": statement.reference,
            "buyer_reference": statement.buyer_reference,
            "seller": asdict(statement.seller),
            "buyer": asdict(statement.buyer),
            "lines": [_line_document(line) for line in statement.lines],
        },
    }


def statement_of(row: RowMapping) -> Statement:
    """The statement in a row."""
    document = row["document"]
    return Statement(
        tenant_id=row["tenant_id"],
        statement_id=row["statement_id"],
        side=Side(row["side"]),
        kind=Kind(row["kind"]),
        number=row["number"],
        programme_id=row["programme_id"],
        funder_id=row["funder_id"],
        programme_name=document["programme_name"],
        reference=document["reference"],
        period=Period(row["first_day"], row["last_day"]),
        issued_on=row["issued_on"],
        due_on=row["due_on"],
        seller=Party(**document["seller"]),
        buyer=Party(**document["buyer"]),
        buyer_reference=document["buyer_reference"],
        lines=[_line(line) for line in document["lines"]],
        corrects=row["corrects"],
    )


def _line_document(line: Line) -> dict[str, Any]:
    return {**asdict(line), "offer_id": str(line.offer_id) if line.offer_id else None}


def _line(document: Mapping[str, Any]) -> Line:
    offer_id = document["offer_id"]
    return Line(
        **{
            **document,
            "offer_id": UUID(offer_id) if offer_id else None,
            "vat": Vat(**document["vat"]),
        }
    )

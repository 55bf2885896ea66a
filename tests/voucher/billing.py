"""Valid parties, prices and statements, with what a test cares about overridden."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any
from uuid import UUID, uuid4

from services.voucher.domain.party import Party
from services.voucher.domain.period import Period
from services.voucher.domain.price import Price, Vat
from services.voucher.domain.settlement import Movement, Redemption
from services.voucher.domain.statement import Kind, Line, Side, Statement, with_nets

EXEMPT = Vat(0, "Steuerfrei nach § 4 Nr. 21 Buchst. a UStG")
TAXED = Vat(19)
NOVEMBER = datetime(2026, 11, 15, 12, tzinfo=UTC)
PROGRAMME, COURSE, PROVIDER = UUID(int=70), UUID(int=71), UUID(int=72)

COOPERATIVE = Party(
    name="Lernverbund eG",
    street="Rathausplatz 1",
    postcode="67059",
    city="Ludwigshafen am Rhein",
    contact="Buchhaltung",
    phone="+49 621 5550",
    email="rechnung@lernverbund.example.org",
    vat_id="DE123456789",
    iban="DE02120300000000202051",
)
MINISTRY = replace(
    COOPERATIVE, name="Ministerium", city="Mainz", email="m@example.org", vat_id="", iban=""
)
SCHOOL = replace(
    COOPERATIVE,
    name="Volkshochschule",
    email="vhs@example.org",
    vat_id="",
    tax_number="38 123 45678",
    iban="DE02500105170137075030",
)


def price(**changes: Any) -> Price:
    """150 euros for any offer, exempt, a tenth of it the cooperative's."""
    usual = Price(PROGRAMME, "Kurs", datetime(2026, 1, 1, tzinfo=UTC), EXEMPT, None, 15_000, 100)
    return replace(usual, **changes)


def redeemed(entry: int, *, units: int = 1, **changes: Any) -> Movement:
    """A voucher that was used for a course of the provider."""
    redemption = Redemption(
        entry, NOVEMBER, units, uuid4(), uuid4(), uuid4(), COURSE, PROVIDER, costs_cents=None
    )
    return Movement(entry, NOVEMBER, units, replace(redemption, **changes))


def reversed_(
    movement: Movement, entry: int, *, units: int = 1, before: int | None = None, **changes: Any
) -> Movement:
    """A redemption's reversal, or a part of it."""
    return replace(
        movement, entry=entry, units=units, units_before=before or movement.units, **changes
    )


def line(cents: int = 15_000, *, quantity: int = 1, vat: Vat = EXEMPT, title: str = "Kurs") -> Line:
    """So many vouchers at a gross price."""
    return Line(title, COURSE, vat, quantity, cents, 0)


def statement(
    lines: Sequence[Line], side: Side = Side.FUNDER, kind: Kind = Kind.INVOICE, **changes: Any
) -> Statement:
    """A statement over November."""
    usual = Statement(
        tenant_id=PROVIDER if side is Side.PROVIDER else UUID(int=1),
        statement_id=UUID(int=80),
        side=side,
        kind=kind,
        number="RE-2026-000001",
        programme_id=PROGRAMME,
        funder_id=UUID(int=1),
        programme_name="Bildungsgutscheine",
        reference="MWG-2026-17",
        period=Period(date(2026, 11, 1), date(2026, 11, 30)),
        issued_on=date(2026, 12, 1),
        due_on=date(2026, 12, 31),
        seller=SCHOOL if side is Side.PROVIDER else COOPERATIVE,
        buyer=COOPERATIVE if side is Side.PROVIDER else MINISTRY,
        buyer_reference="Abrechnung" if side is Side.PROVIDER else "04011000-1234512345-06",
        lines=with_nets(lines),
        corrects="RE-2026-000000" if kind is Kind.CREDIT_NOTE else None,
    )
    return replace(usual, **changes)

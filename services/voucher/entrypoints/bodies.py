"""The bodies of claims and of the ledger."""

from dataclasses import asdict
from datetime import datetime
from typing import Self
from uuid import UUID

from services.voucher.application.queries import LedgerLine
from services.voucher.domain.voucher import Voucher
from services.voucher.domain.words import Language
from shared.http.fields import View


class TenantUseView(View):
    """What became of a tenant's claims, in vouchers."""

    tenant_id: UUID
    reserved: int
    redeemed: int
    released: int
    expired: int
    refused: int


class LedgerLineView(View):
    """A transfer. Read on with `after` set to the last entry.

    `hash` is the SHA-256 of the hash before it and of this line; `transfer_id` is the entry's number too.
    """

    transfer_id: int
    entry: int
    pool_id: UUID
    kind: str
    debit: str
    credit: str
    units: int
    at: datetime
    voucher_id: UUID | None
    beneficiary_id: UUID | None
    reverses: int | None
    cause_id: UUID | None
    reason: str | None
    hash: str

    @classmethod
    def of(cls, source: object) -> Self:
        """The view of a line."""
        assert isinstance(source, LedgerLine)
        line = {**asdict(source), "transfer_id": source.entry, "hash": source.hash.hex()}
        return cls(**line)


class VoucherView(View):
    """A claim and what became of it: of `units` taken, `redeemed_units` were used, `reversed_units` taken back."""

    voucher_id: UUID
    booking_id: UUID | None
    person_id: UUID
    programme_id: UUID | None
    status: str
    reason: str | None
    explanation: str | None
    created_at: datetime
    expires_at: datetime | None
    units: int
    redeemed_units: int
    reversed_units: int
    allocation_id: UUID | None
    offer_id: UUID | None
    price_cents: int | None
    redeemed_at: datetime | None

    @classmethod
    def of(cls, source: object) -> Self:
        """The view of a voucher, in English."""
        assert isinstance(source, Voucher)
        return cls.said(source, Language.ENGLISH)

    @classmethod
    def said(cls, source: Voucher, language: Language) -> Self:
        """The view of a voucher in a language."""
        return cls(
            voucher_id=source.voucher_id,
            booking_id=source.booking_id,
            person_id=source.person_id,
            programme_id=source.programme_id,
            status=source.status,
            reason=source.refusal.reason if source.refusal else None,
            explanation=source.refusal.said(language) if source.refusal else None,
            created_at=source.created_at,
            expires_at=source.expires_at,
            units=source.units,
            redeemed_units=source.redeemed_units,
            reversed_units=source.reversed_units,
            allocation_id=source.allocation_id,
            offer_id=source.item.offer_id if source.item else None,
            price_cents=source.item.price_cents if source.item else None,
            redeemed_at=source.redeemed_at,
        )

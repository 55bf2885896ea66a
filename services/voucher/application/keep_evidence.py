"""Credentials were issued or revoked: kept for the programme that paid for what was learned."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from services.voucher.application.ports import ProofWork
from services.voucher.domain.evidence import Evidence, Finding


@dataclass(frozen=True, slots=True)
class KeepEvidence:
    """What the issuer told of a booking's credential."""

    booking_id: UUID
    credential_id: UUID
    finding: Finding
    at: datetime
    event_id: UUID


async def keep_evidence(work: ProofWork, told: Sequence[KeepEvidence]) -> None:
    """Keep what concerns a voucher; what was booked at one's own cost concerns no programme."""
    vouchers = await work.vouchers.for_bookings([each.booking_id for each in told])
    evidence = []
    for each in told:
        voucher = vouchers.get(each.booking_id)
        if voucher and voucher.programme_id and voucher.funder_id:
            evidence.append(
                Evidence(
                    voucher.programme_id,
                    voucher.funder_id,
                    voucher.voucher_id,
                    each.credential_id,
                    each.finding,
                    each.at,
                    each.event_id,
                )
            )
    await work.evidence.add(evidence)

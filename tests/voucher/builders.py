"""Valid things of the voucher service, with what a test cares about overridden."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

from services.voucher.application.reserve_vouchers import ReserveVoucher
from services.voucher.domain.eligibility import Beneficiary, Claim, Eligibility, Item
from services.voucher.domain.programme import Programme
from services.voucher.domain.terms import Terms
from shared.envelope import Cause

NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)
FUNDER = UUID(int=1)

LUDWIGSHAFEN = Beneficiary(
    UUID(int=10), "Ludwigshafen", "municipality", "DE-RP", frozenset({"mrn"})
)
MANNHEIM = Beneficiary(UUID(int=11), "Mannheim", "municipality", "DE-BW", frozenset({"mrn"}))
BERGSTRASSE = Beneficiary(UUID(int=12), "Kreis Bergstraße", "county", "DE-HE", frozenset({"mrn"}))
TRIER = Beneficiary(UUID(int=13), "Trier", "municipality", "DE-RP", frozenset())
STUTTGART = Beneficiary(UUID(int=14), "Stuttgart", "municipality", "DE-BW", frozenset())


def terms(**changes: Any) -> Terms:
    """The ministry's terms of the real case."""
    usual = Terms(
        name="Bildungsgutscheine",
        reference="MWG-2026-17",
        eligibility=Eligibility(states=frozenset({"DE-RP"}), regions=frozenset({"mrn"})),
        opens_at=NOW - timedelta(days=1),
        closes_at=NOW + timedelta(days=365),
        reservation=timedelta(days=90),
    )
    return replace(usual, **changes)


def programme(*, vouchers: int = 2_750, tenant_id: UUID = FUNDER, **changes: Any) -> Programme:
    """An open programme, saved already: its transfers are not pending."""
    return Programme.opened(tenant_id, uuid4(), terms(**changes), vouchers, NOW)


def claim(tenant: Beneficiary = LUDWIGSHAFEN, **changes: Any) -> Claim:
    """A claim of somebody there on an on-demand course; roles apart, `changes` are of the item."""
    roles = changes.pop("roles", frozenset({"learner"}))
    item = replace(Item(UUID(int=99), "on_demand_course"), **changes)
    return Claim(tenant, UUID(int=77), roles, item)


def request(
    tenant: Beneficiary = LUDWIGSHAFEN, *, programme_id: UUID | None = None, **changes: Any
) -> ReserveVoucher:
    """A booking's request."""
    booking_id = uuid4()
    usual = ReserveVoucher(
        tenant_id=tenant.tenant_id,
        booking_id=booking_id,
        person_id=uuid4(),
        item=Item(UUID(int=99), "on_demand_course"),
        programme_id=programme_id,
        cause=Cause(str(booking_id)),
    )
    return replace(usual, **changes)

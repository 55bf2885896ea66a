"""What leaves of an event."""

from collections.abc import Mapping
from typing import Any

from services.feed.domain.audience import View

#: What may leave. Names and addresses of people never do.
PUBLIC_TYPES = frozenset(
    {
        "agreement.changed.v1",
        "agreement.ended.v1",
        "agreement.started.v1",
        "booking.cancelled.v1",
        "booking.confirmed.v1",
        "booking.declined.v1",
        "booking.requested.v1",
        "booking.waitlisted.v1",
        "competence_model.published.v1",
        "credential.issued.v1",
        "credential.revoked.v1",
        "issuer.created.v1",
        "offer.published.v1",
        "operator_access.ended.v1",
        "operator_access.granted.v1",
        "participation.completed.v1",
        "person.erased.v1",
        "person.left.v1",
        "person.registered.v1",
        "programme.opened.v1",
        "subscription.changed.v1",
        "tenant.activated.v1",
        "tenant.branded.v1",
        "tenant.changed.v1",
        "tenant.leaving.v1",
        "tenant.left.v1",
        "tenant.resumed.v1",
        "tenant.suspended.v1",
        "voucher.expired.v1",
        "voucher.redeemed.v1",
        "voucher.refused.v1",
        "voucher.released.v1",
        "voucher.reserved.v1",
    }
)


def public(type_: str, event: Any, view: View) -> Mapping[str, object]:
    """The data of an event as it leaves for a tenant with this view."""
    del type_, view
    fields: Mapping[str, object] = vars(event)
    return fields

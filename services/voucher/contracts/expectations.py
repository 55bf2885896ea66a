"""What has to follow this service's events."""

from datetime import timedelta

from services.voucher.contracts.events import VoucherRefusedV1, VoucherReservedV1
from shared.expectations import Expectation

EXPECTATIONS = (
    Expectation(
        VoucherReservedV1.TYPE,
        (
            "booking.confirmed.v1",
            "booking.waitlisted.v1",
            "booking.declined.v1",
            "booking.cancelled.v1",
        ),
        by="catalogue",
        within=timedelta(seconds=30),
    ),
    Expectation(
        VoucherRefusedV1.TYPE,
        ("booking.declined.v1", "booking.cancelled.v1"),
        by="catalogue",
        within=timedelta(seconds=30),
    ),
)

"""What has to follow this service's events."""

from datetime import timedelta

from services.catalogue.contracts.events import (
    BookingCancelledV1,
    BookingRequestedV1,
    ParticipationCompletedV1,
)
from shared.expectations import Expectation

EXPECTATIONS = (
    Expectation(
        BookingRequestedV1.TYPE,
        ("voucher.reserved.v1", "voucher.refused.v1"),
        by="voucher",
        within=timedelta(seconds=30),
    ),
    Expectation(
        ParticipationCompletedV1.TYPE,
        ("credential.issued.v1",),
        by="certificate",
        within=timedelta(minutes=1),
    ),
    Expectation(
        ParticipationCompletedV1.TYPE,
        ("voucher.redeemed.v1",),
        by="voucher",
        within=timedelta(seconds=30),
        given="voucher.reserved.v1",
    ),
    Expectation(
        BookingCancelledV1.TYPE,
        ("voucher.released.v1", "voucher.expired.v1"),
        by="voucher",
        within=timedelta(seconds=30),
        given="voucher.reserved.v1",
    ),
)

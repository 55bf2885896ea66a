"""What has to follow this service's events."""

from datetime import timedelta

from services.member.contracts.events import TenantActivatedV1
from shared.expectations import Expectation

EXPECTATIONS = (
    Expectation(
        TenantActivatedV1.TYPE,
        ("issuer.created.v1",),
        by="certificate",
        within=timedelta(seconds=30),
    ),
)

"""What has to follow this service's events: nothing; it ends a story."""

from shared.expectations import Expectation

EXPECTATIONS: tuple[Expectation, ...] = ()

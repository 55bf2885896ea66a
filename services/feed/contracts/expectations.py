"""What has to follow this service's events: nothing; it tells of the others'."""

from shared.expectations import Expectation

EXPECTATIONS: tuple[Expectation, ...] = ()

"""What services declare of each other's events: types that exist, of the service that is named."""

import importlib

import pytest

from deploy.contracts import events_of
from deploy.names import SERVICES
from shared.expectations import Expectation

TYPES = {service: {event.TYPE for event in events_of(service)} for service in SERVICES}


def _expectations(service: str) -> tuple[Expectation, ...]:
    module = importlib.import_module(f"services.{service}.contracts.expectations")
    found: tuple[Expectation, ...] = module.EXPECTATIONS
    return found


@pytest.mark.parametrize("service", SERVICES)
def test_an_expectation_names_events_that_there_are(service: str) -> None:
    for each in _expectations(service):
        assert each.after in TYPES[service]
        assert set(each.types) <= TYPES[each.by], each
        assert each.given is None or each.given in set().union(*TYPES.values()), each
        assert each.within.total_seconds() > 0


@pytest.mark.parametrize("service", SERVICES)
def test_who_is_expected_to_answer_reads_the_event(service: str) -> None:
    for each in _expectations(service):
        consumer = importlib.import_module(f"services.{each.by}.entrypoints.consumer")
        assert each.after in {event.TYPE for event in consumer.HANDLERS}, each

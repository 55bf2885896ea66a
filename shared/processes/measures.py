"""What a worker measures every few seconds, beside the way of events: what waits in the inbox, and on the topics."""

import logging
from datetime import timedelta
from typing import Any

from aiokafka.errors import KafkaError
from sqlalchemy import text

from shared.database.engine import transaction
from shared.messaging.subscriber import Subscription
from shared.processes.foundation import Foundation
from shared.processes.jobs import Job
from shared.telemetry import metrics

log = logging.getLogger(__name__)

MEASURE_PERIOD = timedelta(seconds=5)

_WAITING = text(
    """
    SELECT (SELECT count(*) FROM (SELECT DISTINCT topic, key FROM parked) AS keys) AS parked_keys,
           (SELECT count(*) FROM parked) AS parked_records,
           (SELECT count(*) FROM dead_letter WHERE discarded_at IS NULL) AS dead_letters
    """
)


def measuring(foundation: Foundation[Any], subscription: Subscription) -> list[Job]:
    """The jobs; what is counted in the database is the service's, the lag is of this worker's partitions."""

    async def count_waiting() -> None:
        async with transaction(foundation.engine) as connection:
            waiting = (await connection.execute(_WAITING)).one()
        metrics.PARKED_KEYS.set(waiting.parked_keys)
        metrics.PARKED_RECORDS.set(waiting.parked_records)
        metrics.DEAD_LETTERS_WAITING.set(waiting.dead_letters)

    async def measure_lag() -> None:
        try:
            lag = await subscription.lag()
        except KafkaError as error:
            log.warning("the lag was not measured: %s", type(error).__name__)
            return
        for topic, records in lag.items():
            metrics.LAG.set(records, {"topic": topic})

    return [
        Job("count_waiting", MEASURE_PERIOD, count_waiting),
        Job("measure_lag", MEASURE_PERIOD, measure_lag),
    ]

"""Topics that are missing and partitions that failed: their events wait while the others go on."""

import logging
import time
from collections.abc import Mapping

from aiokafka.errors import UnknownTopicOrPartitionError

from shared.outbox.flight import Partition
from shared.telemetry.metrics import RELAY_ERRORS

log = logging.getLogger(__name__)

FIRST_SECONDS, MOST_SECONDS = 0.5, 10.0


class Withheld:
    """What a round leaves out. It is the same for the whole round, so that order holds."""

    def __init__(self) -> None:
        self.left_out: list[Partition] = []
        self._waits: dict[Partition, float] = {}
        self._until: dict[Partition, float] = {}

    def begin(self) -> None:
        """Decide what the round that begins leaves out."""
        now = time.monotonic()
        self.left_out = [partition for partition, until in self._until.items() if until > now]

    def is_due(self) -> bool:
        """Whether something left out may be tried again, in a new round."""
        now = time.monotonic()
        return any(self._until[partition] <= now for partition in self.left_out)

    def end(self, failed: Mapping[Partition, Exception]) -> None:
        """Leave out what failed, longer each time; what was tried and did not fail is well again."""
        tried = self._waits.keys() - set(self.left_out)
        for partition in tried - failed.keys():
            del self._waits[partition], self._until[partition]
        for partition, error in failed.items():
            wait = self._waits.get(partition, FIRST_SECONDS / 2) * 2
            self._waits[partition] = min(wait, MOST_SECONDS)
            self._until[partition] = time.monotonic() + self._waits[partition]
            _report(partition, error)


def _report(partition: Partition, error: Exception) -> None:
    RELAY_ERRORS.add(1, {"topic": partition.topic, "error": type(error).__name__})
    if isinstance(error, UnknownTopicOrPartitionError):
        log.error("topic %s is missing or not ours to write: its events wait", partition.topic)
    else:
        log.warning("%s[%d] failed: %s", partition.topic, partition.number, type(error).__name__)

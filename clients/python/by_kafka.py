"""Follow the feed on the tenant's own Kafka topic: `python -m clients.python.by_kafka`.

Offsets are committed after the events are on the disk. A crash in between brings some of them again, which
the store notices.
"""

import json
import os
from typing import Any

from kafka import KafkaConsumer

from .platform import Platform, open_store
from .store import CloudEvent

POLL_MILLISECONDS = 1_000
#: A reader with a name of its own has its place back at once after a crash; a second one is turned away.
READER = "reader"


def cloud_event(record: Any) -> CloudEvent:
    """A record as the same CloudEvent that the other ways give: its headers are the attributes."""
    attributes = {
        name.removeprefix("ce_"): value.decode()
        for name, value in record.headers
        if name.startswith("ce_")
    }
    return {**attributes, "data": json.loads(record.value)}


def main() -> None:
    """Read until it is ended."""
    platform = Platform()
    store = open_store(platform)
    access = platform.get("/kafka")
    consumer = KafkaConsumer(
        access["topic"],
        bootstrap_servers=access["bootstrap_servers"],
        security_protocol=os.environ.get("KAFKA_PROTOCOL", "SASL_SSL"),
        sasl_mechanism="SCRAM-SHA-512",
        sasl_plain_username=access["username"],
        sasl_plain_password=os.environ["KAFKA_PASSWORD"],
        group_id=access["group_prefix"] + os.environ.get("KAFKA_GROUP", "import"),
        auto_offset_reset="earliest",
        enable_auto_commit=False,
        group_instance_id=READER,
    )
    while True:
        for records in consumer.poll(timeout_ms=POLL_MILLISECONDS).values():
            store.take([cloud_event(record) for record in records])
            consumer.commit()


if __name__ == "__main__":
    main()

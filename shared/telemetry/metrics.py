"""The platform's instruments. Labels never hold a tenant or a person."""

from opentelemetry import metrics

_meter = metrics.get_meter("lernverbund")

RELAYED = _meter.create_counter("outbox_relayed", description="events acknowledged by the broker")
RELAY_ERRORS = _meter.create_counter(
    "outbox_errors", description="partitions that failed in a round"
)
HANDLED = _meter.create_counter("events_handled", description="events that took effect, by type")
DUPLICATES = _meter.create_counter(
    "events_duplicate", description="events that had been handled before"
)
DEAD_LETTERS = _meter.create_counter(
    "dead_letters", description="records that could not be handled"
)
PARKED = _meter.create_counter("events_parked", description="records that wait to be tried again")
RETRIES = _meter.create_counter("events_retried", description="further attempts at parked records")
STALE = _meter.create_counter(
    "events_stale", description="events that came after a later one of their aggregate"
)
MISSING = _meter.create_counter(
    "events_missing", description="events of an aggregate that had not come before a later one"
)
IGNORED = _meter.create_counter(
    "events_ignored", description="events of a type that this service does not handle"
)
CRITICAL_TIME = _meter.create_histogram(
    "event_critical_time", unit="s", description="from the event's time to its effect, by type"
)
REQUESTS = _meter.create_histogram(
    "http_server_duration", unit="s", description="by method, route, status"
)

"""The platform's instruments. Labels never hold a tenant or a person."""

from opentelemetry import metrics

_meter = metrics.get_meter("lernverbund")
#: The usual boundaries are meant for milliseconds.
_SECONDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10)

RELAYED = _meter.create_counter("outbox_relayed", description="events acknowledged by the broker")
RELAY_ERRORS = _meter.create_counter(
    "outbox_errors", description="partitions that failed, and topics that were missing, in a round"
)
RELAY_BACKLOG = _meter.create_gauge("outbox_pending", description="events that wait for the relay")
RELAY_OLDEST = _meter.create_gauge(
    "outbox_oldest", unit="s", description="for how long the oldest of them waits"
)
RELAY_BATCH_SIZE = _meter.create_histogram(
    "outbox_batch_size",
    description="events of a batch for one partition",
    explicit_bucket_boundaries_advisory=(1, 3, 10, 30, 100, 300, 1_000, 3_000),
)
RELAY_BATCH_TIME = _meter.create_histogram(
    "outbox_batch_time",
    unit="s",
    description="until the broker acknowledged a batch",
    explicit_bucket_boundaries_advisory=_SECONDS,
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
LAG = _meter.create_gauge(
    "consumer_lag", description="records of a topic that wait in this worker's partitions"
)
PARKED_KEYS = _meter.create_gauge(
    "parked_keys", description="aggregates whose events wait for one that failed"
)
PARKED_RECORDS = _meter.create_gauge("parked_records", description="records that wait for them")
DEAD_LETTERS_WAITING = _meter.create_gauge(
    "dead_letters_waiting", description="dead letters that nobody has driven again or discarded"
)
CRITICAL_TIME = _meter.create_histogram(
    "event_critical_time",
    unit="s",
    description="from an event's time to its effect, the longest of a batch, by type",
    explicit_bucket_boundaries_advisory=(*_SECONDS, 30, 60, 300, 1_800, 3_600),
)
REQUESTS = _meter.create_histogram(
    "http_server_duration",
    unit="s",
    description="by method, route, status",
    explicit_bucket_boundaries_advisory=_SECONDS,
)
WEBHOOK_TIME = _meter.create_histogram(
    "webhook_time",
    unit="s",
    description="until an endpoint answered or its time was over, by what went wrong",
    explicit_bucket_boundaries_advisory=(*_SECONDS, 15),
)

"""The outbox: events in daily partitions (the replay source), and a thin table of what is pending."""

from shared.database.ddl import Operations

LANES = 64

#: What an event is about; the person that its data names; the trace of its headers. As indexes have them, and
#: by position instead of by parsing: it is asked for every event that is written.
SUBJECT = "substr(key, 38)"
NAMES_PERSON = """position('"person_id":"'::bytea IN data) > 0"""
PERSON = """substr(data, position('"person_id":"'::bytea IN data) + 13, 36)"""
HAS_TRACE = "position('ce_traceparent'::bytea IN headers) > 0"
TRACE = "substr(headers, position('ce_traceparent'::bytea IN headers) + 18, 32)"

_SCHEMA = """
CREATE SEQUENCE outbox_id;
CREATE TABLE outbox_event (
    day date NOT NULL DEFAULT (now() AT TIME ZONE 'UTC')::date,
    id bigint NOT NULL DEFAULT nextval('outbox_id'),
    event_id uuid NOT NULL,
    tenant_id uuid NOT NULL,
    type text NOT NULL,
    topic text NOT NULL,
    key text NOT NULL,
    hash integer NOT NULL,
    -- The content of the Kafka record is these three, one after the other. A tombstone has empty data.
    prefix bytea NOT NULL,
    data bytea NOT NULL,
    headers bytea NOT NULL,
    correlation_id text NOT NULL DEFAULT '',
    PRIMARY KEY (day, id)
) PARTITION BY RANGE (day);
CREATE INDEX outbox_event_story ON outbox_event (correlation_id, id);
CREATE TABLE outbox_event_default PARTITION OF outbox_event DEFAULT;
CREATE TABLE outbox_pending (
    id bigint PRIMARY KEY,
    day date NOT NULL,
    lane smallint NOT NULL,
    topic text NOT NULL,
    hash integer NOT NULL,
    since timestamptz NOT NULL DEFAULT now()
) WITH (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 2000);
CREATE TABLE outbox_lane (
    lane smallint PRIMARY KEY,
    owner uuid,
    leased_until timestamptz NOT NULL DEFAULT '-infinity'
);
CREATE TABLE outbox_relay (
    owner uuid PRIMARY KEY,
    alive_until timestamptz NOT NULL
)
"""

# The service's role may not create tables; these two functions are all it may do, as their owner.
_CREATE_PARTITIONS = """
CREATE FUNCTION outbox_create_partitions(first_day date, days integer) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public AS $$
DECLARE wanted date;
BEGIN
    PERFORM pg_advisory_xact_lock(720032);
    FOR wanted IN SELECT first_day + n FROM generate_series(0, days - 1) AS n LOOP
        -- A day that has begun in the default partition stays there.
        IF to_regclass(format('outbox_event_%s', to_char(wanted, 'YYYYMMDD'))) IS NULL
           AND NOT EXISTS (SELECT FROM outbox_event_default WHERE day = wanted) THEN
            EXECUTE format('CREATE TABLE outbox_event_%s PARTITION OF outbox_event FOR VALUES FROM (%L) TO (%L)',
                           to_char(wanted, 'YYYYMMDD'), wanted, wanted + 1);
        END IF;
    END LOOP;
END $$
"""

_DROP_PARTITIONS = """
CREATE FUNCTION outbox_drop_partitions(before date) RETURNS integer
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public AS $$
DECLARE partition text; dropped integer := 0;
BEGIN
    FOR partition IN
        SELECT c.relname FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid
        WHERE i.inhparent = 'outbox_event'::regclass AND c.relname ~ '^outbox_event_[0-9]{8}$'
          AND to_date(right(c.relname, 8), 'YYYYMMDD') < before
          AND NOT EXISTS (SELECT FROM outbox_pending p WHERE p.day = to_date(right(c.relname, 8), 'YYYYMMDD'))
    LOOP
        EXECUTE format('DROP TABLE %I', partition);
        dropped := dropped + 1;
    END LOOP;
    DELETE FROM outbox_event_default e
    WHERE e.day < before AND NOT EXISTS (SELECT FROM outbox_pending p WHERE p.id = e.id);
    RETURN dropped;
END $$
"""


_SEARCH = {
    "tenant": "(tenant_id, id)",
    "subject": f"(({SUBJECT}), id)",
    "person": f"(({PERSON}), id) WHERE {NAMES_PERSON}",
    "trace": f"(({TRACE}), id) WHERE {HAS_TRACE}",
}
# Day by day, the oldest first: nobody writes to a day that is over, so writers wait for today's part only.
# The indexes of the whole then take those of its days as they are.
_INDEX_DAYS = """
DO $$
DECLARE day regclass; columns text;
BEGIN
    FOR day IN SELECT inhrelid::regclass FROM pg_inherits
               WHERE inhparent = 'outbox_event'::regclass ORDER BY inhrelid::regclass::text
    LOOP
        FOREACH columns IN ARRAY ARRAY[{indexes}] LOOP
            EXECUTE format('CREATE INDEX ON %s %s', day, columns);
        END LOOP;
    END LOOP;
END $$
"""


def create_story_search(op: Operations) -> None:
    """Create the indexes by which stories are found; after the outbox, and before what locks more."""
    indexes = ", ".join(f"$sql${columns}$sql$" for columns in _SEARCH.values())
    op.execute(_INDEX_DAYS.format(indexes=indexes))
    for name, columns in _SEARCH.items():
        op.execute(f"CREATE INDEX outbox_event_{name} ON outbox_event {columns}")


def create_outbox(op: Operations) -> None:
    """Create the outbox's tables and functions; for a service's first migration."""
    for statement in _SCHEMA.split(";"):
        op.execute(statement)
    op.execute(f"INSERT INTO outbox_lane (lane) SELECT generate_series(0, {LANES - 1})")
    op.execute(_CREATE_PARTITIONS)
    op.execute(_DROP_PARTITIONS)
    op.execute("SELECT outbox_create_partitions((now() AT TIME ZONE 'UTC')::date, 3)")

"""Logs, subscriptions and how far they are read, endpoints and attempts, state, and the copy of tenants."""

from alembic import op

from shared.auth.operator_access import create_operator_access
from shared.database.isolation import IS_OPERATOR, create_isolation_functions, isolate
from shared.http.idempotency import create_idempotency_keys
from shared.inbox.tables import create_inbox
from shared.outbox.tables import create_outbox

revision = "0001"
down_revision = None
kind = "expand"

_TENANTS = """
CREATE TABLE tenant (
    tenant_id uuid PRIMARY KEY, name text NOT NULL, kind text NOT NULL, status text NOT NULL, version bigint NOT NULL
);
CREATE TABLE person_name (
    tenant_id uuid NOT NULL, person_id uuid NOT NULL,
    given_name text, family_name text, email text, sequence bigint NOT NULL,
    PRIMARY KEY (tenant_id, person_id),
    CHECK (num_nulls(given_name, family_name, email) IN (0, 3))
)
"""

# The row of a tenant's counters is locked by whoever appends to its log: so positions have no gaps and
# are in the order of commits, and neither the time nor the day of a position is before an earlier one's.
_LOG = """
CREATE TABLE epoch (
    number bigint PRIMARY KEY, made_at timestamptz NOT NULL,
    system_identifier text NOT NULL, timeline text NOT NULL, reason text NOT NULL, caught_up_at timestamptz
);
CREATE TABLE tenant_epoch (
    tenant_id uuid NOT NULL, number bigint NOT NULL REFERENCES epoch, position bigint NOT NULL,
    PRIMARY KEY (tenant_id, number)
);
CREATE TABLE tenant_feed (
    tenant_id uuid PRIMARY KEY,
    position bigint NOT NULL DEFAULT 0,
    oldest_position bigint NOT NULL DEFAULT 1,
    last_at timestamptz NOT NULL, day date NOT NULL, day_position bigint NOT NULL DEFAULT 0,
    events_per_day integer, subscriptions integer, is_closed boolean NOT NULL DEFAULT false,
    CHECK (day_position <= position), CHECK (oldest_position <= position + 1)
) WITH (fillfactor = 50);
CREATE TABLE log (
    day date NOT NULL, tenant_id uuid NOT NULL, position bigint NOT NULL, recorded_at timestamptz NOT NULL,
    event_id uuid NOT NULL, type text NOT NULL, aggregate text NOT NULL, sequence bigint NOT NULL,
    correlation_id text NOT NULL, view text NOT NULL, content bytea NOT NULL,
    PRIMARY KEY (tenant_id, position, day)
) PARTITION BY RANGE (day);
CREATE TABLE log_default PARTITION OF log DEFAULT;
CREATE TABLE state (
    tenant_id uuid NOT NULL, source text NOT NULL, aggregate text NOT NULL, ended_on date, content jsonb NOT NULL,
    PRIMARY KEY (tenant_id, source, aggregate)
);
CREATE INDEX state_ended_on ON state (ended_on) WHERE ended_on IS NOT NULL;
CREATE TABLE state_position (
    tenant_id uuid PRIMARY KEY, position bigint NOT NULL
) WITH (fillfactor = 50)
"""

_SUBSCRIPTIONS = """
CREATE TABLE subscription (
    tenant_id uuid NOT NULL, subscription_id uuid NOT NULL, name text NOT NULL,
    way text NOT NULL CHECK (way IN ('pull', 'webhook', 'kafka')),
    types text[] NOT NULL CHECK (cardinality(types) > 0), fields jsonb,
    named_people boolean NOT NULL, named_people_agreed_by text, named_people_agreed_at timestamptz,
    status text NOT NULL
        CHECK (status IN ('unverified', 'active', 'cooling', 'paused_auto', 'paused_by_tenant', 'gone')),
    status_since timestamptz NOT NULL, status_reason text,
    created_at timestamptz NOT NULL, created_by text NOT NULL, start_position bigint NOT NULL,
    version bigint NOT NULL,
    PRIMARY KEY (tenant_id, subscription_id),
    CHECK (num_nulls(named_people_agreed_by, named_people_agreed_at) IN (0, 2))
);
CREATE TABLE reading (
    tenant_id uuid NOT NULL, subscription_id uuid NOT NULL, way text NOT NULL CHECK (way IN ('webhook', 'kafka')),
    position bigint NOT NULL, due_at timestamptz, resting_until timestamptz,
    leased_until timestamptz NOT NULL DEFAULT '-infinity', holder uuid,
    PRIMARY KEY (tenant_id, subscription_id),
    FOREIGN KEY (tenant_id, subscription_id) REFERENCES subscription ON DELETE CASCADE
) WITH (fillfactor = 50);
CREATE TABLE endpoint (
    tenant_id uuid NOT NULL, subscription_id uuid NOT NULL, url text NOT NULL,
    verified_at timestamptz, verification_code_hash bytea, failing_since timestamptz,
    last_success_at timestamptz, announced_at timestamptz, tripped integer NOT NULL DEFAULT 0,
    PRIMARY KEY (tenant_id, subscription_id),
    FOREIGN KEY (tenant_id, subscription_id) REFERENCES subscription ON DELETE CASCADE
);
CREATE TABLE endpoint_secret (
    tenant_id uuid NOT NULL, subscription_id uuid NOT NULL, secret_id uuid NOT NULL,
    sealed bytea NOT NULL, made_at timestamptz NOT NULL, ends_at timestamptz,
    PRIMARY KEY (tenant_id, subscription_id, secret_id),
    FOREIGN KEY (tenant_id, subscription_id) REFERENCES subscription ON DELETE CASCADE
);
CREATE TABLE failing_key (
    tenant_id uuid NOT NULL, subscription_id uuid NOT NULL, aggregate text NOT NULL,
    positions bigint[] NOT NULL CHECK (cardinality(positions) > 0), attempts integer NOT NULL,
    next_attempt_at timestamptz NOT NULL, since timestamptz NOT NULL,
    PRIMARY KEY (tenant_id, subscription_id, aggregate),
    FOREIGN KEY (tenant_id, subscription_id) REFERENCES subscription ON DELETE CASCADE
);
CREATE INDEX failing_key_due ON failing_key (tenant_id, subscription_id, next_attempt_at);
CREATE TABLE delivery_replay (
    tenant_id uuid NOT NULL, replay_id uuid NOT NULL, subscription_id uuid NOT NULL, filter jsonb NOT NULL,
    up_to_position bigint NOT NULL, position bigint NOT NULL, count bigint NOT NULL, done bigint NOT NULL,
    status text NOT NULL, created_by text NOT NULL, created_at timestamptz NOT NULL,
    PRIMARY KEY (tenant_id, replay_id),
    FOREIGN KEY (tenant_id, subscription_id) REFERENCES subscription ON DELETE CASCADE
);
CREATE INDEX delivery_replay_subscription ON delivery_replay (tenant_id, subscription_id);
CREATE TABLE attempt (
    day date NOT NULL, tenant_id uuid NOT NULL, subscription_id uuid NOT NULL,
    event_id uuid NOT NULL, position bigint, aggregate text NOT NULL, type text NOT NULL,
    number integer NOT NULL, trigger text NOT NULL
        CHECK (trigger IN ('scheduled', 'retry', 'manual', 'probe', 'test', 'replay')),
    at timestamptz NOT NULL, milliseconds integer NOT NULL, outcome text NOT NULL,
    status integer, error_class text, answer_start bytea
) PARTITION BY RANGE (day);
CREATE INDEX attempt_newest ON attempt (tenant_id, subscription_id, at DESC);
CREATE INDEX attempt_event ON attempt (tenant_id, subscription_id, event_id);
CREATE TABLE attempt_default PARTITION OF attempt DEFAULT
"""

# How far readers may go today. What the quota holds back waits for the next day; nothing is lost.
_READABLE_UNTIL = """
CREATE FUNCTION readable_until(feed tenant_feed) RETURNS bigint STABLE LANGUAGE sql AS $$
    SELECT CASE
        WHEN feed.events_per_day IS NULL OR feed.day < (now() AT TIME ZONE 'UTC')::date THEN feed.position
        ELSE LEAST(feed.position, feed.day_position + feed.events_per_day)
    END
$$
"""

# Which database this is, and on which timeline: another one after a restore to an earlier moment.
_DATABASE_IDENTITY = """
CREATE FUNCTION database_identity(OUT system_identifier text, OUT timeline text) VOLATILE LANGUAGE sql AS $$
    SELECT (SELECT c.system_identifier::text FROM pg_control_system() AS c),
           substr(pg_walfile_name(pg_current_wal_lsn()), 1, 8)
$$
"""

# The service's role may not create tables; these two functions are all it may do, as their owner. A
# partition is forced to have row-level security and has no policy: it is reached by way of its table only.
_CREATE_PARTITIONS = """
CREATE FUNCTION feed_create_partitions(first_day date, days integer) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public SET lock_timeout = '5s' AS $$
DECLARE parent text; wanted date; partition text;
BEGIN
    PERFORM pg_advisory_xact_lock(720041);
    FOR parent, wanted IN
        SELECT p, first_day + n FROM unnest(ARRAY['log', 'attempt']) AS p, generate_series(0, days - 1) AS n
    LOOP
        partition := format('%s_%s', parent, to_char(wanted, 'YYYYMMDD'));
        CONTINUE WHEN to_regclass(partition) IS NOT NULL;
        BEGIN
            EXECUTE format('CREATE TABLE %I PARTITION OF %I FOR VALUES FROM (%L) TO (%L)',
                           partition, parent, wanted, wanted + 1);
            EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY', partition);
        EXCEPTION WHEN check_violation THEN
            NULL; -- a day that has begun in the default partition stays there
        END;
    END LOOP;
END $$
"""

_DROP_PARTITIONS = """
CREATE FUNCTION feed_drop_partitions(before date) RETURNS integer
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public SET lock_timeout = '5s' AS $$
DECLARE partition text; dropped integer := 0;
BEGIN
    FOR partition IN
        SELECT c.relname FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid
        WHERE i.inhparent IN ('log'::regclass, 'attempt'::regclass) AND c.relname ~ '^(log|attempt)_[0-9]{8}$'
          AND to_date(right(c.relname, 8), 'YYYYMMDD') < before
    LOOP
        EXECUTE format('DROP TABLE %I', partition);
        dropped := dropped + 1;
    END LOOP;
    RETURN dropped;
END $$
"""

_FIRST_EPOCH = """
INSERT INTO epoch (number, made_at, system_identifier, timeline, reason, caught_up_at)
SELECT extract(epoch FROM now()), now(), system_identifier, timeline, 'the log begins', now() FROM database_identity()
"""

#: Tables whose rows the worker must find before it knows the tenant.
_SOUGHT_BY_THE_WORKER = (
    "tenant",
    "tenant_feed",
    "subscription",
    "endpoint",
    "failing_key",
    "delivery_replay",
)


def upgrade() -> None:
    """Create everything."""
    create_isolation_functions(op)
    create_outbox(op)
    create_inbox(op)
    create_idempotency_keys(op)
    for tables in (_TENANTS, _LOG, _SUBSCRIPTIONS):
        for statement in tables.split(";"):
            op.execute(statement)
    for function in (_READABLE_UNTIL, _DATABASE_IDENTITY, _CREATE_PARTITIONS, _DROP_PARTITIONS):
        op.execute(function)
    create_operator_access(op)
    for table in _SOUGHT_BY_THE_WORKER:
        isolate(op, table, also_read=IS_OPERATOR)
    for table in ("person_name", "log", "endpoint_secret", "attempt"):
        isolate(op, table)
    # Readings are claimed by workers, whosesoever they are; what has ended leaves every tenant's state.
    # The positions with which an epoch begins are noted for all tenants at once.
    for table in ("reading", "state", "state_position", "tenant_epoch"):
        isolate(op, table, also_write=IS_OPERATOR)
    op.execute(_FIRST_EPOCH)
    op.execute("ALTER TABLE epoch ENABLE ROW LEVEL SECURITY")
    op.execute("ALTER TABLE epoch FORCE ROW LEVEL SECURITY")
    op.execute("CREATE POLICY public_read ON epoch FOR SELECT USING (true)")
    op.execute(
        f"CREATE POLICY operator_write ON epoch USING ({IS_OPERATOR}) WITH CHECK ({IS_OPERATOR})"
    )
    for default in ("log_default", "attempt_default"):
        op.execute(f"ALTER TABLE {default} ENABLE ROW LEVEL SECURITY")
        op.execute(f"ALTER TABLE {default} FORCE ROW LEVEL SECURITY")
    op.execute("SELECT feed_create_partitions((now() AT TIME ZONE 'UTC')::date, 3)")

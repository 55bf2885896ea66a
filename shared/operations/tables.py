"""Tables for those who run a service: its processes, its repairs, and what it is asked at night."""

from shared.database.ddl import Operations
from shared.inbox.tables import attribute
from shared.outbox.tables import create_story_search

_ATTRIBUTES = {"type": "ce_type", "tenant": "ce_tenantid", "correlation": "ce_correlationid"}

_KEPT = "".join(
    f"ADD COLUMN {column} text GENERATED ALWAYS AS ({attribute(name)}) STORED, "
    for column, name in _ATTRIBUTES.items()
)
_ORIGIN = (
    "ADD COLUMN group_id text, ADD COLUMN code text, ADD COLUMN place text, ADD COLUMN release text"
)

_NEW = ("letter_group", "process", "finished_event", "invariant", "repair", "repair_letter")

_SCHEMA = f"""
ALTER TABLE dead_letter {_KEPT} {_ORIGIN};
ALTER TABLE parked {_KEPT} {_ORIGIN};
CREATE INDEX dead_letter_group ON dead_letter (group_id, tenant, failed_at) WHERE discarded_at IS NULL;
CREATE INDEX dead_letter_correlation ON dead_letter (correlation);
CREATE INDEX parked_correlation ON parked (correlation);
CREATE INDEX parked_group ON parked (group_id) WHERE group_id IS NOT NULL;
CREATE TABLE letter_group (
    group_id text PRIMARY KEY,
    note text NOT NULL,
    noted_by text NOT NULL,
    noted_at timestamptz NOT NULL DEFAULT now()
);
CREATE TABLE process (
    name text PRIMARY KEY,
    kind text NOT NULL,
    instance uuid NOT NULL,
    version text NOT NULL,
    commit text NOT NULL,
    started_at timestamptz NOT NULL,
    seen_at timestamptz NOT NULL,
    stopped_at timestamptz,
    checks jsonb NOT NULL,
    figures jsonb NOT NULL
) WITH (fillfactor = 50);
CREATE TABLE finished_event (
    type text PRIMARY KEY,
    at timestamptz NOT NULL
) WITH (fillfactor = 50);
CREATE TABLE invariant (
    name text PRIMARY KEY,
    checked_at timestamptz NOT NULL,
    broken_since timestamptz
) WITH (fillfactor = 50);
CREATE TABLE repair (
    repair_id uuid PRIMARY KEY,
    action text NOT NULL CHECK (action IN ('redrive', 'discard')),
    choice jsonb NOT NULL,
    reason text NOT NULL,
    state text NOT NULL,
    letters bigint NOT NULL,
    needs_approval boolean NOT NULL,
    batches integer NOT NULL DEFAULT 0,
    why text NOT NULL DEFAULT '',
    asked_by text NOT NULL,
    cut_off timestamptz NOT NULL DEFAULT now(),
    confirmed_by text,
    confirmed_at timestamptz,
    changed_at timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX repair_open ON repair (state) WHERE state NOT IN ('done', 'cancelled');
CREATE TABLE repair_letter (
    repair_id uuid NOT NULL REFERENCES repair ON DELETE CASCADE,
    topic text NOT NULL,
    partition integer NOT NULL,
    "offset" bigint NOT NULL,
    letter_id bigint,
    event_id uuid,
    state text NOT NULL DEFAULT 'waiting',
    attempts integer NOT NULL,
    error text NOT NULL DEFAULT '',
    PRIMARY KEY (repair_id, topic, partition, "offset")
);
CREATE UNIQUE INDEX repair_letter_claim ON repair_letter (topic, partition, "offset")
    WHERE state IN ('waiting', 'driven');
CREATE INDEX repair_letter_driven ON repair_letter (repair_id) WHERE state = 'driven';
ALTER TABLE replay
    ADD COLUMN reason text NOT NULL DEFAULT '', ADD COLUMN asked_by text NOT NULL DEFAULT '',
    ADD COLUMN confirmed_by text, ADD COLUMN would_read bigint, ADD COLUMN would_copy bigint;
CREATE INDEX operation_operator ON operation (operator, id)
"""


def create_operations(op: Operations) -> None:
    """Create what the operations' addresses need; after the inbox and the outbox."""
    create_story_search(op)
    for statement in _SCHEMA.split(";"):
        op.execute(statement)
    # The release before starts only where each table that it does not know has row-level security.
    for table in _NEW:
        op.execute(f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY")
        op.execute(f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY")
        op.execute(f"CREATE POLICY of_no_tenant ON {table} USING (true) WITH CHECK (true)")

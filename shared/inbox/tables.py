"""The inbox remembers what was handled; what could not be handled is parked, and in the end a dead letter."""

from shared.database.ddl import Operations

_RECORD = """
    topic text NOT NULL,
    partition integer NOT NULL,
    "offset" bigint NOT NULL,
    key bytea,
    headers jsonb NOT NULL,
    value bytea,
    error text NOT NULL,
    attempts integer NOT NULL
"""

_SCHEMA = f"""
CREATE TABLE inbox (
    event_id uuid PRIMARY KEY,
    fingerprint bytea NOT NULL,
    handled_at timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX inbox_handled_at ON inbox (handled_at);
CREATE TABLE inbox_sequence (
    topic text NOT NULL,
    key text NOT NULL,
    sequence bigint NOT NULL,
    seen_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (topic, key)
) WITH (fillfactor = 70);
CREATE TABLE parked (
    {_RECORD},
    due_at timestamptz NOT NULL,
    parked_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (topic, partition, "offset")
);
CREATE INDEX parked_key ON parked (topic, key, "offset");
CREATE INDEX parked_due_at ON parked (due_at);
CREATE TABLE dead_letter (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    {_RECORD},
    failed_at timestamptz NOT NULL DEFAULT now(),
    discarded_at timestamptz,
    UNIQUE (topic, partition, "offset")
);
CREATE TABLE replay (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    topic text NOT NULL,
    since timestamptz,
    from_offset bigint,
    state text NOT NULL DEFAULT 'waiting',
    events bigint NOT NULL DEFAULT 0,
    asked_at timestamptz NOT NULL DEFAULT now(),
    heard_at timestamptz
);
CREATE TABLE operation (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    at timestamptz NOT NULL DEFAULT now(),
    operator text NOT NULL,
    action text NOT NULL,
    subject text NOT NULL,
    reason text NOT NULL
)
"""


def attribute(name: str) -> str:
    """SQL for a header of a kept record, such as `ce_id`: headers are an array of pairs of name and value."""
    return f"""(jsonb_path_query_first(headers, 'strict $[*] ? (@[0] == "{name}")') ->> 1)"""


def create_inbox(op: Operations) -> None:
    """Create the inbox's tables; for a service's first migration."""
    for statement in _SCHEMA.split(";"):
        op.execute(statement)

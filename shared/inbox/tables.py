"""The inbox remembers what was handled; the dead letter keeps what could not be."""

from shared.database.ddl import Operations

_SCHEMA = """
CREATE TABLE inbox (
    event_id uuid PRIMARY KEY,
    handled_at timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX inbox_handled_at ON inbox (handled_at);
CREATE TABLE dead_letter (
    topic text NOT NULL,
    partition integer NOT NULL,
    "offset" bigint NOT NULL,
    key bytea,
    headers jsonb NOT NULL,
    value bytea,
    error text NOT NULL,
    attempts integer NOT NULL,
    traceparent text,
    failed_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (topic, partition, "offset")
)
"""


def create_inbox(op: Operations) -> None:
    """Create the inbox's tables; for a service's first migration."""
    for statement in _SCHEMA.split(";"):
        op.execute(statement)

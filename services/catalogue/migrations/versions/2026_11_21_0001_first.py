"""Competence models, offers, places, bookings, and the copies of tenants and people."""

from alembic import op

from shared.database.isolation import (
    ACTS_FOR,
    IS_OPERATOR,
    create_isolation_functions,
    isolate,
)
from shared.http.idempotency import create_idempotency_keys
from shared.inbox.tables import create_inbox
from shared.outbox.tables import create_outbox

revision = "0001"
down_revision = None
kind = "expand"

_TABLES = """
CREATE TABLE tenant (
    tenant_id uuid PRIMARY KEY, name text NOT NULL, version bigint NOT NULL
);
CREATE TABLE person (
    tenant_id uuid NOT NULL, person_id uuid NOT NULL, version bigint NOT NULL,
    PRIMARY KEY (tenant_id, person_id)
);
CREATE TABLE competence_model (
    tenant_id uuid NOT NULL, model_id uuid NOT NULL UNIQUE, name text NOT NULL,
    visibility text NOT NULL CHECK (visibility IN ('own', 'cooperative')), fields jsonb NOT NULL,
    PRIMARY KEY (tenant_id, model_id)
);
CREATE TABLE offer (
    tenant_id uuid NOT NULL, offer_id uuid NOT NULL UNIQUE, provider_name text NOT NULL,
    kind text NOT NULL, title text NOT NULL, description text NOT NULL, criteria text NOT NULL,
    competences jsonb NOT NULL, duration_minutes integer NOT NULL CHECK (duration_minutes > 0),
    visibility text NOT NULL CHECK (visibility IN ('own', 'cooperative')),
    starts_at timestamptz, ends_at timestamptz CHECK (ends_at > starts_at), capacity integer,
    published_at timestamptz NOT NULL, version bigint NOT NULL,
    PRIMARY KEY (tenant_id, offer_id),
    CHECK (num_nulls(starts_at, ends_at, capacity) = CASE kind WHEN 'online_date' THEN 0 ELSE 3 END)
);
CREATE INDEX offer_newest ON offer (published_at DESC, offer_id);
CREATE TABLE seats (
    tenant_id uuid NOT NULL, offer_id uuid NOT NULL UNIQUE, capacity integer NOT NULL,
    taken integer NOT NULL CHECK (taken BETWEEN 0 AND capacity), version bigint NOT NULL,
    PRIMARY KEY (tenant_id, offer_id),
    FOREIGN KEY (tenant_id, offer_id) REFERENCES offer (tenant_id, offer_id)
) WITH (fillfactor = 50);
CREATE TABLE booking (
    tenant_id uuid NOT NULL, booking_id uuid NOT NULL UNIQUE, person_id uuid NOT NULL,
    offer_id uuid NOT NULL, offer_kind text NOT NULL, provider_id uuid NOT NULL,
    payment text NOT NULL, programme_id uuid, status text NOT NULL,
    requested_at timestamptz NOT NULL, reason text, voucher_id uuid, confirmed_at timestamptz,
    waitlisted_at timestamptz, declined_at timestamptz, cancelled_at timestamptz,
    completed_at timestamptz, traceparent text, version bigint NOT NULL CHECK (version > 0),
    PRIMARY KEY (tenant_id, booking_id),
    FOREIGN KEY (tenant_id, person_id) REFERENCES person (tenant_id, person_id),
    FOREIGN KEY (provider_id, offer_id) REFERENCES offer (tenant_id, offer_id)
) WITH (fillfactor = 80);
CREATE UNIQUE INDEX booking_live ON booking (tenant_id, person_id, offer_id)
    WHERE status IN ('requested', 'confirmed', 'waitlisted');
CREATE INDEX booking_newest ON booking (tenant_id, requested_at DESC, booking_id);
CREATE INDEX booking_queue ON booking (offer_id, status, requested_at, booking_id)
"""


def upgrade() -> None:
    """Create everything."""
    create_isolation_functions(op)
    create_outbox(op)
    create_inbox(op)
    create_idempotency_keys(op)
    for statement in _TABLES.split(";"):
        op.execute(statement)
    isolate(op, "tenant")
    isolate(op, "person")
    # What a tenant shares with the cooperative is for every tenant to read, and for none to change.
    isolate(op, "competence_model", also_read="visibility = 'cooperative'")
    isolate(op, "offer", also_read="visibility = 'cooperative'")
    # The schedule compares the places of every provider with the bookings that hold them.
    isolate(op, "seats", also_read=IS_OPERATOR)
    # A provider completes the bookings of its offers, and moves up who waits for its dates.
    provider = ACTS_FOR.format(column="provider_id")
    isolate(op, "booking", also_read=IS_OPERATOR, also_write=provider)

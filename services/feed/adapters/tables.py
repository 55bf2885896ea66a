"""The tables of the feed service; migrations create them, repositories map them by hand."""

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Date,
    DateTime,
    Integer,
    LargeBinary,
    MetaData,
    Table,
    Text,
    Uuid,
)
from sqlalchemy.dialects.postgresql import ARRAY, JSONB

metadata = MetaData()

_TIME = DateTime(timezone=True)

tenant = Table(
    "tenant",
    metadata,
    Column("tenant_id", Uuid, primary_key=True),
    Column("name", Text, nullable=False),
    Column("kind", Text, nullable=False),
    Column("status", Text, nullable=False),
    Column("version", BigInteger, nullable=False),
)

person_name = Table(
    "person_name",
    metadata,
    Column("tenant_id", Uuid, primary_key=True),
    Column("person_id", Uuid, primary_key=True),
    Column("given_name", Text),
    Column("family_name", Text),
    Column("email", Text),
    Column("sequence", BigInteger, nullable=False),
)

epoch = Table(
    "epoch",
    metadata,
    Column("number", BigInteger, primary_key=True),
    Column("made_at", _TIME, nullable=False),
    Column("system_identifier", Text, nullable=False),
    Column("timeline", Text, nullable=False),
    Column("reason", Text, nullable=False),
    Column("caught_up_at", _TIME),
)

tenant_epoch = Table(
    "tenant_epoch",
    metadata,
    Column("tenant_id", Uuid, primary_key=True),
    Column("number", BigInteger, primary_key=True),
    Column("position", BigInteger, nullable=False),
)

tenant_feed = Table(
    "tenant_feed",
    metadata,
    Column("tenant_id", Uuid, primary_key=True),
    Column("position", BigInteger, nullable=False),
    Column("oldest_position", BigInteger, nullable=False),
    Column("last_at", _TIME, nullable=False),
    Column("day", Date, nullable=False),
    Column("day_position", BigInteger, nullable=False),
    Column("events_per_day", Integer),
    Column("subscriptions", Integer),
    Column("quota_version", BigInteger, nullable=False),
    Column("is_closed", Boolean, nullable=False),
)

log = Table(
    "log",
    metadata,
    Column("day", Date, primary_key=True),
    Column("tenant_id", Uuid, primary_key=True),
    Column("position", BigInteger, primary_key=True),
    Column("recorded_at", _TIME, nullable=False),
    Column("event_id", Uuid, nullable=False),
    Column("type", Text, nullable=False),
    Column("aggregate", Text, nullable=False),
    Column("sequence", BigInteger, nullable=False),
    Column("correlation_id", Text, nullable=False),
    Column("view", Text, nullable=False),
    Column("content", LargeBinary, nullable=False),
)

state = Table(
    "state",
    metadata,
    Column("tenant_id", Uuid, primary_key=True),
    Column("source", Text, primary_key=True),
    Column("aggregate", Text, primary_key=True),
    Column("ended_on", Date),
    Column("content", JSONB, nullable=False),
)

state_position = Table(
    "state_position",
    metadata,
    Column("tenant_id", Uuid, primary_key=True),
    Column("position", BigInteger, nullable=False),
)

shared_thing = Table(
    "shared_thing",
    metadata,
    Column("tenant_id", Uuid, primary_key=True),
    Column("source", Text, primary_key=True),
    Column("aggregate", Text, primary_key=True),
    Column("event_id", Uuid, nullable=False),
    Column("sequence", BigInteger, nullable=False),
    Column("content", JSONB, nullable=False),
)

subscription = Table(
    "subscription",
    metadata,
    Column("tenant_id", Uuid, primary_key=True),
    Column("subscription_id", Uuid, primary_key=True),
    Column("name", Text, nullable=False),
    Column("way", Text, nullable=False),
    Column("types", ARRAY(Text), nullable=False),
    Column("fields", JSONB(none_as_null=True)),
    Column("named_people", Boolean, nullable=False),
    Column("named_people_agreed_by", Text),
    Column("named_people_agreed_at", _TIME),
    Column("status", Text, nullable=False),
    Column("status_since", _TIME, nullable=False),
    Column("status_reason", Text),
    Column("created_at", _TIME, nullable=False),
    Column("created_by", Text, nullable=False),
    Column("start_position", BigInteger, nullable=False),
    Column("version", BigInteger, nullable=False),
)

reading = Table(
    "reading",
    metadata,
    Column("tenant_id", Uuid, primary_key=True),
    Column("subscription_id", Uuid, primary_key=True),
    Column("way", Text, nullable=False),
    Column("position", BigInteger, nullable=False),
    Column("due_at", _TIME),
    Column("resting_until", _TIME),
    Column("leased_until", _TIME, nullable=False),
    Column("holder", Uuid),
)

endpoint = Table(
    "endpoint",
    metadata,
    Column("tenant_id", Uuid, primary_key=True),
    Column("subscription_id", Uuid, primary_key=True),
    Column("url", Text, nullable=False),
    Column("verified_at", _TIME),
    Column("verification_code_hash", LargeBinary),
    Column("failing_since", _TIME),
    Column("last_success_at", _TIME),
    Column("announced_at", _TIME),
    Column("tripped", Integer, nullable=False),
)

endpoint_secret = Table(
    "endpoint_secret",
    metadata,
    Column("tenant_id", Uuid, primary_key=True),
    Column("subscription_id", Uuid, primary_key=True),
    Column("secret_id", Uuid, primary_key=True),
    Column("sealed", LargeBinary, nullable=False),
    Column("made_at", _TIME, nullable=False),
    Column("ends_at", _TIME),
)

failing_key = Table(
    "failing_key",
    metadata,
    Column("tenant_id", Uuid, primary_key=True),
    Column("subscription_id", Uuid, primary_key=True),
    Column("aggregate", Text, primary_key=True),
    Column("positions", ARRAY(BigInteger), nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("next_attempt_at", _TIME, nullable=False),
    Column("since", _TIME, nullable=False),
)

delivery_replay = Table(
    "delivery_replay",
    metadata,
    Column("tenant_id", Uuid, primary_key=True),
    Column("replay_id", Uuid, primary_key=True),
    Column("subscription_id", Uuid, nullable=False),
    Column("filter", JSONB, nullable=False),
    Column("up_to_position", BigInteger, nullable=False),
    Column("position", BigInteger, nullable=False),
    Column("count", BigInteger, nullable=False),
    Column("done", BigInteger, nullable=False),
    Column("status", Text, nullable=False),
    Column("created_by", Text, nullable=False),
    Column("created_at", _TIME, nullable=False),
)

attempt = Table(
    "attempt",
    metadata,
    Column("day", Date, nullable=False),
    Column("tenant_id", Uuid, nullable=False),
    Column("subscription_id", Uuid, nullable=False),
    Column("event_id", Uuid, nullable=False),
    Column("position", BigInteger),
    Column("aggregate", Text, nullable=False),
    Column("type", Text, nullable=False),
    Column("number", Integer, nullable=False),
    Column("trigger", Text, nullable=False),
    Column("at", _TIME, nullable=False),
    Column("milliseconds", Integer, nullable=False),
    Column("outcome", Text, nullable=False),
    Column("status", Integer),
    Column("error_class", Text),
    Column("answer_start", LargeBinary),
)

errand = Table(
    "errand",
    metadata,
    Column("tenant_id", Uuid, primary_key=True),
    Column("subscription_id", Uuid, primary_key=True),
    Column("kind", Text, primary_key=True),
    Column("errand_id", Uuid, nullable=False),
    Column("created_at", _TIME, nullable=False),
    Column("leased_until", _TIME, nullable=False),
)

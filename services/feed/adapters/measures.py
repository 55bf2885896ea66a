"""What is measured of the logs and their readers. Labels never hold a tenant or a person."""

from opentelemetry import metrics
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

_meter = metrics.get_meter("lernverbund")

ENTRIES = _meter.create_gauge(
    "feed_log_position", description="entries ever appended to the logs of all tenants"
)
HELD_BACK = _meter.create_gauge(
    "feed_held_back", description="entries that wait for tomorrow, by the quotas of their tenants"
)
SUBSCRIPTIONS = _meter.create_gauge(
    "feed_subscriptions", description="subscriptions, by way and status"
)
UNREAD = _meter.create_gauge(
    "feed_unread", description="entries that deliveries have yet to look at, by way"
)
UNREAD_LONGEST = _meter.create_gauge(
    "feed_unread_longest",
    description="the same of the subscription that is furthest behind, by way",
)
STREAMS = _meter.create_up_down_counter(
    "feed_streams", description="subscribers that listen to server-sent events at this process"
)

_LOGS = text(
    "SELECT COALESCE(sum(position), 0) AS entries,"
    " COALESCE(sum(position - readable_until(feed)), 0) AS held_back FROM tenant_feed AS feed"
)
_SUBSCRIPTIONS = text(
    "SELECT way, status, count(*) AS number FROM subscription GROUP BY way, status"
)
_READINGS = text(
    """
    SELECT way, sum(behind) AS unread, max(behind) AS longest FROM (
        SELECT reading.way, readable_until(feed) - reading.position AS behind
        FROM reading JOIN tenant_feed AS feed USING (tenant_id)
    ) AS each GROUP BY way
    """
)


async def measure(connection: AsyncConnection) -> None:
    """Set the gauges, in a transaction of the cooperative's."""
    logs = (await connection.execute(_LOGS)).one()
    ENTRIES.set(int(logs.entries))
    HELD_BACK.set(int(logs.held_back))
    for row in await connection.execute(_SUBSCRIPTIONS):
        SUBSCRIPTIONS.set(row.number, {"way": row.way, "status": row.status})
    for row in await connection.execute(_READINGS):
        UNREAD.set(int(row.unread), {"way": row.way})
        UNREAD_LONGEST.set(row.longest, {"way": row.way})

"""The topics that feed owns, and those it reads."""

from shared.messaging.topics import Topic

FEED_EVENTS = Topic("feed-events")

TOPICS = (FEED_EVENTS,)
READS: tuple[str, ...] = (
    "member-events",
    "catalogue-events",
    "voucher-events",
    "certificate-events",
    "feed-events",
)

"""The topics that feed owns, and those it reads."""

from shared.messaging.topics import Topic

FEED_EVENTS = Topic("feed-events")

#: Where member tells what people are called.
PEOPLE = "member-people"

TOPICS = (FEED_EVENTS,)
READS: tuple[str, ...] = (
    "member-events",
    "catalogue-events",
    "voucher-events",
    "certificate-events",
    "feed-events",
    PEOPLE,
)
#: Those of them that name people.
PERSONAL: tuple[str, ...] = (PEOPLE,)
